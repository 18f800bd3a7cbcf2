import {
  type CallOptions,
  type CeluxeClient,
  type CeluxeClientOptions,
  type CeluxeModel,
  type CeluxeModelId,
  type ChatAnswer,
  type ChatDelta,
  checkOptions,
  type ChatRequestBody,
  createCeluxeClient,
  modelCapabilities,
} from "@celuxe/core";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import { BaseChatModel, type BindToolsInput, type LangSmithParams } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { ModelProfile } from "@langchain/core/language_models/profile";
import type { ChatModelStream } from "@langchain/core/language_models/stream";
import { assembleStructuredOutputPipeline } from "@langchain/core/language_models/structured_output";
import type { AIMessageChunk, BaseMessage, MessageContent } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult, LLMResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import type { StreamEvent } from "@langchain/core/types/stream";
import type { SerializableSchema } from "@langchain/core/utils/standard_schema";
import type { IterableReadableStream } from "@langchain/core/utils/stream";
import type { InteropZodType } from "@langchain/core/utils/types";
import { registerBlockTranslator } from "./block-translator.ts";
import { callThrough } from "./call.ts";
import { toAbortError, toLangChainError, toThrown } from "./errors.ts";
import { createEventWriter } from "./events.ts";
import { CeluxeMessageStream, completeResult } from "./message-stream.ts";
import type { ChatCeluxeCallOptions, ChatCeluxeInput, ChatCeluxeParameters } from "./options.ts";
import type { OutputSchema } from "./output-schema.ts";
import { toProfile } from "./profiles.ts";
import { type RequestParameters, toRequestBody, toRequestParameters } from "./request.ts";
import { sumTokenUsage, toChatResult } from "./result.ts";
import { createClient, serializableFields, setParameters, toBaseFields, toFields } from "./settings.ts";
import { createChunkReader, endWith, joinChunks, toDeltas } from "./stream.ts";
import { prepareStructuredOutput } from "./structured-output.ts";
import { estimateTokens } from "./tokens.ts";
import { separateAnswer, separateDeltas } from "./tagged-reasoning.ts";
import { toChatTool } from "./tools.ts";
import { VERSION } from "./version.ts";

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
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- The constructor sets every field of the interface.
export class ChatCeluxe extends BaseChatModel<ChatCeluxeCallOptions, AIMessageChunk> {
  static override lc_name(): string {
    return "ChatCeluxe";
  }

  override lc_serializable = true;

  model: CeluxeModelId;
  /** Where requests go, as far as it was set here. */
  baseURL?: string;

  readonly #client: CeluxeClient;
  readonly #maxRetries: number | undefined;
  readonly #profile: ModelProfile | undefined;

  constructor(fields: ChatCeluxeInput);
  constructor(model: CeluxeModelId, fields?: Omit<ChatCeluxeInput, "model">);
  constructor(modelOrFields: CeluxeModelId | ChatCeluxeInput, rest: Omit<ChatCeluxeInput, "model"> = {}) {
    const fields = toFields(modelOrFields, rest);
    const client = createClient(fields);
    const baseFields = toBaseFields(fields, client);
    super(baseFields);
    this.#client = client;
    this.#maxRetries = fields.maxRetries;
    this.#profile = fields.profile;
    this.model = fields.model;
    this.baseURL = baseFields.baseURL;
    setParameters(this, fields);
    // The base class ignores it.
    this.disableStreaming = fields.disableStreaming ?? fields.streaming === false;
    // What a serialised model tells of its key: that there is one, by the name of the secret.
    if (typeof fields.apiKey === "string") this.lc_kwargs = { ...this.lc_kwargs, apiKey: this.lc_secrets["apiKey"] };
    this._addVersion("@celuxe/langchain", VERSION);
    registerBlockTranslator();
  }

  override get lc_secrets(): { [key: string]: string } {
    return { apiKey: "CELUXE_API_KEY" };
  }

  override get lc_aliases(): { [key: string]: string } {
    // LangChain would read it back as baseUrl.
    return { ...super.lc_aliases, baseURL: "base_url" };
  }

  override get lc_serializable_keys(): string[] {
    return serializableFields;
  }

  override _llmType(): string {
    return "celuxe";
  }

