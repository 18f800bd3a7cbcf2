import { a as RateLimitOptions, c as TimeoutOptions, i as Priority, l as CeluxeEvent, n as CeluxeClientOptions, o as RateLimitStore, r as CoolDownRequest, s as StartRequest, t as ApiKey, u as OnEvent } from "./options.js";
import { APIError, APIErrorDetails, AuthenticationError, BadRequestError, CeluxeError, ConfigurationError, ConnectionError, InsufficientBalanceError, InternalServerError, NotFoundError, PermissionDeniedError, ProtocolError, RateLimitError, RequestTimeoutError, StreamError, TimeoutPhase } from "./errors.js";
/** A JSON object whose fields are not known. */
type JsonObject = {
  [key: string]: unknown;
};
/** A part of a message's content: text, or an image, audio or file in OpenAI's form, or a video as gateways take it. */
type ChatContentPart = {
  type: "text";
  text: string;
} | {
  type: "image_url";
  image_url: {
    url: string;
    detail?: "auto" | "low" | "high" | (string & {}) | undefined;
  };
} | {
  type: "input_audio";
  input_audio: {
    data: string;
    format: "wav" | "mp3" | (string & {});
  };
} | {
  type: "file";
  file: {
    file_data?: string | undefined;
    filename?: string | undefined;
    file_id?: string | undefined;
  };
} | {
  type: "video_url";
  video_url: {
    url: string;
  };
} | {
  type: "refusal";
  refusal: string;
};
/** A part that a model takes beyond OpenAI's format; sent as it is. */
type CustomContentPart = {
  type: string;
  [extra: string]: unknown;
};
/** A tool call of an assistant message. `arguments` is JSON as text. */
interface ChatToolCall {
  id: string;
  type: "function";
  function: {
    name: string;
    arguments: string;
  };
}
/** A message of the conversation. Unknown fields are sent as they are. */
type ChatMessage = ({
  role: "system" | "developer";
  content: string | ChatContentPart[];
  name?: string | undefined;
} | {
  role: "user";
  content: string | (ChatContentPart | CustomContentPart)[];
  name?: string | undefined;
} | {
  role: "assistant";
  content?: string | ChatContentPart[] | null | undefined;
  name?: string | undefined;
  tool_calls?: ChatToolCall[] | undefined;
  reasoning_content?: string | undefined;
  refusal?: string | null | undefined;
} | {
  role: "tool";
  content: string | ChatContentPart[];
  tool_call_id: string;
}) & {
  [extra: string]: unknown;
};
/** A function that the model may call. `parameters` is a JSON schema. */
interface ChatTool {
  type: "function";
  function: {
    name: string;
    description?: string | undefined;
    parameters?: JsonObject | undefined;
    strict?: boolean | undefined;
  };
}
/** Which tool the model calls, if any. */
type ChatToolChoice = "none" | "auto" | "required" | {
  type: "function";
  function: {
    name: string;
  };
};
/** The form of the answer. */
type ChatResponseFormat = {
  type: "text";
} | {
  type: "json_object";
} | {
  type: "json_schema";
  json_schema: {
    name: string;
    description?: string | undefined;
    schema?: JsonObject | undefined;
    strict?: boolean | undefined;
  };
};
/**
 * The body of `POST /chat/completions` in OpenAI's format. Fields that are not listed are sent as they are. `stream` is
 * set by the method that is called.
 */
