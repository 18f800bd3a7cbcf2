// Builds and packs the packages once for all tests that need them as npm would deliver them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The path of each published package's tarball, by its name. */
    tarballs: Record<string, string>;
  }
}

const root = join(import.meta.dirname, "..");

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "celuxe-packs-"));
  run("tsdown", []);
  for (const name of readdirSync(join(root, "packages"))) pack(join(root, "packages", name), folder);
  const tarballs: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    const [, name] = /^celuxe-(.+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file) ?? [];
    if (name) tarballs[`@celuxe/${name}`] = join(folder, file);
  }
  project.provide("tarballs", tarballs);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Only pnpm's own pack replaces `workspace:`, `catalog:` and `publishConfig.exports`. */
function pack(folder: string, target: string): void {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string };
  run("npx", ["--yes", "--prefer-offline", packageManager, "pack", "--pack-destination", target], folder);
}

function run(command: string, parameters: string[], cwd = root): void {
  const path = `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env["PATH"]}`;
  execFileSync(command, parameters, {
    cwd,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}
