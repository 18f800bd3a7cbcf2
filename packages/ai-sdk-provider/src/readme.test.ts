import { startEmulator } from "@celuxe/emulator";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSnippets, runSnippet } from "../../../test/snippets.ts";

const folder = join(import.meta.dirname, "..");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const snippets = readSnippets(join(folder, "README.md"));

const paris = "The capital of France is Paris.";
const fromBrowser = `
const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: "What is the capital of France?" }] }];
const response = await POST(new Request("http://app", { method: "POST", body: JSON.stringify({ messages }) }));
console.log(await response.text());`;

/** What each snippet prints, and what a reader would add to see it. */
const printed: [heading: string, output: RegExp, added?: string][] = [
  ["Provider instance", /^The capital of France is Paris\.$/],
  ["Provider instance", /^celuxe\.chat$/, `console.log(celuxe("gpt-4o").provider);`],
  ["Language models", /^deepseek-v3\ngpt-4o\n/],
  ["Streaming", /^The capital of France is Paris\.$/],
  ["Tools", /^2 steps: .*clear/],
  ["Structured output", /^\S.* \[/],
  ["Images and files", /1 image/],
  ["Images and files", / 0$/],
  ["Reasoning", /\S+ \d+$/],
  ["Reasoning", /^The user wants .*\S+$/s],
  ["A chat in the browser", /"finishReason":"stop"/, fromBrowser],
  ["In a registry", /^The capital of France is Paris\.\nHello!/],
  ["Provider options", /^\[[^]*logprob/],
  ["Rate limits", /^gpt-4o gpt-4o$/, `console.log(interactive("gpt-4o").modelId, batch("gpt-4o").modelId);`],
  ["Errors", new RegExp(`^(${paris}\n){10}Busy\\. Come again in \\d+ s\\.$`)],
  ["Without an account", /^The capital of France is Paris\.$/],
];

test("every snippet is tested", () => {
  expect(snippets.map(({ heading }) => heading)).toEqual(printed.map(([heading]) => heading));
});

describe("a snippet runs as it stands", () => {
  test.concurrent.each(printed.map(([heading, output, added = ""], index) => ({ heading, output, added, index })))(
    "$heading",
    async ({ output, added, index }) => {
      await using emulator = await startEmulator();
      const shown = await runSnippet(`${snippets[index]?.code}\n${added}`, folder, {
        CELUXE_API_KEY: emulator.apiKey,
        CELUXE_BASE_URL: emulator.url,
        // Each snippet is a process of its own; compiling the AI SDK is most of what it does.
        NODE_COMPILE_CACHE: join(folder, "node_modules/.cache/compile"),
      });
      expect(shown.trim()).toMatch(output);
    },
  );
});

test("every setting and every option is described", () => {
  const fieldsOf = (file: string, name: string) => {
    const source = readFileSync(join(folder, file), "utf8");
    const body = source.slice(source.indexOf(name)).split("\n}")[0] ?? "";
    return [...body.matchAll(/^ {2}(\w+)\?:/gm)].map((match) => match[1] ?? "");
  };
  const settings = [
    ...fieldsOf("src/settings.ts", "interface CeluxeProviderSettings"),
    ...fieldsOf("../core/src/options.ts", "interface CeluxeClientOptions").filter((field) => field !== "maxRetries"),
  ];
  expect(settings.length).toBeGreaterThan(10);
  for (const setting of settings) expect(readme).toContain(`\n- **${setting}** _`);
  const options = fieldsOf("src/options.ts", "type CeluxeLanguageModelOptions");
  expect(options).toHaveLength(11);
  for (const option of options) expect(readme).toMatch(new RegExp(`\\n\\| \`${option}\` +\\|`));
});
