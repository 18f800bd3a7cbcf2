// Which service answers: Celuxe with your key, or without one the emulator. Once you always have a key, you need none of
// this: ChatCeluxe reads CELUXE_API_KEY by itself.
import { existsSync } from "node:fs";

if (existsSync(".env")) process.loadEnvFile();

/** Fields for `new ChatCeluxe`. */
export const service: { apiKey?: string; fetch?: typeof fetch } = process.env.CELUXE_API_KEY
  ? {}
  : await startEmulator();

/** Celuxe inside this process, without any network. */
async function startEmulator() {
  console.warn("No CELUXE_API_KEY is set: the answers come from the Celuxe emulator on this machine.\n");
  const { createEmulator } = await import("@celuxe/emulator");
  const { replies } = await import("./emulator-replies.ts");
  const { apiKey, fetch } = createEmulator({ replies, pace: { firstTokenMs: 100, tokensPerSecond: 80 } });
  return { apiKey, fetch };
}