  /** What is known of the model, in the form that agents go by; completed by the `profile` field. */
  override get profile(): ModelProfile {
    return { ...toProfile(this.model), ...this.#profile };
  }

  /**
   * Lists the models that a key may use, for where there is no model yet.
   *
   * @throws {CeluxeError} of the class that fits.
   */
  static async listModels(options: CeluxeClientOptions & { signal?: AbortSignal } = {}): Promise<CeluxeModel[]> {
    const { signal, ...clientOptions } = options ?? {};
    return createCeluxeClient(clientOptions).listModels({ signal });
  }

  /**
   * Lists the models that the key may use, from a cache of 5 minutes unless `refresh` is set.
   *
   * @throws {CeluxeError} of the class that fits; the signal's reason after an abort.
   */
  async listModels(options: { signal?: AbortSignal; refresh?: boolean } = {}): Promise<CeluxeModel[]> {
    const { signal, refresh } = checkOptions(options, { signal: "object", refresh: "boolean" });
    return this.#call({ signal }, (call) => this.#client.listModels({ ...call, ...(refresh && { refresh }) }));
  }

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
  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<ChatCeluxeCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatCeluxeCallOptions> {
    return this.withConfig({ tools: tools.map(toChatTool), ...kwargs });
  }

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
  override withStructuredOutput<Output extends object = Record<string, unknown>, Input = Output>(
    schema: InteropZodType<Output, Input> | SerializableSchema<Input, Output> | object,
    config?: StructuredOutputMethodOptions<false>,
  ): Runnable<BaseLanguageModelInput, Output>;
  override withStructuredOutput<Output extends object = Record<string, unknown>, Input = Output>(
    schema: InteropZodType<Output, Input> | SerializableSchema<Input, Output> | object,
    config: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }>;
  override withStructuredOutput<Output extends object = Record<string, unknown>, Input = Output>(
    schema: InteropZodType<Output, Input> | SerializableSchema<Input, Output> | object,
    config: StructuredOutputMethodOptions<boolean> = {},
  ): Runnable<BaseLanguageModelInput, Output> | Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }> {
    const { options, parser } = prepareStructuredOutput<Output>(
      schema as OutputSchema,
      config,
      modelCapabilities(this.model),
    );
    return assembleStructuredOutputPipeline(
      this.withConfig(options),
      parser,
      config.includeRaw,
      config.includeRaw ? "StructuredOutputRunnable" : "StructuredOutput",
    );
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    if (this.#streamsInside(options)) {
      const result = await joinChunks(this._streamResponseChunks(messages, options, runManager));
      if (options.signal?.aborted) throw toAbortError(options.signal);
      return result;
    }
    const body = toRequestBody(this, options, messages, false);
    return toChatResult(await this.#answer(body, options), body.model);
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const toChunk = createChunkReader(options.model ?? this.model);
    try {
      for await (const delta of await this.#open(messages, options)) {
        const chunk = toChunk(delta);
        if (!chunk) continue;
        yield chunk;
        await runManager?.handleLLMNewToken(chunk.text, firstChoice, undefined, undefined, undefined, { chunk });
      }
    } catch (error) {
      // LangChain throws for an abort itself, and gives what came until then along.
      if (options.signal?.aborted) return;
      throw toLangChainError(error);
    }
  }

  override async *_streamChatModelEvents(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    _runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatModelStreamEvent> {
    const write = createEventWriter(options.model ?? this.model);
    try {
      for await (const delta of await this.#open(messages, options)) yield* write(delta);
    } catch (error) {
      throw toThrown(error, options.signal);
    }
  }

  /** Leaving the stream ends the request at once, also while the next chunk is awaited. */
  override _streamIterator(
    input: BaseLanguageModelInput,
    options?: Partial<ChatCeluxeCallOptions>,
  ): AsyncGenerator<AIMessageChunk> {
    const leaving = new AbortController();
    const signal = options?.signal ? AbortSignal.any([options.signal, leaving.signal]) : leaving.signal;
    return endWith(leaving, super._streamIterator(input, { ...options, signal }));
  }

  override streamEvents(
    input: BaseLanguageModelInput,
    options: Partial<ChatCeluxeCallOptions> & { version: "v1" | "v2"; encoding: "text/event-stream" },
    streamOptions?: StreamEventsFilter,
  ): IterableReadableStream<Uint8Array>;
  override streamEvents(
    input: BaseLanguageModelInput,
    options: Partial<ChatCeluxeCallOptions> & { version: "v1" | "v2" },
    streamOptions?: StreamEventsFilter,
  ): IterableReadableStream<StreamEvent>;
  override streamEvents(input: BaseLanguageModelInput, options?: Partial<ChatCeluxeCallOptions>): ChatModelStream;
  override streamEvents(
    input: BaseLanguageModelInput,
    options: Partial<ChatCeluxeCallOptions> & { version?: "v1" | "v2"; encoding?: "text/event-stream" } = {},
    streamOptions?: StreamEventsFilter,
  ): ChatModelStream | IterableReadableStream<StreamEvent | Uint8Array> {
    const { version, ...rest } = options;
    if (version) return super.streamEvents(input, { ...rest, version }, streamOptions);
    const messages = BaseChatModel._convertInputToPromptValue(input).toChatMessages();
    const [, callOptions] = this._separateRunnableConfigFromCallOptionsCompat(rest);
    return new CeluxeMessageStream(this._streamChatModelEvents(messages, callOptions));
  }

  override async _generateUncached(
    ...parameters: Parameters<BaseChatModel<ChatCeluxeCallOptions>["_generateUncached"]>
  ): Promise<LLMResult> {
    const result = await super._generateUncached(...parameters);
    completeResult(result);
    return result;
  }

  override _combineLLMOutput(...outputs: LLMResult["llmOutput"][]): LLMResult["llmOutput"] {
    return { tokenUsage: sumTokenUsage(outputs) };
  }

  /** The fields of a request but its messages, as they are sent and traced. */
  override invocationParams(options: Partial<this["ParsedCallOptions"]> = {}): RequestParameters {
    return toRequestParameters(this, options, false);
  }

  /** The model and every parameter, and nothing secret: what caches tell models apart by. */
  override _identifyingParams(): Record<string, unknown> {
    return {
      model_name: this.model,
      ...this.invocationParams(),
      ...(this.baseURL !== undefined && { base_url: this.baseURL }),
      ...(this.sendReasoning !== undefined && { send_reasoning: this.sendReasoning }),
      ...(this.reasoningTag !== undefined && { reasoning_tag: this.reasoningTag }),
    };
  }

  /** Made from what is sent: call options hold more, such as headers, which may be secret. */
  override _getSerializedCacheKeyParametersForCall(options: ChatCeluxeCallOptions): string {
    return JSON.stringify({
      ...this._identifyingParams(),
      ...this.invocationParams(options),
      send_reasoning: options.sendReasoning ?? this.sendReasoning,
      reasoning_tag: options.reasoningTag ?? this.reasoningTag,
      output_version: options.outputVersion ?? this.outputVersion,
      _type: this._llmType(),
      _model: this._modelType(),
    });
  }

  protected override _getCallOptionsForTracing(options: this["ParsedCallOptions"]): this["ParsedCallOptions"] {
    const { headers: _, ...traced } = options;
    return traced;
  }

  override getLsParams(options: this["ParsedCallOptions"]): LangSmithParams {
    const { model, temperature, max_tokens, max_completion_tokens, stop } = this.invocationParams(options);
    return {
      ls_provider: "celuxe",
      ls_model_name: model,
      ls_model_type: "chat",
      ls_temperature: temperature,
      ls_max_tokens: max_tokens ?? max_completion_tokens,
      ls_stop: typeof stop === "string" ? [stop] : stop,
    };
  }

  /** An estimate, at four characters a token: the models behind Celuxe have tokenizers of many kinds. */
  override async getNumTokens(content: MessageContent): Promise<number> {
    return estimateTokens(content);
  }

  #streams({ streaming, disableStreaming }: Partial<ChatCeluxeCallOptions>): boolean {
    return !(this.disableStreaming || disableStreaming === true || streaming === false);
  }

  /** Whether `invoke` streams inside; several choices never do. */
  #streamsInside(options: this["ParsedCallOptions"]): boolean {
    const wanted = options.streaming ?? this.streaming ?? false;
    return wanted && this.#streams(options) && (options.n ?? this.n ?? 1) === 1;
  }

  /** What is read where a stream is asked for, also where streaming is switched off. */
  async #open(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): Promise<AsyncIterable<ChatDelta> | Iterable<ChatDelta>> {
    const stream = this.#streams(options);
    const body = toRequestBody(this, options, messages, stream);
    if (!stream) return toDeltas(await this.#answer(body, options));
    const deltas = await this.#call(options, (call) => this.#client.streamChat(body, call));
    const tag = options.reasoningTag ?? this.reasoningTag;
    return tag === undefined ? deltas : separateDeltas(deltas, tag);
  }

  async #answer(body: ChatRequestBody, options: this["ParsedCallOptions"]): Promise<ChatAnswer> {
    const answer = await this.#call(options, (call) => this.#client.chat(body, call));
    const tag = options.reasoningTag ?? this.reasoningTag;
    return tag === undefined ? answer : separateAnswer(answer, tag);
  }

  #call<Result>(
    options: Pick<ChatCeluxeCallOptions, "signal" | "headers" | "maxRetries" | "priority">,
    send: (call: CallOptions) => Promise<Result>,
  ): Promise<Result> {
    const priority = options.priority ?? this.priority;
    return callThrough(this.caller, { ...options, priority }, this.#maxRetries, send);
  }
}

/** Every parameter of a request is a field of the model too. */
export interface ChatCeluxe extends ChatCeluxeParameters {}

type StreamEventsFilter = Parameters<Runnable["streamEvents"]>[2];

/** Only the first choice is streamed. */
const firstChoice = { prompt: 0, completion: 0 };
