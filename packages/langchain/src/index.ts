export { ChatCeluxe } from "./chat-model.ts";
export { VERSION } from "./version.ts";
export type { ChatCeluxeCallOptions, ChatCeluxeInput, ChatCeluxeParameters } from "./options.ts";
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
