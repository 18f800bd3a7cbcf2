import { JSONObject, LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4GenerateResult, LanguageModelV4StreamPart, LanguageModelV4StreamResult, ProviderV4 } from "@ai-sdk/provider";
import { WORKFLOW_DESERIALIZE, WORKFLOW_SERIALIZE } from "@ai-sdk/provider-utils";
import { ApiKey, CeluxeClient, CeluxeClient as CeluxeClient$1, CeluxeClientOptions, CeluxeEvent, CeluxeModel, CeluxeModel as CeluxeModel$1, CeluxeModelId, CeluxeModelId as CeluxeModelId$1, FinishReason, Priority, RateLimitOptions, TimeoutOptions } from "@celuxe/core";
export * from "@celuxe/core/errors";
/** Why an answer ended, in the words that this provider uses. */
interface WithFinishReason {
  finishReason: {
    unified: FinishReason;
    raw: string | undefined;
  };
}
/** A whole answer. */
type GenerateResult = Omit<LanguageModelV4GenerateResult, "finishReason"> & WithFinishReason;
/** Settings of `createCeluxe`. */
interface CeluxeProviderSettings extends Omit<CeluxeClientOptions, "maxRetries"> {
  /** What `model.provider` begins with, for telemetry. Provider options stay under `celuxe`. Default `"celuxe"`. */
  name?: string | undefined;
  /**
   * Fields that every request body gets. What the call itself sets wins; `model`, `messages` and `stream` cannot be set
   * here.
   */
  extraBody?: Record<string, unknown> | undefined;
  /**
   * A ready client of `@celuxe/core` in place of one made from these settings, to share it with other code. The
   * failures that it is set to retry (`maxRetries`, `rateLimit`) are then not retried by the AI SDK.
   */
  client?: CeluxeClient$1 | undefined;
}
/** What the models of one provider share. Holds no key and no headers: those stay inside the client. */
interface ModelConfig {
  name: string;
  client: CeluxeClient$1;
  extraBody: Record<string, unknown>;
  /** The settings that may leave the process. */
  portable: PortableSettings;
}
/** The settings without anything secret and without functions; `baseURL` without its query. */
type PortableSettings = Pick<CeluxeProviderSettings, "name" | "baseURL" | "rateLimit" | "timeout" | "mergeDeltas" | "extraBody">;
/**
 * What a stream of this provider holds. Older versions of the AI SDK, and what is built on them, have no type for `ping`
 * and the finish reason `interrupted`, and would refuse a model that may send them; this one never does.
 */
type StreamPart = Exclude<LanguageModelV4StreamPart, {
  type: "ping" | "finish";
}> | (Omit<Extract<LanguageModelV4StreamPart, {
  type: "finish";
}>, "finishReason"> & WithFinishReason);
type StreamResult = Omit<LanguageModelV4StreamResult, "stream"> & {
  stream: ReadableStream<StreamPart>;
};
/** A language model of Celuxe, as `celuxe("deepseek-v3")` gives it. */
declare class CeluxeLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly modelId: CeluxeModelId$1;
  readonly provider: string;
  /** Images and videos are passed on as URLs; everything else is downloaded by the AI SDK and sent as bytes. */
  readonly supportedUrls: Record<string, RegExp[]>;
  private readonly config;
  private capabilities;
  constructor(modelId: CeluxeModelId$1, config: ModelConfig);
  /**
   * For steps of a workflow. Key, headers, fetch and the query of `baseURL` stay here. There, the key comes from
   * `CELUXE_API_KEY`, and the query from `CELUXE_BASE_URL` where that is the same address.
   */
  static [WORKFLOW_SERIALIZE](model: CeluxeLanguageModel): {
    modelId: string;
    config: JSONObject;
  };
  static [WORKFLOW_DESERIALIZE](serialized: {
    modelId: string;
    config: PortableSettings;
  }): CeluxeLanguageModel;
  doGenerate(options: LanguageModelV4CallOptions): Promise<GenerateResult>;
  doStream(options: LanguageModelV4CallOptions): Promise<StreamResult>;
  private prepare;
}
/** Gives the language models of Celuxe; call it with a model id. */
interface CeluxeProvider extends ProviderV4 {
  (modelId: CeluxeModelId$1): CeluxeLanguageModel;
  /** The same as calling the provider. */
  chat(modelId: CeluxeModelId$1): CeluxeLanguageModel;
  /** The same as calling the provider. */
  languageModel(modelId: CeluxeModelId$1): CeluxeLanguageModel;
  /**
   * Lists the models that the key may use, from a cache of 5 minutes unless `refresh` is set.
   *
   * @throws {CeluxeError} of the class that fits; the signal's reason after an abort.
   */
  listModels(options?: Parameters<CeluxeClient$1["listModels"]>[0]): Promise<CeluxeModel$1[]>;
  /** @throws {NoSuchModelError} always: Celuxe documents no embeddings. */
  embeddingModel(modelId: string): never;
  /** @throws {NoSuchModelError} always: Celuxe documents no image models. */
  imageModel(modelId: string): never;
}
/**
 * Makes a provider with settings of its own. Nothing is sent, and the environment is not read, before the first request.
 *
 * @throws {ConfigurationError} for a setting that cannot work.
 * @example
 * const celuxe = createCeluxe({ apiKey: process.env.MY_KEY, rateLimit: "pro" });
 * const { text } = await generateText({ model: celuxe("deepseek-v3"), prompt: "Hello" });
 */
