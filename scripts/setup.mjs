// Makes a fresh clone ready with nothing but Node >= 20 and npm: installs with the pinned pnpm, and gives the
// repository a newer Node where the machine's own is too old to run TypeScript. No dependencies: it runs before there are any.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const windows = process.platform === "win32";

/** Runs npx without a prompt and from the cache where it can: offline, npm otherwise waits over a minute for the registry. */
function npx(args, options) {
  return execFileSync("npx", ["--yes", "--prefer-offline", ...args], { cwd: root, shell: windows, ...options });
}

function nodeIsOlderThan(wantedMajor, wantedMinor) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

if (!existsSync(join(root, "node_modules"))) console.log("Installing; the first time this takes about a minute.");
try {
  npx([packageManager, "install", "--frozen-lockfile", "--reporter=append-only"], {
    stdio: process.env.CI ? "inherit" : ["ignore", "ignore", "inherit"],
  });
} catch (error) {
  // pnpm has said what is wrong.
  process.exit(error.status ?? 1);
}

// Node runs TypeScript files by itself from 22.18 on. pnpm's bin shims and npm's scripts prefer a node beside them, this
// script's own next run included.
const local = join(root, "node_modules", ".bin", windows ? "node.exe" : "node");
if (nodeIsOlderThan(22, 18) && !existsSync(local)) {
  const version = readFileSync(join(root, ".node-version"), "utf8").trim();
  const newer = npx([`node@${version}`, "-p", "process.execPath"], { encoding: "utf8" }).trim();
  try {
    linkSync(newer, local);
  } catch {
    copyFileSync(newer, local); // the npm cache is on another disk
  }
}
