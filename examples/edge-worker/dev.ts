// `npm run dev`: the worker on this machine, with the emulator where no key is set.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { startEmulator } from "@celuxe/emulator";

// Wrangler takes the key from this file, and from the environment where there is none.
const hasKey = existsSync(join(import.meta.dirname, ".dev.vars")) || process.env.CELUXE_API_KEY;
const emulator = hasKey ? undefined : await startEmulator({ pace: { firstTokenMs: 300, tokensPerSecond: 50 } });
if (emulator) console.log(`No CELUXE_API_KEY is set: answers come from the emulator at ${emulator.url}\n`);

const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
const worker = spawn(process.execPath, [wrangler, "dev", ...process.argv.slice(2)], {
  cwd: import.meta.dirname,
  stdio: "inherit",
  env: { ...process.env, ...(emulator && { CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url }) },
});
// Ctrl-C reaches the worker by itself; this process only has to outlive it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => worker.kill(signal));
worker.once("exit", (code) => {
  void emulator?.close();
  process.exitCode = code ?? 0;
});
