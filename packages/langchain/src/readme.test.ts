import { startEmulator } from "@celuxe/emulator";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readSnippets } from "../../../test/snippets.ts";

const folder = join(import.meta.dirname, "..");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const snippets = readSnippets(join(folder, "README.md"));

const paris = "The capital of France is Paris.";

/** What each snippet prints, and what a reader would add to see it. */
const printed: [heading: string, output: RegExp, added?: string][] = [
  ["Instantiation", /^\d+000$/],
  ["Instantiation", /^deepseek-v3\ngpt-4o\n/],
  ["Invocation", new RegExp(`^${paris} \\d+$`)],
  ["In a chain", new RegExp(`^${paris}$`)],
  ["Streaming", new RegExp(`^${paris}$`)],
  ["Content-block events", new RegExp(`^${paris} stop$`)],
  ["Tool calling", /^get_weather says: Clear in/],
  ["In an agent", /^get_weather says: Clear in/],
  ["Structured output", /^\S.* \[/],
  ["Images, recordings, files", /1 image/],
  ["Reasoning", /^thought: [^]*\nsaid: /],
  ["Rate limits", /^deepseek-v3 deepseek-v3$/, "console.log(interactive.model, batch.model);"],
  ["Errors", new RegExp(`^(${paris}\n){10}Busy\\. Come again in \\d+ s\\.$`)],
  ["Without an account", new RegExp(`^${paris}$`)],
];

test("every snippet is tested", () => {
  expect(snippets.map(({ heading }) => heading)).toEqual(printed.map(([heading]) => heading));
});

describe("a snippet runs as it stands", () => {
  const scripts = join(folder, ".snippets");
  beforeAll(() => void mkdirSync(scripts, { recursive: true }));
  afterAll(() => rmSync(scripts, { recursive: true }));
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test.each(printed.map(([heading, output, added = ""], index) => ({ heading, output, added, index })))(
    "$heading",
    async ({ output, added, index }) => {
      await using emulator = await startEmulator();
      vi.stubEnv("CELUXE_API_KEY", emulator.apiKey);
      vi.stubEnv("CELUXE_BASE_URL", emulator.url);
      let shown = "";
      vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => void (shown += `${format(...values)}\n`));
      vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((shown += String(text))));
      vi.spyOn(process.stderr, "write").mockReturnValue(true);
      const file = join(scripts, `${index}.ts`);
      writeFileSync(file, `${snippets[index]?.code}\n${added}`);
      await import(/* @vite-ignore */ file);
      expect(shown.trim()).toMatch(output);
    },
  );
});

test("every field is described", () => {
  const fieldsOf = (file: string, name: string) => {
    const source = readFileSync(join(folder, file), "utf8");
    const body = source.slice(source.indexOf(name)).split("\n}")[0] ?? "";
    return [...body.matchAll(/^ {2}(\w+)\?:/gm)].map((match) => match[1] ?? "");
  };
  const parameters = fieldsOf("src/options.ts", "interface ChatCeluxeParameters");
  expect(parameters).toHaveLength(21);
  for (const parameter of parameters) expect(readme).toMatch(new RegExp(`\\n\\| [^|]*\`${parameter}\`[^|]*\\|`));
  const connection = [
    ...fieldsOf("../core/src/options.ts", "interface CeluxeClientOptions"),
    ...fieldsOf("src/options.ts", "interface ChatCeluxeInput"),
  ];
  expect(connection.length).toBeGreaterThan(10);
  for (const field of connection) expect(readme).toContain(`\n- **${field}** _`);
  for (const option of fieldsOf("src/options.ts", "interface ChatCeluxeCallOptions")) expect(readme).toContain(option);
});
