import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createFallback } from "ai-fallback";
import { operations } from "./shared/ai-sdk.mjs";

export const { ask, stream, object } = operations((settings) => {
  const celuxe = createCeluxe(settings);
  // Another model of the same key helps where the service fails, not where the key does.
  const shouldRetryThisError = (error) => error.statusCode >= 500;
  return createFallback({ models: [celuxe("deepseek-v3"), celuxe("gpt-4o")], shouldRetryThisError });
});
