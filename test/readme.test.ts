import { startEmulator } from "@celuxe/emulator";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSnippets, runSnippet } from "./snippets.ts";

const snippets = readSnippets(join(import.meta.dirname, "../README.md"));

test("the README has a snippet for each framework", () => {
  expect(snippets.map(({ heading }) => heading)).toEqual(["Vercel AI SDK", "LangChain", "Rate limits"]);
});

test.each(snippets)("README: $heading", async ({ heading, code }) => {
  await using emulator = await startEmulator();
  const output = await runSnippet(code, import.meta.dirname, {
    CELUXE_API_KEY: emulator.apiKey,
    CELUXE_BASE_URL: emulator.url,
  });
  if (heading !== "Rate limits") expect(output).toBe("The capital of France is Paris.");
});
