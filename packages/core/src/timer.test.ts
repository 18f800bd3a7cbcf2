import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("a sleep that no timer holds keeps the process alive until it is aborted", async () => {
  const script = `import { sleep } from ${JSON.stringify(new URL("timer.ts", import.meta.url).href)};
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 300).unref();
    const times = [Infinity, NaN, 2 ** 31, Number.MAX_VALUE];
    const ends = await Promise.all(times.map((ms) => sleep(ms, controller.signal).catch((reason) => reason)));
    console.log(ends.join());`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout.trim()).toBe("enough,enough,enough,enough");
});
