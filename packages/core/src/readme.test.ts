import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startEmulator } from "@celuxe/emulator";
import { describe, expect, test } from "vitest";
import { readSnippets, runSnippet } from "../../../test/snippets.ts";
import { hasRedis } from "../test/redis.ts";
import * as core from "./index.ts";

const folder = join(import.meta.dirname, "..");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const snippets = readSnippets(join(folder, "README.md"));

const ask = `.chat({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] })`;

// Node runs the snippets without transpiling them, and Node 22 does not know `await using`.
const askShared = `console.log((await createSharedClient(send)${ask}).text);`;
const askWithRedis = hasRedis
  ? `import { startRedis } from "../test/redis.ts";
    const redis = await startRedis();
    const send: SendCommand = redis.send;
    ${askShared}
    await redis[Symbol.asyncDispose]();`
  : `const send: SendCommand = () => Promise.reject(new Error("There is no Redis."));
    ${askShared}`;

/** As much of a tracer as shows what a real one would get. */
const withTracer = `
  const tracer = {
    startSpan: (name: string, { attributes }: { attributes: object }) => ({
      addEvent: (event: string, details: object) => console.log(" ", event, JSON.stringify(details)),
      setAttributes: (more: object) => Object.assign(attributes, more),
      setStatus: () => {},
      end: () => console.log(name, JSON.stringify(attributes)),
    }),
  } as unknown as Tracer;
  await createTracedClient(tracer)${ask};`;

/** What each snippet prints, and what a reader would add to see it. */
const printed: [heading: string, output: RegExp, added?: string][] = [
  ["A chat completion", /^The capital of France is Paris\. stop \d+$/],
  ["Streaming", /^The capital of France is Paris\.\n\(stop\)$/],
  ["Models", /^deepseek-v3 celuxe undefined\ngpt-4o/],
  [
    "Rate limits",
    /^2 \{ limit: 10, learned: false, waiting: 0 \}[^]*Busy\. Come again in [56]\d s\.$/,
    `for (let call = 0; call < 8; call++) await interactive${ask}.catch((error) => console.log(
      \`Busy. Come again in \${Math.ceil(error.retryAfterMs / 1000)} s.\`));`,
  ],
  ["Several processes", /^Hello! How can I help you today\?$/, askWithRedis],
  ["Errors", /^Top up the account\. req_\w+$/],
  [
    "Events",
    /attempt \{"attempt":1\}\n +head .*"status":200.*\n +done .*"finishReason":"stop".*\nPOST \/chat\/completions .*"gen_ai.request.model":"deepseek-v3".*"finishReason":"stop"/,
    withTracer,
  ],
];

test("every snippet of the README is tested", () => {
  expect(snippets.map(({ heading }) => heading)).toEqual(printed.map(([heading]) => heading));
});

describe("a snippet of the README runs as it stands", () => {
  test.concurrent.each(printed.map(([heading, output, added = ""], index) => ({ heading, output, added, index })))(
    "$heading",
    async ({ heading, output, added, index }) => {
      await using emulator = await startEmulator({
        keys: [{ key: "sk-celuxe-readme", balance: heading === "Errors" ? 0 : 10 }],
      });
      const shown = await runSnippet(`${snippets[index]?.code}\n${added}`, folder, {
        CELUXE_API_KEY: emulator.apiKey,
        CELUXE_BASE_URL: emulator.url,
      });
      expect(shown.trim()).toMatch(output);
    },
  );
});

test("the README names every option, error and event", () => {
  const options = readFileSync(join(folder, "src/options.ts"), "utf8");
  const names = [...options.matchAll(/^ {2}(\w+)\?:/gm)].map((match) => match[1] ?? "");
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(readme).toMatch(new RegExp(`^\\| \`(timeout\\.)?${name}\``, "m"));
  for (const name of Object.keys(core).filter((exported) => exported.endsWith("Error"))) {
    expect(readme).toContain(`\`${name}\``);
  }
  const events = readFileSync(join(folder, "src/events.ts"), "utf8");
  const types = [...events.matchAll(/^ +type: "([a-z-]+)";$/gm)].map((match) => match[1] ?? "");
  expect(types.length).toBe(8);
  for (const type of types) expect(readme).toContain(`\`${type}\``);
});
