import { ApiKey, CeluxeClient, CeluxeClient as CeluxeClient$1, CeluxeClientOptions, CeluxeEvent, CeluxeModel, CeluxeModel as CeluxeModel$1, CeluxeModelId, CeluxeModelId as CeluxeModelId$1, ChatRequestBody, ChatResponseFormat, Priority, RateLimitOptions, TimeoutOptions } from "@celuxe/core";
import { BaseChatModel, BaseChatModelCallOptions, BaseChatModelParams, BindToolsInput, LangSmithParams } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, BaseMessage, MessageContent } from "@langchain/core/messages";
import { ChatModelStream } from "@langchain/core/language_models/stream";
import { ChatGenerationChunk, ChatResult, LLMResult } from "@langchain/core/outputs";
import { InteropZodType } from "@langchain/core/utils/types";
import { SerializableSchema } from "@langchain/core/utils/standard_schema";
import { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { ModelProfile } from "@langchain/core/language_models/profile";
import { Runnable } from "@langchain/core/runnables";
import { StreamEvent } from "@langchain/core/types/stream";
import { IterableReadableStream } from "@langchain/core/utils/stream";
export * from "@celuxe/core/errors";
/**
 * What a request asks for. Each field is set in the constructor and overridden per call; what is not set is not sent,
 * so that the service's own default counts.
 */
interface ChatCeluxeParameters {
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
interface ChatCeluxeInput extends ChatCeluxeParameters, BaseChatModelParams, ClientFields {
  /** Model id, for example `deepseek-v3`; `listModels()` tells which there are. */
  model: CeluxeModelId$1;
  /**
   * A ready client of `@celuxe/core` in place of one made from these fields, to share it with other code. The failures
   * that it is set to retry (`maxRetries`, `rateLimit`) are then not retried by LangChain.
   */
  client?: CeluxeClient$1 | undefined;
  /** Corrects or completes what is known of the model, which agents go by. */
  profile?: ModelProfile | undefined;
}
/** The fields that configure the client, and nothing else. */
type ClientFields = Omit<CeluxeClientOptions, "maxRetries">;
/** Options of one call, beside those of every LangChain runnable. */
interface ChatCeluxeCallOptions extends BaseChatModelCallOptions, Omit<ChatCeluxeParameters, "stop"> {
  /** Asks another model than the constructor names. */
  model?: CeluxeModelId$1 | undefined;
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
/** A request body without its messages. */
type RequestParameters = Partial<ChatRequestBody> & Pick<ChatRequestBody, "model">;
/**
 * Celuxe chat model integration.
 *
 * Gives access to every model behind Celuxe, one gateway in OpenAI's Chat Completions format. Calls wait for their turn
 * under the rate limit of the key, an answer that was cut is never taken for a whole one, and no tool call with half of
 * its arguments is made runnable.
 *
 * Setup:
 * Install `@celuxe/langchain` and `@langchain/core`, and set an environment variable named `CELUXE_API_KEY`.
 *
 * ```bash
 * npm install @celuxe/langchain @langchain/core
 * export CELUXE_API_KEY="your-api-key"
 * ```
 *
 * ## Constructor args
 *
 * See {@link ChatCeluxeInput}. Nothing is sent, and the environment is not read, before the first request.
 *
 * ## Runtime args
 *
 * See {@link ChatCeluxeCallOptions}. They are the second argument of `invoke`, `stream`, `batch` and the other methods of
 * a runnable, and win over those of the constructor. `withConfig`, and `bindTools` as its second argument, take them too:
 *
 * ```typescript
 * const brief = llm.withConfig({ stop: ["\n"], maxTokens: 50 });
 * const withTools = llm.bindTools([getWeather], { tool_choice: "auto" });
 * ```
 *
 * ## Errors
 *
 * A call throws a {@link CeluxeError} of the class that fits, with `status`, `code`, `headers`, `retryAfterMs` and
 * LangChain's `lc_error_code`; a prompt that is too long throws LangChain's `ContextOverflowError`. A
 * {@link ConfigurationError} names the field, message or content block that cannot work. After an abort it throws the
 * signal's reason.
 *
 * ## Examples
 *
 * <details open>
 * <summary><strong>Instantiate</strong></summary>
 *
 * ```typescript
 * import { ChatCeluxe } from "@celuxe/langchain";
 *
 * const llm = new ChatCeluxe({
 *   model: "deepseek-v3",
 *   temperature: 0,
 *   maxRetries: 2,
 *   // apiKey: "...",
 *   // rateLimit: "pro",
 *   // other params...
 * });
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Invoking</strong></summary>
 *
 * ```typescript
 * // Models also accept a list of chat messages or a formatted prompt
 * const result = await llm.invoke("What is the capital of France?");
 * console.log(result);
 * ```
 *
 * ```txt
 * AIMessage {
 *   "id": "chatcmpl-2o6h2kf30i7j1ipdglup0szi",
 *   "content": "The capital of France is Paris.",
 *   "additional_kwargs": {},
 *   "response_metadata": {
 *     "tokenUsage": { "promptTokens": 15, "completionTokens": 7, "totalTokens": 22 },
 *     "finish_reason": "stop",
 *     "model_provider": "celuxe",
 *     "model": "deepseek-v3",
 *     "model_name": "deepseek-v3",
 *     "id": "chatcmpl-2o6h2kf30i7j1ipdglup0szi"
 *   },
 *   "tool_calls": [],
 *   "invalid_tool_calls": [],
 *   "usage_metadata": { "input_tokens": 15, "output_tokens": 7, "total_tokens": 22 }
 * }
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Streaming Chunks</strong></summary>
 *
 * ```typescript
 * for await (const chunk of await llm.stream("What is the capital of France?")) {
 *   console.log(chunk.text);
 * }
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Aggregate Streamed Chunks</strong></summary>
 *
 * ```typescript
 * import type { AIMessageChunk } from "@langchain/core/messages";
 *
 * let full: AIMessageChunk | undefined;
 * for await (const chunk of await llm.stream("What is the capital of France?")) {
 *   full = full ? full.concat(chunk) : chunk;
 * }
 * console.log(full?.usage_metadata);
 * ```
 *
 * ```txt
 * { input_tokens: 15, output_tokens: 7, total_tokens: 22 }
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Bind tools</strong></summary>
 *
 * ```typescript
 * import { z } from "zod";
 *
 * const getWeather = {
 *   name: "get_weather",
 *   description: "Tells the current weather of a city",
 *   schema: z.object({ city: z.string() }),
 * };
 *
 * const aiMessage = await llm.bindTools([getWeather]).invoke("Is it warmer in Paris or in Rome?");
 * console.log(aiMessage.tool_calls);
 * ```
 *
 * ```txt
 * [
 *   { type: "tool_call", id: "call_1", name: "get_weather", args: { city: "Paris" } },
 *   { type: "tool_call", id: "call_2", name: "get_weather", args: { city: "Rome" } }
 * ]
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Structured Output</strong></summary>
 *
 * ```typescript
 * import { z } from "zod";
 *
 * const Joke = z.object({ setup: z.string(), punchline: z.string() }).describe("A joke to tell");
 *
 * const { setup, punchline } = await llm.withStructuredOutput(Joke, { name: "joke" }).invoke("A joke about cats");
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Multimodal</strong></summary>
 *
 * ```typescript
 * import { HumanMessage } from "@langchain/core/messages";
 *
 * const message = new HumanMessage({
 *   contentBlocks: [
 *     { type: "text", text: "What is in this picture?" },
 *     { type: "image", url: "https://example.com/cat.png" },
 *   ],
 * });
 * const answer = await llm.invoke([message], { model: "gpt-4o" });
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Usage Metadata</strong></summary>
 *
 * ```typescript
 * const { usage_metadata } = await llm.invoke("What is the capital of France?");
 * console.log(usage_metadata);
 * ```
 *
 * ```txt
 * { input_tokens: 15, output_tokens: 7, total_tokens: 22 }
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>Logprobs</strong></summary>
 *
 * ```typescript
 * const { response_metadata } = await llm.invoke("Hello", { logprobs: true });
 * console.log(response_metadata.logprobs.content.slice(0, 2));
 * ```
 * </details>
 *
 * <br />
 *
 * <details>
 * <summary><strong>List models</strong></summary>
 *
 * ```typescript
 * for (const { id } of await llm.listModels()) console.log(id);
 * ```
 * </details>
 *
 * <br />
 */
export declare class ChatCeluxe extends BaseChatModel<ChatCeluxeCallOptions, AIMessageChunk> {
  #private;
  static lc_name(): string;
  lc_serializable: boolean;
  model: CeluxeModelId$1;
  /** Where requests go, as far as it was set here. */
  baseURL?: string;
  constructor(fields: ChatCeluxeInput);
  constructor(model: CeluxeModelId$1, fields?: Omit<ChatCeluxeInput, "model">);
  get lc_secrets(): {
    [key: string]: string;
  };
  get lc_aliases(): {
    [key: string]: string;
  };
  get lc_serializable_keys(): string[];
  _llmType(): string;
  /** What is known of the model, in the form that agents go by; completed by the `profile` field. */
  get profile(): ModelProfile;
  /**
   * Lists the models that a key may use, for where there is no model yet.
   *
   * @throws {CeluxeError} of the class that fits.
   */
  static listModels(options?: CeluxeClientOptions & {
    signal?: AbortSignal;
  }): Promise<CeluxeModel$1[]>;
  /**
   * Lists the models that the key may use, from a cache of 5 minutes unless `refresh` is set.
   *
   * @throws {CeluxeError} of the class that fits; the signal's reason after an abort.
   */
  listModels(options?: {
    signal?: AbortSignal;
    refresh?: boolean;
  }): Promise<CeluxeModel$1[]>;
  /**
   * Gives the model tools to call. Takes LangChain tools, runnables as tools, `{ name, description, schema }`, OpenAI's
   * form and Anthropic's; none of them is changed.
   *
   * `tool_choice` is `"auto"`, `"none"`, `"any"` or `"required"`, the name of a tool, or an object in OpenAI's form. A
   * model that is known to refuse a forced choice is left to choose.
   *
   * @throws {ConfigurationError} for what is no tool.
   * @example
   * const withTools = chat.bindTools([getWeather], { tool_choice: "any" });
   */
  bindTools(tools: BindToolsInput[], kwargs?: Partial<ChatCeluxeCallOptions>): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatCeluxeCallOptions>;
  /**
   * Makes the model answer with a value that fits a schema: zod 3 or 4, Standard Schema, or JSON schema, which is not
   * checked. `method` is `"functionCalling"`, `"jsonSchema"` or `"jsonMode"`; default: `"jsonSchema"` where the model is
   * known to take it, else `"functionCalling"`. With `includeRaw` the message comes along, and a value that does not fit
   * is `null`.
   *
   * @throws {ConfigurationError} for another method; the call `OutputParserException` for an answer that does not fit or
   * was cut, and `ModelRefusalError` for a refusal.
   * @example
   * const joker = chat.withStructuredOutput(z.object({ setup: z.string(), punchline: z.string() }));
   * const { setup } = await joker.invoke("Tell me a joke about cats");
   */
  withStructuredOutput<Output extends object = Record<string, unknown>, Input = Output>(schema: InteropZodType<Output, Input> | SerializableSchema<Input, Output> | object, config?: StructuredOutputMethodOptions<false>): Runnable<BaseLanguageModelInput, Output>;
  withStructuredOutput<Output extends object = Record<string, unknown>, Input = Output>(schema: InteropZodType<Output, Input> | SerializableSchema<Input, Output> | object, config: StructuredOutputMethodOptions<true>): Runnable<BaseLanguageModelInput, {
    raw: BaseMessage;
    parsed: Output;
  }>;
  _generate(messages: BaseMessage[], options: this["ParsedCallOptions"], runManager?: CallbackManagerForLLMRun): Promise<ChatResult>;
  _streamResponseChunks(messages: BaseMessage[], options: this["ParsedCallOptions"], runManager?: CallbackManagerForLLMRun): AsyncGenerator<ChatGenerationChunk>;
  _streamChatModelEvents(messages: BaseMessage[], options: this["ParsedCallOptions"], _runManager?: CallbackManagerForLLMRun): AsyncGenerator<ChatModelStreamEvent>;
  /** Leaving the stream ends the request at once, also while the next chunk is awaited. */
  _streamIterator(input: BaseLanguageModelInput, options?: Partial<ChatCeluxeCallOptions>): AsyncGenerator<AIMessageChunk>;
  streamEvents(input: BaseLanguageModelInput, options: Partial<ChatCeluxeCallOptions> & {
    version: "v1" | "v2";
    encoding: "text/event-stream";
  }, streamOptions?: StreamEventsFilter): IterableReadableStream<Uint8Array>;
  streamEvents(input: BaseLanguageModelInput, options: Partial<ChatCeluxeCallOptions> & {
    version: "v1" | "v2";
  }, streamOptions?: StreamEventsFilter): IterableReadableStream<StreamEvent>;
  streamEvents(input: BaseLanguageModelInput, options?: Partial<ChatCeluxeCallOptions>): ChatModelStream;
  _generateUncached(...parameters: Parameters<BaseChatModel<ChatCeluxeCallOptions>["_generateUncached"]>): Promise<LLMResult>;
  _combineLLMOutput(...outputs: LLMResult["llmOutput"][]): LLMResult["llmOutput"];
  /** The fields of a request but its messages, as they are sent and traced. */
  invocationParams(options?: Partial<this["ParsedCallOptions"]>): RequestParameters;
  /** The model and every parameter, and nothing secret: what caches tell models apart by. */
  _identifyingParams(): Record<string, unknown>;
  /** Made from what is sent: call options hold more, such as headers, which may be secret. */
  _getSerializedCacheKeyParametersForCall(options: ChatCeluxeCallOptions): string;
  protected _getCallOptionsForTracing(options: this["ParsedCallOptions"]): this["ParsedCallOptions"];
  getLsParams(options: this["ParsedCallOptions"]): LangSmithParams;
  /** An estimate, at four characters a token: the models behind Celuxe have tokenizers of many kinds. */
  getNumTokens(content: MessageContent): Promise<number>;
}
/** Every parameter of a request is a field of the model too. */
export interface ChatCeluxe extends ChatCeluxeParameters {}
type StreamEventsFilter = Parameters<Runnable["streamEvents"]>[2];
/** The version of this package. */
export declare const VERSION: string;
export type { ApiKey, CeluxeClient, CeluxeEvent, CeluxeModel, CeluxeModelId, ChatCeluxeCallOptions, ChatCeluxeInput, ChatCeluxeParameters, RateLimitOptions, TimeoutOptions };
//# sourceMappingURL=index.d.ts.map