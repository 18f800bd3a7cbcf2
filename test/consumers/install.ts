import { execFile, execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startRegistry } from "../registry.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/**
 * Copies the consumers into a folder far from this repository and installs them there as one workspace, so that what
 * they share is installed once. Our packages come from the tarballs by way of a registry, everybody else's from npm's.
 */
export async function installConsumers(
  names: readonly string[],
  tarballs: Record<string, string>,
  folder: string,
): Promise<void> {
  await using registry = await startPublished(tarballs, folder);
  for (const name of names) {
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true });
    cpSync(join(import.meta.dirname, "shared"), join(folder, name, "shared"), { recursive: true });
  }
  writeFileSync(join(folder, ".npmrc"), `registry=${registryOfThisMachine()}\n@celuxe:registry=${registry.url}\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumers", private: true }));
  // No package's build script is needed to run here. A cache of its own: the registry has another port each time.
  const settings = { packages: names, strictDepBuilds: false, cacheDir: join(folder, ".cache") };
  writeFileSync(join(folder, "pnpm-workspace.yaml"), JSON.stringify(settings));
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string };
  const install = ["--yes", "--prefer-offline", packageManager, "install", "--ignore-scripts", "--no-frozen-lockfile"];
  const env = { ...process.env, NPM_CONFIG_USERCONFIG: join(folder, ".npmrc") };
  await run("npx", install, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`The consumers were not installed:\n${error.stdout}${error.stderr}`);
    },
  );
}

/** A registry that has our packages, as `npm publish` sends them. */
async function startPublished(tarballs: Record<string, string>, folder: string) {
  const registry = await startRegistry();
  const settings = [`--@celuxe:registry=${registry.url}`, `--${registry.url.replace("http:", "")}:_authToken=any`];
  for (const tarball of Object.values(tarballs)) await run("npm", ["publish", tarball, ...settings], { cwd: folder });
  return { url: registry.url, [Symbol.asyncDispose]: () => registry.close() };
}

function registryOfThisMachine(): string {
  return execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
}
