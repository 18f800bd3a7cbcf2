import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** A fenced code block of a Markdown file. */
export interface Snippet {
  /** The heading that it stands under, for the name of its test. */
  heading: string;
  code: string;
}

/** The TypeScript blocks of a Markdown file. */
export function readSnippets(path: string): Snippet[] {
  const snippets: Snippet[] = [];
  let heading = "";
  let lines: string[] | undefined;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (lines) {
      if (line === "```") {
        snippets.push({ heading, code: lines.join("\n") });
        lines = undefined;
      } else lines.push(line);
    } else if (line === "```ts") lines = [];
    else if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
  }
  return snippets;
}

let count = 0;

/**
 * Runs a snippet as a program of its own, as a reader would, and gives what it printed.
 * `near` is a folder whose packages it may import.
 */
export async function runSnippet(code: string, near: string, env: Record<string, string>): Promise<string> {
  const file = join(near, ".snippets", `${process.pid}-${++count}.ts`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
  try {
    const { stdout } = await promisify(execFile)("node", ["--conditions=@celuxe/source", "--no-warnings", file], {
      env: { ...process.env, ...env },
      timeout: 90_000,
    });
    return stdout;
  } finally {
    rmSync(file, { force: true });
  }
}
