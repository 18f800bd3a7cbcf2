export { celuxe, type CeluxeProvider, createCeluxe } from "./provider.ts";
export type { CeluxeProviderSettings } from "./settings.ts";
export type { CeluxeLanguageModel } from "./language-model.ts";
export type { CeluxeLanguageModelOptions } from "./options.ts";
export { VERSION } from "./version.ts";
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
