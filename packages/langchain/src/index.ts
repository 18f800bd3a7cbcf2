export { ChatCeluxe } from "./chat-model.ts";
export { VERSION } from "./version.ts";
export type { ChatCeluxeCallOptions, ChatCeluxeInput, ChatCeluxeParameters } from "./options.ts";
export * from "@celuxe/core/errors";
export type {
  ApiKey,
  CeluxeClient,
  CeluxeEvent,
  CeluxeModel,
  CeluxeModelId,
  RateLimitOptions,
  TimeoutOptions,
} from "@celuxe/core";
