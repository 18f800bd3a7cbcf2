#!/usr/bin/env node
import { parseArgs } from "node:util";
import type { Plan } from "./plans.ts";
import { startEmulator } from "./server.ts";

const HELP = `celuxe-emulator: a local Celuxe API for offline work and tests

Usage: celuxe-emulator [options]

  --port <number>               port to listen on (default 8787; 0: any free one)
  --host <address>              address to listen on (default 127.0.0.1)
  --key <key>                   an API key that is accepted; may be repeated
  --model <id>                  a model on offer; may be repeated
  --plan <plan>                 rate limit of each key: free, pro, unlimited (default), or <limit>/<seconds>
  --first-token-ms <number>     wait before the first token
  --tokens-per-second <number>  speed of the answers (default: at once)
  --seed <number>               other answers; the same seed gives the same ones
  --cors                        let web pages of other origins call it
  --help                        this text
`;

await main();

async function main() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "8787" },
        host: { type: "string", default: "127.0.0.1" },
        key: { type: "string", multiple: true },
        model: { type: "string", multiple: true },
        plan: { type: "string", default: "unlimited" },
        "first-token-ms": { type: "string", default: "0" },
        "tokens-per-second": { type: "string" },
        seed: { type: "string", default: "0" },
        cors: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return;
    }
    const speed = values["tokens-per-second"];
    const emulator = await startEmulator({
      port: toNumber("--port", values.port),
      host: values.host,
      cors: values.cors,
      seed: toNumber("--seed", values.seed),
      rateLimit: { plan: toPlan(values.plan) },
      pace: {
        firstTokenMs: toNumber("--first-token-ms", values["first-token-ms"]),
        ...(speed === undefined ? {} : { tokensPerSecond: toNumber("--tokens-per-second", speed) }),
      },
      ...(values.key ? { keys: values.key.map((key) => ({ key })) } : {}),
      ...(values.model ? { models: values.model } : {}),
    });
    process.stdout.write(
      `Celuxe emulator on ${emulator.url}\n\n  CELUXE_BASE_URL=${emulator.url}\n  CELUXE_API_KEY=${emulator.apiKey}\n\nCtrl-C stops it.\n`,
    );
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void emulator.close().then(() => process.exit(0)));
    }
  } catch (error) {
    process.stderr.write(`celuxe-emulator: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

function toNumber(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0)
    throw new Error(`${option} must be a number, got '${text}'`);
  return number;
}

function toPlan(text: string): Plan {
  if (text === "free" || text === "pro" || text === "unlimited") return text;
  const [limit, seconds] = text.split("/").map(Number);
  if (!limit || !seconds || limit < 1 || seconds < 0) {
    throw new Error(`--plan must be free, pro, unlimited or <limit>/<seconds>, got '${text}'`);
  }
  return { limit, windowMs: seconds * 1000 };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE") return "the port is in use; choose another with --port";
  return error.message;
}
