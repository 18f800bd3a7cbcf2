import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as aiSdk from "@celuxe/ai-sdk-provider";
import * as source from "@celuxe/core";
import { startEmulator } from "@celuxe/emulator";
import type * as langchain from "@celuxe/langchain";
import { rolldown } from "rolldown";
import { afterAll, expect, test } from "vitest";

// One process often holds several copies of the core: an ESM and a CommonJS one, and one in each bundle. They share
// nothing but the global object, and must still keep to one rate limit.

const apiKey = "sk-celuxe-copies-test";
const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

// Inside this package, so that what is not bundled is found.
const folder = join(import.meta.dirname, "node_modules/.celuxe-copies");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const require = createRequire(import.meta.url);

/** The exports of a package, from a bundle of its own. */
async function bundle<Exports>(name: string, file: string): Promise<Exports> {
  const build = await rolldown({
    input: join(import.meta.dirname, "../packages", name, "dist/index.js"),
    platform: "node",
    external: /^@langchain\//,
  });
  const path = join(folder, file);
  await build.write({ file: path, format: "esm", codeSplitting: false });
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Exports;
}

test("an AI SDK provider and a ChatCeluxe of one key, bundled apart, and ESM and CommonJS copies: one budget", async () => {
  await using emulator = await startEmulator({ keys: [{ key: apiKey }] });
  const commonJs = require("@celuxe/core") as typeof source;
  const first = await bundle<typeof source>("core", "core-1.mjs");
  const second = await bundle<typeof source>("core", "core-2.mjs");
  const { createCeluxe } = await bundle<typeof aiSdk>("ai-sdk-provider", "provider.mjs");
  const { ChatCeluxe } = await bundle<typeof langchain>("langchain", "langchain.mjs");
  expect(new Set([source, commonJs, first, second].map((copy) => copy.createCeluxeClient)).size).toBe(4);

  const options = { apiKey, baseURL: emulator.url, rateLimit: { limit: 6, maxWaitMs: 0 } };
  const clients = [source, commonJs, first, second].map((copy) => copy.createCeluxeClient(options));
  const model = createCeluxe(options)("deepseek-v3");
  const chat = new ChatCeluxe({ ...options, model: "deepseek-v3", maxRetries: 0 });
  const calls = [
    ...clients.map((client) => () => client.chat(body)),
    () => model.doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }] }),
    () => chat.invoke("Hello"),
  ];

  // Each copy takes a turn, which makes six: then none of them has another, without asking the server.
  for (const call of calls) await call();
  for (const call of calls) await expect(call()).rejects.toThrow(/gives this call its turn in .* No request was sent/);
  expect(emulator.journal.requests).toHaveLength(6);
  expect(clients.map((client) => client.rateLimit.state().limit)).toEqual([6, 6, 6, 6]);

  // The error of one copy is known to the guards of another.
  const error: unknown = await clients[1]!.chat(body).catch((reason: unknown) => reason);
  expect(error).not.toBeInstanceOf(source.RateLimitError);
  expect(source.RateLimitError.isInstance(error)).toBe(true);
});

test("an interactive call of one copy goes before the batch calls of another", async () => {
  await using emulator = await startEmulator({ keys: [{ key: apiKey }] });
  const rateLimit = { limit: 2, windowMs: 1_000 };
  const commonJs = require("@celuxe/core") as typeof source;
  const batch = commonJs.createCeluxeClient({
    apiKey,
    baseURL: emulator.url,
    rateLimit: { ...rateLimit, priority: "batch" },
  });
  const person = source.createCeluxeClient({ apiKey, baseURL: emulator.url, rateLimit });
  const order: string[] = [];
  const calls = Array.from({ length: 3 }, () => batch.chat(body).then(() => order.push("batch")));
  await expect.poll(() => person.rateLimit.state().waiting + order.length).toBeGreaterThan(0);
  for (let call = 0; call < 2; call++) calls.push(person.chat(body).then(() => order.push("person")));
  await Promise.all(calls);
  // One of two places is a batch call's at most.
  expect(order.slice(0, 3).filter((who) => who === "person")).toHaveLength(2);
  expect(order.at(-1)).toBe("batch");
});

test("a 429 that one copy sees cools the others down", async () => {
  await using emulator = await startEmulator({
    keys: [{ key: apiKey }],
    faults: [{ call: 1, fault: { type: "status", status: 429, headers: { "retry-after": "60" } } }],
  });
  const options = { apiKey, baseURL: emulator.url, rateLimit: { maxWaitMs: 0 } };
  const commonJs = (require("@celuxe/core") as typeof source).createCeluxeClient(options);
  const esm = source.createCeluxeClient(options);
  await expect(commonJs.chat(body)).rejects.toMatchObject({ status: 429 });
  await expect(esm.chat(body)).rejects.toMatchObject({ name: "RateLimitError", attempts: 0 });
  expect(esm.rateLimit.state().coolingDownMs).toBeGreaterThan(59_000);
  expect(emulator.journal.requests).toHaveLength(1);
});
