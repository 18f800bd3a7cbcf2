// The packed declarations under the strictest compiler: `exactOptionalPropertyTypes`, and libraries not skipped.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const run = promisify(execFile);
const packages = join(import.meta.dirname, "../../packages");
const folder = mkdtempSync(join(tmpdir(), "celuxe-exact-types-"));

/** What is not set comes as `undefined` from the environment, from parsed settings, from a spread. */
const program = `
import { type CeluxeLanguageModelOptions, createCeluxe } from "@celuxe/ai-sdk-provider";
import { type CeluxeClientOptions, type ChatMessage, createCeluxeClient } from "@celuxe/core";
import { createRedisStore } from "@celuxe/core/redis";
import { ChatCeluxe } from "@celuxe/langchain";
import { generateText } from "ai";

declare const text: string | undefined;
declare const count: number | undefined;
declare const flag: boolean | undefined;
const key = process.env["CELUXE_API_KEY"];

const connection = {
  apiKey: key, baseURL: text, mergeDeltas: flag, headers: undefined, fetch: undefined, onEvent: undefined,
  timeout: { headersMs: count, idleMs: count, progressMs: count, totalMs: count },
  rateLimit: { limit: count, windowMs: count, maxWaitMs: count, store: undefined },
  dangerouslyAllowBrowser: flag,
} satisfies CeluxeClientOptions;
const client = createCeluxeClient({ ...connection, maxRetries: count });
const message: ChatMessage = { role: "user", content: "Hi", name: text };
void client.chat(
  { model: "m", messages: [message], temperature: count, stop: undefined, tools: undefined, response_format: undefined },
  { signal: undefined, headers: { "x-team": text } },
);
void createRedisStore(async () => [], { prefix: text });

createCeluxe({ apiKey: key });
const celuxe = createCeluxe({ ...connection, name: text, extraBody: undefined, client: undefined });
const options: CeluxeLanguageModelOptions = { user: text, logprobs: flag, topLogprobs: count, reasoningEffort: text };
void generateText({ model: celuxe("m"), prompt: "Hi", providerOptions: { celuxe: options } });

new ChatCeluxe({ model: "m", apiKey: key });
const chat = new ChatCeluxe("m", {
  ...connection, temperature: count, maxTokens: count, stop: undefined, streaming: flag, sendReasoning: undefined,
  reasoningEffort: text, modelKwargs: undefined, client: undefined, profile: undefined,
});
void chat.invoke("Hi", { temperature: count, headers: undefined, tools: undefined });
`;

const compilerOptions = {
  module: "nodenext",
  target: "es2023",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: ["node"],
};

beforeAll(async () => {
  for (const name of ["core", "ai-sdk-provider", "langchain"]) {
    const target = join(folder, "node_modules/@celuxe", name);
    mkdirSync(target, { recursive: true });
    await run("tar", ["-xzf", inject("tarballs")[`@celuxe/${name}`]!, "-C", target, "--strip-components=1"]);
  }
  for (const name of ["ai", "@ai-sdk/provider", "@ai-sdk/provider-utils"]) {
    link(`ai-sdk-provider/node_modules/${name}`, name);
  }
  link("langchain/node_modules/@langchain/core", "@langchain/core");
  link("../node_modules/@types/node", "@types/node");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(join(folder, "index.ts"), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(from: string, name: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(join(packages, from)), path, "junction");
}

test("exactOptionalPropertyTypes: what is not set may be undefined, and our declarations hold no error", async () => {
  const tsc = join(import.meta.dirname, "../../node_modules/.bin/tsc");
  const output = await run(tsc, ["-p", folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  // The declarations of the frameworks do not hold under it themselves.
  const ours = output.split("\n").filter((line) => /^(index\.ts|\S*@celuxe\/)/.test(line));
  expect(ours).toEqual([]);
  // The compiler did look: it never has nothing to say about the frameworks.
  expect(output).toMatch(/node_modules\/(ai|@ai-sdk|@langchain)\//);
}, 120_000);
