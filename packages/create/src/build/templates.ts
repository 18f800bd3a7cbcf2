import ignore from "ignore";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * Copies the examples into the package, so that each template has one source. What git ignores stays behind: packages,
 * build output, and the `.env` of whoever builds.
 */
export function buildTemplates(examples: string, templates: string): void {
  rmSync(templates, { recursive: true, force: true });
  for (const name of readdirSync(examples)) {
    const source = join(examples, name);
    const rules = join(source, ".gitignore");
    // Without them nothing tells sources from what was built or is secret.
    if (!existsSync(rules)) continue;
    const ignored = ignore().add(readFileSync(rules, "utf8"));
    cpSync(source, join(templates, name), {
      recursive: true,
      filter(path) {
        const local = relative(source, path).split(sep).join("/");
        if (local === "") return true;
        // A rule like `dist/` is for folders, which the library knows by the slash.
        return !ignored.ignores(statSync(path).isDirectory() ? `${local}/` : local);
      },
    });
    // npm never packs a .gitignore; `create` gives it back its name.
    renameSync(join(templates, name, ".gitignore"), join(templates, name, "_gitignore"));
  }
}
