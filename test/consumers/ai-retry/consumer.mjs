import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createRetryableModel, httpStatus } from "ai-retry/language-model";
import { operations } from "./shared/ai-sdk.mjs";

// Rate limits are the provider's own: a rule for other failures is enough.
export const { ask, stream, object } = operations((settings) => {
  const celuxe = createCeluxe(settings);
  const retries = [httpStatus(503).switch({ model: celuxe("gpt-4o") })];
  return createRetryableModel({ model: celuxe("deepseek-v3"), retries });
});
