import type { CeluxeClient, CeluxeClientOptions, CeluxeModelId, ChatResponseFormat, Priority } from "@celuxe/core";
import type {
  BaseChatModelCallOptions,
  BaseChatModelParams,
  BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import type { ModelProfile } from "@langchain/core/language_models/profile";

/**
 * What a request asks for. Each field is set in the constructor and overridden per call; what is not set is not sent,
 * so that the service's own default counts.
 */
export interface ChatCeluxeParameters {
  /** How freely the model chooses its words, 0–2. The service's default is 1. */
  temperature?: number | undefined;
  /** Most tokens of the answer. The service's default is 4096. */
  maxTokens?: number | undefined;
  /** Most tokens of answer and reasoning together, in place of `maxTokens`; newer OpenAI models want it. */
  maxCompletionTokens?: number | undefined;
  /** Considers only the likeliest tokens that together have this probability, 0–1. */
  topP?: number | undefined;
  /** Makes tokens rarer the more often they have been used, −2 to 2. */
  frequencyPenalty?: number | undefined;
  /** Makes tokens rarer once they have been used, −2 to 2. */
  presencePenalty?: number | undefined;
  /** The same seed with the same request gives mostly the same answer. */
  seed?: number | undefined;
  /** The answer ends before any of these, at most 4. */
  stop?: string[] | undefined;
  /** The same as `stop`, which wins where both are set. */
  stopSequences?: string[] | undefined;
  /** How many answers `generate` gives for a prompt. Only one can be streamed: a stream does not send it. */
  n?: number | undefined;
  /** Whether to return the log probabilities of the tokens, in `response_metadata.logprobs`. */
  logprobs?: boolean | undefined;
  /** How many alternatives each token comes with, 0–20; switches `logprobs` on. */
  topLogprobs?: number | undefined;
  /** Makes tokens, named by their ids, likelier or rarer: −100 to 100. */
  logitBias?: Record<string, number> | undefined;
  /** An id of your user, for abuse detection. */
  user?: string | undefined;
  /** How hard a reasoning model thinks. Sent to every model. */
  reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | (string & {}) | undefined;
  /**
   * Fields that the request body gets as they are. `model`, `messages` and `stream` are refused.
   *
   * @example
   * modelKwargs: { top_k: 40 }
   */
  modelKwargs?: Record<string, unknown> | undefined;
  /** Whether a stream asks for the token usage (`stream_options.include_usage`). Default true. */
  streamUsage?: boolean | undefined;
  /**
   * Which AI messages send their reasoning back as `reasoning_content`: all, none, or those with tool calls, which
   * DeepSeek's models need in a tool loop. Default `"tool-calls"`.
   */
  sendReasoning?: boolean | "tool-calls" | undefined;
  /**
   * Takes the text between `<tag>` and `</tag>` for reasoning, for models that write it into their text: `"think"`.
   * Default: the text stays as it comes.
   */
  reasoningTag?: string | undefined;
  /**
   * Who goes first under the rate limit: `"batch"` lets the interactive calls of the key by. Not sent. Default: as
   * `rateLimit.priority` says.
   */
  priority?: Priority | undefined;
  /** `true` makes `invoke` stream inside; `false` is `disableStreaming: true`. Default: as LangChain chooses. */
  streaming?: boolean | undefined;
}

/** Fields of the {@link ChatCeluxe} constructor: the parameters of a request, of the connection, and of LangChain. */
export interface ChatCeluxeInput extends ChatCeluxeParameters, BaseChatModelParams, ClientFields {
  /** Model id, for example `deepseek-v3`; `listModels()` tells which there are. */
  model: CeluxeModelId;
  /**
   * A ready client of `@celuxe/core` in place of one made from these fields, to share it with other code. The failures
   * that it is set to retry (`maxRetries`, `rateLimit`) are then not retried by LangChain.
   */
  client?: CeluxeClient | undefined;
  /** Corrects or completes what is known of the model, which agents go by. */
  profile?: ModelProfile | undefined;
}

/** The fields that configure the client, and nothing else. */
export type ClientFields = Omit<CeluxeClientOptions, "maxRetries">;

/** Options of one call, beside those of every LangChain runnable. */
export interface ChatCeluxeCallOptions extends BaseChatModelCallOptions, Omit<ChatCeluxeParameters, "stop"> {
  /** Asks another model than the constructor names. */
  model?: CeluxeModelId | undefined;
  /** Tools that the model may call; see {@link ChatCeluxe.bindTools}. */
  tools?: BindToolsInput[] | undefined;
  /** Whether arguments of tools are held to their schemas strictly; sent with each tool. */
  strict?: boolean | undefined;
  /** Whether the model may call several tools at once. Sent with tools only. */
  parallel_tool_calls?: boolean | undefined;
  /** The form of the answer, in OpenAI's format; see {@link ChatCeluxe.withStructuredOutput}. */
  response_format?: ChatResponseFormat | undefined;
  /** Headers of this request. `authorization` is refused. */
  headers?: Record<string, string> | undefined;
  /** `true` answers `stream` with one chunk, from a request that does not stream. */
  disableStreaming?: boolean | undefined;
}