interface ChatRequestBody {
  /** Model id, for example `deepseek-v3`; `listModels()` tells which there are. */
  model: string;
  messages: ChatMessage[];
  /** 0–2; the service's default is 1. */
  temperature?: number | undefined;
  /** Most tokens to generate; the service's default is 4096. */
  max_tokens?: number | undefined;
  max_completion_tokens?: number | undefined;
  /** 0–1. */
  top_p?: number | undefined;
  frequency_penalty?: number | undefined;
  presence_penalty?: number | undefined;
  seed?: number | undefined;
  stop?: string | string[] | undefined;
  n?: number | undefined;
  tools?: ChatTool[] | undefined;
  tool_choice?: ChatToolChoice | undefined;
  parallel_tool_calls?: boolean | undefined;
  response_format?: ChatResponseFormat | undefined;
  reasoning_effort?: string | undefined;
  logprobs?: boolean | undefined;
  top_logprobs?: number | undefined;
  logit_bias?: Record<string, number> | undefined;
  user?: string | undefined;
  stream_options?: {
    include_usage?: boolean | undefined;
  } | undefined;
  [extra: string]: unknown;
}
/** Why a completion ended, in one vocabulary for all vendors behind the gateway. */
type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "error" | "other";
/** Tokens of one completion. A count that the service did not send is `undefined`, not 0. */
interface Usage {
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  totalTokens: number | undefined;
  /** Part of `promptTokens` that was read from a cache. */
  cachedTokens: number | undefined;
  /** Part of `promptTokens` that was written to a cache. */
  cacheWriteTokens: number | undefined;
  /** Part of `completionTokens` that the model spent on reasoning. */
  reasoningTokens: number | undefined;
  /** The object as sent. */
  raw: JsonObject;
}
/** A tool call that the model asked for. */
interface ToolCall {
  /** Where it stands among the calls of the answer, from 0. */
  index: number;
  id: string;
  name: string;
  /** JSON as text, exactly as the model wrote it; `{}` where it wrote nothing, or null. */
  arguments: string;
  /**
   * `complete`: the arguments are a JSON object. `invalid`: the model finished, but they are not, or the call has no name.
   * `cut`: the answer was ended before the call was; never execute it.
   */
  status: "complete" | "invalid" | "cut";
  /** The call's `extra_content`, such as Gemini's thought signature: the service wants it back with the call. */
  extraContent?: JsonObject;
}
/** A block of an answer. */
type ChatBlock = Extract<ChatDelta, {
  type: "text" | "reasoning" | "refusal" | "image";
}>;
/** One step of a streamed chat completion. Joined, the texts of one kind give the whole. */
type ChatDelta = {
  /** Once, before everything else, as soon as the service has named the completion. */
  type: "start";
  id: string | undefined;
  model: string | undefined;
  /** Unix seconds. */
  created: number | undefined;
  systemFingerprint: string | undefined;
  serviceTier: string | undefined;
} | {
  type: "text";
  text: string;
} | {
  type: "reasoning";
  text: string;
} | {
  type: "refusal";
  text: string;
} |
/** An image that the model made, whole: an address on the web, or a `data:` URL. */
{
  type: "image";
  url: string;
} | {
  type: "tool-call-start";
  index: number;
  id: string;
  name: string;
} | {
  type: "tool-call-arguments";
  index: number;
  text: string;
} |
/** After the last delta of all calls, when it is known how the answer ended. */
{
  type: "tool-call-end";
  toolCall: ToolCall;
} |
/** Token log probabilities in OpenAI's form. */
{
  type: "logprobs";
  content: JsonObject[];
  refusal: JsonObject[];
} |
/** Annotations, such as citations, in OpenAI's form. */
{
  type: "annotations";
  annotations: JsonObject[];
} | {
  type: "usage";
  usage: Usage;
} |
/** Once, as the last. `rawReason` is what the service sent, if it sent one. */
{
  type: "finish";
  reason: FinishReason;
  rawReason: string | undefined;
} |
/** A chunk as parsed, before the deltas read from it; only with `includeRaw`. */
{
  type: "raw";
  chunk: unknown;
};
/** What the service said about itself when it answered. */
interface ResponseInfo {
  status: number;
  /** Lower case, without cookies. */
  headers: Record<string, string>;
  requestId: string | undefined;
  /** HTTP requests that the call took. */
  attempts: number;
}
/** One of the alternatives that `n` asks for. */
interface ChatChoice {
  index: number;
  text: string;
  reasoning: string;
  refusal: string;
  /** Texts, reasoning and images in the order in which they came. */
  blocks: ChatBlock[];
  toolCalls: ToolCall[];
  finishReason: FinishReason;
  /** As sent; `undefined` where the service sent none. */
  rawFinishReason: string | undefined;
  logprobs: {
    content: JsonObject[];
    refusal: JsonObject[];
  } | undefined;
  annotations: JsonObject[];
}
/** A whole chat completion; the fields of the first choice stand at the top. */
interface ChatAnswer extends Omit<ChatChoice, "index"> {
  id: string | undefined;
  model: string | undefined;
  /** Unix seconds. */
  created: number | undefined;
  systemFingerprint: string | undefined;
  serviceTier: string | undefined;
  usage: Usage | undefined;
  /** All choices; more than one only where the request asked for them with `n`. */
  choices: ChatChoice[];
  /** The answer as sent. */
  raw: unknown;
  response: ResponseInfo;
}
/** A streamed chat completion. Leaving the loop closes the connection. */
interface ChatStream extends AsyncIterableIterator<ChatDelta, undefined> {
  readonly response: ResponseInfo;
  next(): Promise<IteratorResult<ChatDelta, undefined>>;
  return(): Promise<IteratorResult<ChatDelta, undefined>>;
  /** Closes the connection; what has arrived and was not read is dropped. */
  cancel(): Promise<void>;
  [Symbol.asyncIterator](): ChatStream;
}
/**
 * The options that there are, each with its type: what `typeof` says, `array`, `any`, or a value in quotes as JSON writes
 * it; several with ` | ` between them.
 */
