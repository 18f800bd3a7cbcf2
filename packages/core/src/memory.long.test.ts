import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { canaryKey, startCanaryEmulator } from "../test/canary.ts";
import { role, text } from "../test/scripted.ts";

const parts = 10;
const callsEach = 5_000;

test(`memory stays flat over ${parts * callsEach} calls that end in every way`, async () => {
  const modelOf = (body: unknown) => (body as { model?: string } | undefined)?.model;
  const chunks = [role, text("Hi"), text(" there")];
  await using emulator = await startCanaryEmulator({
    faults: [
      { match: ({ body }) => modelOf(body) === "refused", fault: { type: "status", status: 402 } },
      { match: ({ body }) => modelOf(body) === "reset", fault: { type: "script", chunks, end: "reset" } },
      { match: ({ body }) => modelOf(body) === "cut", fault: { type: "script", chunks } },
    ],
    models: ["whole"],
    replies: [{ reply: { text: ["The ", "answer ", "is ", "42."] } }],
  });
  const clearing = setInterval(() => emulator.journal.clear(), 500);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--expose-gc",
      "--conditions=@celuxe/source",
      join(import.meta.dirname, "../test/many-calls.ts"),
      String(parts),
      String(callsEach),
    ],
    { env: { ...process.env, CELUXE_API_KEY: canaryKey, CELUXE_BASE_URL: emulator.url } },
  );
  clearInterval(clearing);
  const { samples, ends } = JSON.parse(stdout) as { samples: number[]; ends: { done: number; error: number } };
  if (process.env["MEASURE"]) console.info(samples.map((bytes) => `${(bytes / 1e6).toFixed(2)} MB`).join(", "), ends);
  // Every call has one end, those dropped unread too.
  expect(ends.done + ends.error).toBe(parts * callsEach);
  expect(ends.error).toBeGreaterThan(parts * callsEach * 0.3);
  // The first parts fill caches. 25 bytes of each call behind them would be too much.
  const filled = 3;
  expect(samples.at(-1)! - samples[filled - 1]!).toBeLessThan((parts - filled) * callsEach * 25);
}, 600_000);
