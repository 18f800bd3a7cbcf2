import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { startEmulator } from "./index.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const run = promisify(execFile);

const blocksOf = (language: string) =>
  [...README.matchAll(new RegExp(`(?<=## ([^\\n]+)\\n(?:(?!\\n## )[^])*?)\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(
    (match) => ({
      section: match[1] ?? "",
      code: match[2] ?? "",
    }),
  );

describe("every snippet of the README runs", () => {
  it.concurrent.each(blocksOf("ts"))(
    "$section",
    async ({ code }) => {
      const flags = ["--conditions=@celuxe/source", "--input-type=module-typescript"];
      await run(process.execPath, [...flags, "--eval", code], { cwd: PACKAGE, timeout: 90_000 });
    },
    100_000,
  );

  it("there are some in each part", () => {
    expect(blocksOf("ts")).toHaveLength(6);
  });

  it("the command and the curl call", async () => {
    const commands = blocksOf("sh").map((block) => block.code);
    const started = commands.find((command) => command.startsWith("npx @celuxe/emulator --port 8787"));
    const args = started?.trim().split(" ").slice(2) ?? [];
    // The options are those of the command; the port of this machine may be taken.
    const { stdout } = await run(process.execPath, ["src/cli.ts", ...args, "--help"], { cwd: PACKAGE });
    for (const option of args.filter((arg) => arg.startsWith("--"))) expect(stdout).toContain(option);

    const curl = commands.find((command) => command.startsWith("curl"));
    await using emulator = await startEmulator();
    const answer = await run("sh", ["-c", (curl ?? "").replace("http://127.0.0.1:8787/v1", emulator.url)]);
    expect(JSON.parse(answer.stdout)).toMatchObject({
      choices: [{ message: { content: "The capital of France is Paris." } }],
    });
  });

  it("the table names every option", () => {
    const source = readFileSync(new URL("options.ts", import.meta.url), "utf8");
    const options = [...source.matchAll(/^ {2}(\w+)\?:/gm)].map((match) => match[1]);
    expect(options.length).toBeGreaterThan(8);
    for (const option of options) expect(README).toContain(`| \`${option}\``);
  });

  it("and the text every fault", () => {
    const source = readFileSync(new URL("faults/fault.ts", import.meta.url), "utf8");
    const faults = new Set([...source.matchAll(/\btype: "([a-z0-9-]+)"/g)].map((match) => match[1] ?? ""));
    expect(faults.size).toBe(17);
    for (const fault of faults) expect(README).toMatch(new RegExp(`\\b${fault}\\b`));
  });
});