type KnownOptions = Readonly<Record<string, string>>;
/** How {@link checkOptions} takes what is not known. */
interface OptionCheck {
  /** What the options are part of, as in `rateLimit`: stands before each name in the errors. */
  within?: string;
  /**
   * Names that others use, by their letters alone in lower case with spaces between (`"apibase url"`), under the known
   * name that is meant or a sentence that says where it belongs. Those of the options that all packages share are known.
   */
  spellings?: Readonly<Record<string, string>>;
  /** Whether options pass that are like none of the known ones. Default false. */
  open?: boolean;
}
/**
 * Refuses options that are misspelt or of the wrong type, which would else be without effect. `undefined` and `null`
 * count as not given. Only names are compared and shown: a value may be a secret.
 *
 * @returns the options themselves; none where they are not given.
 * @throws {ConfigurationError} that names the option and the nearest known one.
 * @example
 * checkOptions(settings, { name: "string", strict: 'boolean | "auto"' }, { spellings: { name: "title label" } });
 */
export declare function checkOptions<Options extends object>(given: Options | null | undefined, known: KnownOptions, check?: OptionCheck): Options;
/**
 * The id of a model. The ones that Celuxe's documentation names are suggested; any other string is as good, since the
 * catalogue is open-ended and `listModels()` tells what a key may use.
 */
