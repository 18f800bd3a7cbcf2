export { celuxe, type CeluxeProvider, createCeluxe } from "./provider.ts";
export type { CeluxeProviderSettings } from "./settings.ts";
export type { CeluxeLanguageModel } from "./language-model.ts";
export type { CeluxeLanguageModelOptions } from "./options.ts";
export { VERSION } from "./version.ts";
export {
  APIError,
  AuthenticationError,
  BadRequestError,
  CeluxeError,
  ConfigurationError,
  ConnectionError,
  InsufficientBalanceError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  ProtocolError,
  RateLimitError,
  RequestTimeoutError,
  StreamError,
} from "@celuxe/core";
export type {
  ApiKey,
  CeluxeClient,
  CeluxeEvent,
  CeluxeModel,
  CeluxeModelId,
  RateLimitOptions,
  TimeoutOptions,
} from "@celuxe/core";
