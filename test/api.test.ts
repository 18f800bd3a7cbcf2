// The public surface of each package, as its users' editors see it: the bundled declarations, checked in, so that a
// change of the interface shows in a diff. `pnpm api` renews the files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const packages = join(import.meta.dirname, "../packages");
// What only has a command has nothing to import.
const libraries = readdirSync(packages).filter((name) => existsSync(join(packages, name, "dist/index.d.ts")));

describe.each(libraries)("%s", (name) => {
  const dist = join(packages, name, "dist");
  const api = join(packages, name, "api");
  test.each(declarationsOf(dist))("%s is as checked in", async (file) => {
    const declarations = withoutHashes(readFileSync(join(dist, file), "utf8"));
    await expect(declarations).toMatchFileSnapshot(join(api, withoutHashes(file)));
  });

  test("and nothing else is", () => {
    expect(declarationsOf(dist).map(withoutHashes)).toEqual(expect.arrayContaining(declarationsOf(api)));
  });
});

/** One of the two forms: those of CommonJS say the same. */
function declarationsOf(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(".d.ts") && file !== "cli.d.ts");
}

/** What several entries share stands in a file named by its content, which every word of it would change. */
function withoutHashes(text: string): string {
  return text.replace(/(\w+)-[\w-]{8}(?=\.(js|d\.ts)\b)/g, "$1");
}