export declare function createCeluxe(settings?: CeluxeProviderSettings): CeluxeProvider;
/** The provider with default settings; the key is `CELUXE_API_KEY` of the environment. */
export declare const celuxe: CeluxeProvider;
/**
 * What `providerOptions.celuxe` may hold. Keys that are not listed are sent in the request body as they are, so that
 * everything that a model takes can be set.
 *
 * @example
 * providerOptions: { celuxe: { parallelToolCalls: false } satisfies CeluxeLanguageModelOptions }
 */
type CeluxeLanguageModelOptions = {
  /** Whether the model may call several tools at once. Sent with tools only. Default: the model's. */
  parallelToolCalls?: boolean | undefined;
  /** An id of your user, for abuse detection. */
  user?: string | undefined;
  /** Whether to return the log probabilities of the tokens, in `providerMetadata.celuxe.logprobs`. */
  logprobs?: boolean | undefined;
  /** How many alternatives each token comes with, 0–20; switches `logprobs` on. */
  topLogprobs?: number | undefined;
  /** Makes tokens, named by their ids, likelier or rarer: −100 to 100. */
  logitBias?: Record<string, number> | undefined;
  /** How hard a reasoning model thinks; wins over the call's `reasoning`, and is sent to every model. */
  reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | (string & {}) | undefined;
  /** Most tokens of answer and reasoning together, in place of `maxOutputTokens`; newer OpenAI models want it. */
  maxCompletionTokens?: number | undefined;
  /**
   * Whether a JSON schema is sent as `response_format: json_schema`; else it becomes an instruction beside
   * `json_object`. Default: true, except for models that are known not to take it.
   */
  structuredOutputs?: boolean | undefined;
  /** Whether the model is held to a JSON schema strictly. Default true. */
  strictJsonSchema?: boolean | undefined;
  /**
   * Which assistant messages send their reasoning back as `reasoning_content`: all, none, or those with tool calls,
   * which DeepSeek's models need in a tool loop. Default `"tool-calls"`.
   */
  sendReasoning?: boolean | "tool-calls" | undefined;
  /**
   * Who goes first under the rate limit: `"batch"` lets the interactive calls of the key by. Not sent. Default: as
   * `rateLimit.priority` says.
   */
  priority?: Priority | undefined;
};
/** The version of this package. */
export declare const VERSION: string;
export type { ApiKey, CeluxeClient, CeluxeEvent, CeluxeLanguageModel, CeluxeLanguageModelOptions, CeluxeModel, CeluxeModelId, CeluxeProvider, CeluxeProviderSettings, RateLimitOptions, TimeoutOptions };
//# sourceMappingURL=index.d.ts.map