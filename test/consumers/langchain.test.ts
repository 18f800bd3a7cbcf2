// ChatCeluxe as somebody installs it: in a CommonJS and in an ESM project in TypeScript, from the packed tarballs.
import { startEmulator } from "@celuxe/emulator";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { readSnippets } from "../snippets.ts";

const run = promisify(execFile);
const packages = join(import.meta.dirname, "../../packages");
const folder = mkdtempSync(join(tmpdir(), "celuxe-consumers-"));

const program = `
import { ChatCeluxe, type ChatCeluxeInput, RateLimitError } from "@celuxe/langchain";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { createAgent, tool } from "langchain";
import { z } from "zod";

const weather = tool(async ({ city }) => "Sunny in " + city, {
  name: "get_weather",
  description: "Tells the weather of a city",
  schema: z.object({ city: z.string() }),
});

async function main(): Promise<void> {
  const fields: ChatCeluxeInput = { model: "deepseek-v3", maxRetries: 0 };
  const chat: BaseChatModel = new ChatCeluxe(fields);
  const chain = ChatPromptTemplate.fromTemplate("{question}").pipe(new ChatCeluxe(fields)).pipe(new StringOutputParser());
  const answer: string = await chain.invoke({ question: "What is the capital of France?" });
  const structured = new ChatCeluxe(fields).withStructuredOutput(z.object({ city: z.string() }));
  const { city } = await structured.invoke("A city");
  const agent = createAgent({ model: new ChatCeluxe(fields), tools: [weather] });
  const { messages } = await agent.invoke({ messages: [{ role: "user", content: "How is the weather in Paris?" }] });
  let streamed = "";
  for await (const chunk of await chat.stream("What is the capital of France?")) streamed += chunk.text;
  console.log(JSON.stringify({
    answer,
    streamed,
    city: city.toUpperCase() !== "",
    agent: messages.map((message) => message.type),
    isChatModel: chat instanceof BaseChatModel,
    guard: RateLimitError.isInstance(new Error()),
  }));
}
void main();
`;

/** What is loaded, told by a hook of the module loader. */
const footprint = `
import { registerHooks } from "node:module";
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
await import("@langchain/core/language_models/chat_models");
const framework = urls.length;
const { ChatCeluxe } = await import("@celuxe/langchain");
const own = urls.slice(framework);
const chat = new ChatCeluxe({ model: "deepseek-v3", maxRetries: 0 });
await chat.getNumTokens("Hello");
await chat.invoke("Hello");
for await (const chunk of await chat.stream("Hello"));
console.log(JSON.stringify({ own, all: urls }));
`;

beforeAll(async () => {
  const tarballs = inject("tarballs");
  for (const name of ["core", "langchain"]) {
    const target = join(folder, "node_modules/@celuxe", name);
    mkdirSync(target, { recursive: true });
    await run("tar", ["-xzf", tarballs[`@celuxe/${name}`]!, "-C", target, "--strip-components=1"]);
  }
  link("core/node_modules/eventsource-parser", "eventsource-parser");
  link("emulator", "@celuxe/emulator");
  for (const name of ["@langchain/core", "langchain", "zod"]) link(`langchain/node_modules/${name}`, name);
  link("../node_modules/@types/node", "@types/node");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(from: string, name: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(join(packages, from)), path, "junction");
}

/** Writes a project and compiles it as TypeScript does by itself: strict, with Node's own way of resolution. */
async function compile(type: "commonjs" | "module", files: Record<string, string>): Promise<string> {
  const project = join(folder, type);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ type }));
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    skipLibCheck: true,
    types: ["node"],
    outDir: "out",
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  await run(join(import.meta.dirname, "../../node_modules/.bin/tsc"), ["-p", project]).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
  return join(project, "out");
}

// The types of LangChain take the compiler some seconds.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.each(["commonjs", "module"] as const)("a project of type %s", (type) => {
  test("compiles and runs: pipe, withStructuredOutput, createAgent, instanceof", async () => {
    const out = await compile(type, { "index.ts": program });
    await using emulator = await startEmulator({
      replies: [
        { match: "weather", times: 1, reply: { toolCalls: [{ name: "get_weather", arguments: { city: "Paris" } }] } },
      ],
    });
    const env = { ...process.env, CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url };
    const { stdout } = await run(process.execPath, [join(out, "index.js")], { env });
    expect(JSON.parse(stdout)).toEqual({
      answer: "The capital of France is Paris.",
      streamed: "The capital of France is Paris.",
      city: true,
      agent: ["human", "ai", "tool", "ai"],
      isChatModel: true,
      guard: false,
    });
  });
});

test("the snippets of the README compile", async () => {
  const snippets = readSnippets(join(packages, "langchain/README.md"));
  expect(snippets.length).toBeGreaterThan(10);
  await compile(
    "module",
    Object.fromEntries(snippets.map(({ code }, index) => [`snippet-${index}.ts`, `${code}\nexport {};\n`])),
  );
});

test("on top of LangChain it loads at most 25 modules, and neither openai nor tokenizer ranks nor a second zod", async () => {
  await using emulator = await startEmulator();
  const file = join(folder, "footprint.mjs");
  writeFileSync(file, footprint);
  const env = { ...process.env, CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url };
  const { stdout } = await run(process.execPath, [file], { env });
  const { own, all } = JSON.parse(stdout) as { own: string[]; all: string[] };
  expect(own.length).toBeGreaterThan(1);
  expect(own.length).toBeLessThanOrEqual(25);
  expect(all.filter((url) => /node_modules\/(openai|@langchain\/openai)\/|js-tiktoken.*ranks/.test(url))).toEqual([]);
  const zods = new Set(all.flatMap((url) => /^.*node_modules\/zod\//.exec(url)?.[0] ?? []));
  expect(zods.size).toBeLessThanOrEqual(1);
});