type CeluxeModelId = "deepseek-v3" | "gpt-4o" | (string & {});
/** An entry of the model list. Fields that are not named here are kept as sent. */
interface CeluxeModel {
  id: string;
  /** Unix seconds. */
  created?: number;
  ownedBy?: string;
  [extra: string]: unknown;
}
/** What a client knows of its rate limit at this moment. */
interface RateLimitState {
  /** Calls of this process that wait for their turn with this key. */
  waiting: number;
  /** How many of them are of each priority. */
  waitingByPriority: Record<Priority, number>;
  /** Milliseconds until the next of them has its turn; `undefined` where none waits. */
  nextTurnMs: number | undefined;
  /** Milliseconds until the cool-down after a 429 is over; 0 where there is none. */
  coolingDownMs: number;
  /** Most requests in a window: declared or learned; `undefined` while unknown. */
  limit: number | undefined;
  /** The window that `limit` is for, in milliseconds: declared, or named by the service. */
  windowMs: number | undefined;
  /** Whether `limit` was learned from the server and not declared. */
  learned: boolean;
  /** Requests that the service last said are left; `undefined` where it says nothing, or the window it spoke of is over. */
  remaining: number | undefined;
}
/** Options of one call. */
interface CallOptions {
  /** Ends the call at any point; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Sent with this request only. `authorization` is refused. */
  headers?: Record<string, string | undefined> | undefined;
  /** Who goes first under the rate limit. Default: as `rateLimit.priority` of the client says. */
  priority?: Priority | undefined;
  /** Most HTTP requests that the call may make, those answered with 429 included. Default: as the client's options say. */
  maxAttempts?: number | undefined;
}
/** Options of one streamed call. */
interface StreamOptions extends CallOptions {
  /** Adds each chunk as parsed, as a delta of type `raw`; nothing is merged then. Default false. */
  includeRaw?: boolean | undefined;
}
/** A client of the Celuxe API. */
interface CeluxeClient {
  /**
   * Makes a chat completion (`POST /chat/completions`).
   *
   * @throws {APIError} or a class under it for an error answer, {@link ConnectionError}, {@link ProtocolError},
   * {@link ConfigurationError}; the signal's reason after an abort.
   */
  chat(body: ChatRequestBody, options?: CallOptions): Promise<ChatAnswer>;
  /**
   * Makes a streamed chat completion. Resolves when the answer begins, so that an error before it is thrown here;
   * one after it is thrown by the loop.
   *
   * @throws as {@link CeluxeClient.chat}; the loop also {@link StreamError} for an answer that is not whole.
   */
  streamChat(body: ChatRequestBody, options?: StreamOptions): Promise<ChatStream>;
  /** Lists the models (`GET /models`), from a cache of 5 minutes unless `refresh` is set. */
  listModels(options?: CallOptions & {
    refresh?: boolean | undefined;
  }): Promise<CeluxeModel[]>;
  readonly rateLimit: {
    /** What is known of the rate limit now. */
    state(): RateLimitState;
  };
  /** What a framework above this client must know, so that each failure is retried by one of them only. */
  readonly config: {
    /** Where requests go, without a query, which may hold secrets of a proxy. @throws {ConfigurationError} if `CELUXE_BASE_URL` is no usable address. */
    readonly baseURL: string;
    /** Retries after a 408, a 5xx or a lost connection that the client makes itself. */
    readonly maxRetries: number;
    /** Whether the client waits for the rate limit and retries a 429 itself. */
    readonly rateLimited: boolean;
  };
}
/**
 * Makes a client of the Celuxe API. Nothing is sent, and the environment is not read, before the first request.
 *
 * @throws {ConfigurationError} for an option that cannot work.
 * @example
 * const client = createCeluxeClient();
 * const { text } = await client.chat({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] });
 */
export declare function createCeluxeClient(options?: CeluxeClientOptions): CeluxeClient;
/**
 * What a model is known to do. Celuxe documents no capabilities, so these are those that the makers of the model
 * families document; `undefined` means unknown, and an adapter then takes the careful way.
 */
interface ModelCapabilities {
  /** Thinks before it answers, and may send its reasoning. */
  reasoning: boolean | undefined;
  /** Takes `response_format: json_schema`. */
  jsonSchema: boolean | undefined;
  /** Takes `tool_choice: "required"` and the name of a tool. */
  forcedToolChoice: boolean | undefined;
  /** Takes images. */
  images: boolean | undefined;
  /** Tokens of prompt and answer together. */
  contextWindow: number | undefined;
  /** Most tokens of an answer. */
  maxOutputTokens: number | undefined;
}
/**
 * What is known of a model by its id. An unknown id gives `undefined` in every field.
 *
 * @example
 * modelCapabilities("gpt-4o").images; // true
 */
export declare function modelCapabilities(modelId: string): ModelCapabilities;
export { APIError, APIErrorDetails, type ApiKey, AuthenticationError, BadRequestError, type CallOptions, type CeluxeClient, type CeluxeClientOptions, CeluxeError, type CeluxeEvent, type CeluxeModel, type CeluxeModelId, type ChatAnswer, type ChatBlock, type ChatChoice, type ChatContentPart, type ChatDelta, type ChatMessage, type ChatRequestBody, type ChatResponseFormat, type ChatStream, type ChatTool, type ChatToolCall, type ChatToolChoice, ConfigurationError, ConnectionError, type CoolDownRequest, type CustomContentPart, type FinishReason, InsufficientBalanceError, InternalServerError, type JsonObject, type KnownOptions, type ModelCapabilities, NotFoundError, type OnEvent, type OptionCheck, PermissionDeniedError, type Priority, ProtocolError, RateLimitError, type RateLimitOptions, type RateLimitState, type RateLimitStore, RequestTimeoutError, type ResponseInfo, type StartRequest, StreamError, type StreamOptions, type TimeoutOptions, TimeoutPhase, type ToolCall, type Usage };
//# sourceMappingURL=index.d.ts.map