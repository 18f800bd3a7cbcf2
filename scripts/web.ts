// What `npm run web` shows: the chat starter in development mode, built on the packages of this repository. Without a
// key it answers from the emulator, so that it works on any machine, also offline.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { build } from "tsdown";

const root = join(import.meta.dirname, "..");
const app = join(root, "examples/next-chat");

/** What the starter imports as published: from dist. */
const packages = ["core", "ai-sdk-provider", "emulator"].map((name) => join(root, "packages", name));

await main();

async function main(): Promise<void> {
  if (!packages.every(isBuilt)) {
    console.log("Building the packages…");
    await build({ config: join(root, "tsdown.config.ts"), logLevel: "error" });
  }
  const port = await freePort(3000);
  const address = `http://localhost:${port}`;
  const next = startNext(port);
  const ended = once(next, "exit");
  // Next ends its own server process on a signal; this one must not leave before it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => next.kill("SIGTERM"));
  if (await answers(address, next)) showAddress(address);
  const [code] = (await ended) as [number | null];
  process.exitCode = code ?? 0;
}

/** Whether the build is newer than every source file. */
function isBuilt(folder: string): boolean {
  const built = join(folder, "dist/index.js");
  if (!existsSync(built)) return false;
  const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" });
  return sources.every((file) => statSync(join(folder, "src", file)).mtimeMs <= statSync(built).mtimeMs);
}

/** The preferred port, or any other where that one is taken. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer().listen(preferred, "localhost");
  try {
    await once(server, "listening");
  } catch {
    return freePort(0);
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : preferred;
}

/** Not through npx: that would leave the server running when it is stopped. */
function startNext(port: number): ChildProcess {
  const script = join(app, "node_modules/next/dist/bin/next");
  const parameters = ["dev", "--hostname", "localhost", "--port", String(port)];
  return spawn(process.execPath, [script, ...parameters], {
    cwd: app,
    stdio: "inherit",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
}

/** Waits for the first page, which is compiled by then; false if the server ended before. */
async function answers(address: string, server: ChildProcess): Promise<boolean> {
  while (server.exitCode === null && server.signalCode === null) {
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return true;
    await sleep(200);
  }
  return false;
}

function showAddress(address: string): void {
  console.log(`\n${styleText("bold", "Celuxe Chat")}  ${styleText("cyan", address)}`);
  if (!process.env["CELUXE_API_KEY"]) {
    console.log("No CELUXE_API_KEY is set, so the answers are made on this machine, by the emulator.");
  }
  console.log("Ctrl-C stops it.\n");
}
