import "server-only";
import { type CeluxeProvider, createCeluxe } from "@celuxe/ai-sdk-provider";

// The key is read here, on the server, and nowhere else.

/** Whether answers come from the emulator, as no key is set. */
export function isEmulated(): boolean {
  return !process.env.CELUXE_API_KEY;
}

let provider: Promise<CeluxeProvider> | undefined;

/** The provider of all routes; reads CELUXE_API_KEY and CELUXE_BASE_URL. */
export function getCeluxe(): Promise<CeluxeProvider> {
  provider ??= makeProvider();
  return provider;
}

async function makeProvider(): Promise<CeluxeProvider> {
  // A person waits: rather a countdown on the page than a request that hangs. A batch job would set Infinity.
  const rateLimit = { maxWaitMs: 2_000 };
  if (!isEmulated()) return createCeluxe({ rateLimit });
  const { makeEmulator } = await import("./emulator");
  const { apiKey, fetch } = makeEmulator();
  return createCeluxe({ rateLimit, apiKey, fetch });
}
