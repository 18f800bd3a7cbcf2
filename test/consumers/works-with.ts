import { readFileSync } from "node:fs";
import { join } from "node:path";
import { consumers } from "./consumers.ts";
import { scenarios } from "./scenarios.ts";

/** The page `docs/works-with.md`, from the scenarios that each consumer passed. */
export function worksWith(passed: Record<string, ReadonlySet<string>>): string {
  const names = [...scenarios.map(({ name }) => name), "no key in errors and traces"];
  const sections = Object.entries(consumers).map(([name, { title, limits = {}, typed = false }]) => {
    const file = (path: string) => readFileSync(join(import.meta.dirname, name, path), "utf8");
    const { dependencies } = JSON.parse(file("package.json")) as { dependencies: Record<string, string> };
    const versions = Object.entries(dependencies).filter(([dependency]) => !dependency.startsWith("@celuxe/"));
    const rows = [...names, ...(typed ? ["types"] : [])].map(
      (row) => `- ${row}: ${limits[row] ?? (passed[name]?.has(row) ? "works" : "fails")}`,
    );
    return [
      `## ${title}`,
      `With ${versions.map(([dependency, version]) => `\`${dependency}\` ${version}`).join(", ")}.`,
      rows.join("\n"),
      `\`\`\`js\n${file("consumer.mjs").trimEnd()}\n\`\`\``,
    ].join("\n\n");
  });
  const head =
    "# Works with\n\nWritten by `test/consumers`: each of these was installed from the packed packages and run against the emulator with the same scenarios. In each, no empty assistant message and no metadata of ours went over the wire. The code is what was run; `settings` holds `baseURL` and `apiKey`.";
  return `${[head, ...sections].join("\n\n")}\n`;
}
