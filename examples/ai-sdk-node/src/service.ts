// Which service answers: Celuxe with your key, or without one the emulator. Once you always have a key, you need none of
// this: `import { celuxe } from "@celuxe/ai-sdk-provider"` is the same provider.
import { type CeluxeProviderSettings, createCeluxe, type RateLimitOptions } from "@celuxe/ai-sdk-provider";
import { existsSync } from "node:fs";

if (existsSync(".env")) process.loadEnvFile();

const live = Boolean(process.env.CELUXE_API_KEY);

/** Settings for `createCeluxe`; it reads CELUXE_API_KEY by itself. */
export const service: CeluxeProviderSettings = live ? {} : await startEmulator();

/** What your plan allows: "free" is 10 requests a minute, "pro" 500. The emulator's minute lasts two seconds. */
export const plan: RateLimitOptions = live ? { limit: "free" } : { limit: 10, windowMs: 2_000 };

export const celuxe = createCeluxe(service);

/** Celuxe inside this process, without any network. */
async function startEmulator(): Promise<CeluxeProviderSettings> {
  console.warn("No CELUXE_API_KEY is set: the answers come from the Celuxe emulator on this machine.\n");
  const { createEmulator } = await import("@celuxe/emulator");
  const { replies } = await import("./emulator-replies.ts");
  const { apiKey, fetch } = createEmulator({
    replies,
    pace: { firstTokenMs: 100, tokensPerSecond: 80 },
    rateLimit: { plan: { limit: 10, windowMs: 2_000 } },
  });
  return { apiKey, fetch };
}
