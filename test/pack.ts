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
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string };

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "celuxe-packs-"));
  run("tsdown", []);
  // Only pnpm's own pack replaces `workspace:`, `catalog:` and `publishConfig.exports`.
  const packages = ["--recursive", "--filter", "./packages/*"];
  run("npx", ["--yes", "--prefer-offline", packageManager, ...packages, "pack", "--pack-destination", folder]);
  const tarballs: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    const [, name] = /^celuxe-(.+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file) ?? [];
    if (name) tarballs[`@celuxe/${name}`] = join(folder, file);
  }
  project.provide("tarballs", tarballs);
  return () => rmSync(folder, { recursive: true, force: true });
}

function run(command: string, parameters: string[]): void {
  const path = `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env["PATH"]}`;
  execFileSync(command, parameters, {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}
