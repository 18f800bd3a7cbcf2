// One question through every package, as built, on the runtimes that people deploy to. workerd has tests of its own.
import { EdgeVM } from "@edge-runtime/vm";
import { startEmulator } from "@celuxe/emulator";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "runtimes/ask.mjs");
const answer = "The capital of France is Paris.";
const answers = { core: answer, aiSdk: answer, langchain: answer };

test.each([
  ["Node.js", process.execPath, [program]],
  ["Bun", "bun", [program]],
  ["Deno", "deno", ["run", "--allow-all", "--node-modules-dir=manual", program]],
])("%s streams through core, the AI SDK and LangChain", async (_, command, parameters) => {
  await using emulator = await startEmulator();
  const path = `${join(import.meta.dirname, "node_modules/.bin")}:${process.env["PATH"]}`;
  const { stdout } = await promisify(execFile)(command, parameters, {
    cwd: import.meta.dirname,
    env: { ...process.env, PATH: path, CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url },
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual(answers);
});

test("the edge runtime streams through core and the AI SDK", async () => {
  await using emulator = await startEmulator();
  const bundle = await rolldown({
    input: join(import.meta.dirname, "runtimes/edge.mjs"),
    platform: "browser",
    resolve: { conditionNames: ["edge-light", "import"] },
  });
  const { output } = await bundle.generate({ format: "iife" });
  const vm = new EdgeVM();
  Object.assign(vm.context, { settings: { apiKey: emulator.apiKey, baseURL: emulator.url } });
  vm.evaluate(output[0].code);
  expect(await vm.evaluate<Promise<unknown>>("globalThis.answers")).toEqual({ core: answer, aiSdk: answer });
});
