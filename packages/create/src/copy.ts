import { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Template } from "./templates.ts";

/** Why no project can be made in this folder; undefined where it can. */
export function problemOf(folder: string): string | undefined {
  if (folder.trim() === "") return "The folder needs a name.";
  if (!existsSync(folder)) return undefined;
  if (!statSync(folder).isDirectory()) return `${folder} is a file. Choose another name.`;
  // A repository that was just made holds nothing else.
  const holds = readdirSync(folder).filter((name) => name !== ".git");
  if (holds.length === 0) return undefined;
  return `${folder} is not empty, and nothing is ever overwritten. Choose another folder, or empty this one.`;
}

/** Files that cannot have their own name in a template. */
const namesInTemplates = {
  // npm never packs one.
  ".gitignore": "_gitignore",
  // It would make the example a workspace of its own, apart from the packages beside it.
  "pnpm-workspace.yaml": "_pnpm-workspace.yaml",
};

/**
 * Copies the template into the folder, which is made if it is not there, and names the package after it.
 *
 * @throws where the folder cannot be written
 */
export function copyTemplate(template: Template, folder: string): void {
  const target = resolve(folder);
  cpSync(template.folder, target, { recursive: true, force: false, errorOnExist: true });
  for (const [name, inTemplate] of Object.entries(namesInTemplates)) {
    if (existsSync(join(target, inTemplate))) renameSync(join(target, inTemplate), join(target, name));
  }
  const manifest = join(target, "package.json");
  const content = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  writeFileSync(manifest, `${JSON.stringify({ ...content, name: toPackageName(target) }, null, 2)}\n`);
}

/** The folder's name with what npm allows in a package name. */
export function toPackageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  return name || "celuxe-app";
}
