// One question through every package, as built, on the runtimes that people deploy to. workerd has tests of its own.
import { EdgeVM } from "@edge-runtime/vm";
import { startEmulator } from "@celuxe/emulator";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { chromiumPath, launchBrowser } from "./next-chat/browser.ts";

const program = join(import.meta.dirname, "runtimes/ask.mjs");
const answer = "The capital of France is Paris.";
const withoutEnvironment = { core: answer, aiSdk: answer };
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

/** A program for runtimes without modules and environment: it takes `settings` from its global object. */
async function bundle(): Promise<string> {
  const bundled = await rolldown({
    input: join(import.meta.dirname, "runtimes/edge.mjs"),
    platform: "browser",
    resolve: { conditionNames: ["edge-light", "import"] },
  });
  const { output } = await bundled.generate({ format: "iife" });
  return output[0].code;
}

test("the edge runtime streams through core and the AI SDK", async () => {
  await using emulator = await startEmulator();
  const vm = new EdgeVM();
  Object.assign(vm.context, { settings: { apiKey: emulator.apiKey, baseURL: emulator.url } });
  vm.evaluate(await bundle());
  expect(await vm.evaluate<Promise<unknown>>("globalThis.answers")).toEqual(withoutEnvironment);
});

if (!chromiumPath) console.log("Skipped: the packages in a browser. To run it: apt-get install chromium");

test.skipIf(!chromiumPath)("a page in Chromium streams through core and the AI SDK", async () => {
  await using emulator = await startEmulator({ cors: true });
  // A page of an origin of its own, as an app's would be.
  const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const { port } = site.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const settings = { apiKey: emulator.apiKey, baseURL: emulator.url, dangerouslyAllowBrowser: true };
    await page.evaluate(`globalThis.settings = ${JSON.stringify(settings)}`);
    await page.evaluate(await bundle());
    expect(await page.evaluate("globalThis.answers")).toEqual(withoutEnvironment);
    await page.evaluate("delete globalThis.settings.dangerouslyAllowBrowser");
    const refused = page.evaluate(`${await bundle()}; globalThis.answers`);
    await expect(refused).rejects.toThrow("can be read by every visitor");
  } finally {
    await browser.close();
    site.close();
  }
});
