export type { ChatAnswer, ChatChoice, ResponseInfo } from "./chat/answer.ts";
export type { ChatStream } from "./chat/iterator.ts";
export { checkOptions, type KnownOptions, type OptionCheck } from "./check-options.ts";
export { type CallOptions, type CeluxeClient, createCeluxeClient, type StreamOptions } from "./client.ts";
export type { ChatBlock, ChatDelta, FinishReason, ToolCall, Usage } from "./chat/deltas.ts";
export * from "./errors.ts";
export type { CeluxeEvent, OnEvent } from "./events.ts";
export { type ModelCapabilities, modelCapabilities } from "./model-capabilities.ts";
export type { CeluxeModel, CeluxeModelId } from "./models.ts";
export type {
  ApiKey,
  CeluxeClientOptions,
  CoolDownRequest,
  Priority,
  RateLimitOptions,
  RateLimitStore,
  StartRequest,
  TimeoutOptions,
} from "./options.ts";
export type { RateLimitState } from "./rate-limit/limiter.ts";
export type {
  ChatContentPart,
  ChatMessage,
  ChatRequestBody,
  ChatResponseFormat,
  ChatTool,
  ChatToolCall,
  ChatToolChoice,
  CustomContentPart,
  JsonObject,
} from "./wire.ts";
