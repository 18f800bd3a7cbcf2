import { type ChatAnswer, deltasOf, readCompletion, type ResponseInfo, toChatAnswer } from "./chat/answer.ts";
import { type AnswerContext, errorFromBody, headersOf, requestIdOf } from "./http/api-error.ts";
import { type Call, makeCall } from "./http/call.ts";
import { type ChatStream, countTokens, createChatIterator } from "./chat/iterator.ts";
import { createDeltaSource, type DeltaSource } from "./chat/delta-source.ts";
import { createCredentials } from "./http/credentials.ts";
import { createDeadline } from "./http/deadline.ts";
import { checkOptions } from "./check-options.ts";
import { ConfigurationError } from "./errors.ts";
import { createReport } from "./events.ts";
import { type CeluxeModel, modelListLifetimeMs, readModelList } from "./models.ts";
import type { CeluxeClientOptions, Priority } from "./options.ts";
import {
  checkClientOptions,
  checkHeaders,
  refuseBrowser,
  resolveBaseURL,
  resolveMaxAttempts,
  resolveMaxRetries,
  resolveRateLimit,
  resolveTimeout,
} from "./resolve-options.ts";
import { createRateLimiter, idleState, type RateLimitState } from "./rate-limit/limiter.ts";
import { type HttpAnswer, readJson, unexpectedBody } from "./http/request.ts";
import { type ChatRequestBody, isObject, tooDeep, writeJson } from "./wire.ts";

/** Options of one call. */
export interface CallOptions {
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
export interface StreamOptions extends CallOptions {
  /** Adds each chunk as parsed, as a delta of type `raw`; nothing is merged then. Default false. */
  includeRaw?: boolean | undefined;
}

// What is "any" is checked where it is resolved.
const callOptions = {
  signal: "object",
  headers: "any",
  maxAttempts: "any",
  priority: '"interactive" | "batch"',
} satisfies Record<keyof CallOptions, string>;
const streamOptions = { ...callOptions, includeRaw: "boolean" } satisfies Record<keyof StreamOptions, string>;
const listOptions = { ...callOptions, refresh: "boolean" };

/** A client of the Celuxe API. */
export interface CeluxeClient {
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
  listModels(options?: CallOptions & { refresh?: boolean | undefined }): Promise<CeluxeModel[]>;
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
export function createCeluxeClient(options: CeluxeClientOptions = {}): CeluxeClient {
  options = checkClientOptions(options);
  refuseBrowser(options);
  const credentials = createCredentials(options.apiKey ?? undefined);
  const rateLimit = resolveRateLimit(options.rateLimit);
  const maxRetries = resolveMaxRetries(options.maxRetries);
  const timeout = resolveTimeout(options.timeout);
  const headers = checkHeaders(options.headers ?? undefined);
  let baseURL = typeof options.baseURL === "string" ? resolveBaseURL(options.baseURL) : undefined;
  const urls: Record<string, URL> = {};
  let limiter: ReturnType<typeof createRateLimiter> | undefined;
  let lastKey: string | undefined;
  /** As text: each caller gets a list of its own. */
  let modelList: { text: string; readAt: number } | undefined;

  function prepare(
    method: Call["method"],
    path: string,
    body: string | undefined,
    model: unknown,
    given: CallOptions,
  ): Call {
    const callHeaders = checkHeaders(given.headers ?? undefined);
    if (given.signal && typeof given.signal.addEventListener !== "function") {
      throw new ConfigurationError("signal must be an AbortSignal, as controller.signal is one.", { field: "signal" });
    }
    baseURL ??= resolveBaseURL(undefined);
    if (rateLimit) limiter ??= createRateLimiter(rateLimit, baseURL.origin, credentials.source !== "function");
    return {
      method,
      url: (urls[path] ??= appendPath(baseURL, path)),
      headers: {
        ...headers,
        ...callHeaders,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body,
      fetch: options.fetch ?? globalThis.fetch,
      timeout,
      maxRetries,
      maxAttempts: resolveMaxAttempts(given.maxAttempts),
      credentials,
      limiter,
      priority: given.priority ?? undefined,
      deadline: createDeadline(given.signal ?? undefined, timeout.totalMs),
      report: createReport(options.onEvent ?? undefined, `${method} ${path}`, model),
      onKey: (key) => void (lastKey = key),
    };
  }

  async function chat(body: ChatRequestBody, given?: CallOptions): Promise<ChatAnswer> {
    given = checkOptions(given, callOptions);
    const call = prepare("POST", "/chat/completions", serialize(body, false), body.model, given);
    call.headers["accept"] = "application/json";
    try {
      const { result, response, attempts, context } = await makeCall(call, readCompletion);
      const answer = toChatAnswer(result, responseInfo(response, attempts, context));
      call.report({
        type: "done",
        attempts,
        finishReason: answer.finishReason,
        ...countTokens(answer.usage),
      });
      return answer;
    } finally {
      call.deadline.dispose();
    }
  }

  async function streamChat(body: ChatRequestBody, given?: StreamOptions): Promise<ChatStream> {
    given = checkOptions(given, streamOptions);
    const call = prepare("POST", "/chat/completions", serialize(body, true), body.model, given);
    call.headers["accept"] = "text/event-stream";
    const includeRaw = given.includeRaw ?? false;
    try {
      const { result, response, attempts, context } = await makeCall(call, async (answer, answerContext) => {
        const source = await openSource(answer, answerContext, options.mergeDeltas ?? true, includeRaw);
        await source.opened();
        return source;
      });
      return createChatIterator(result, responseInfo(response, attempts, context), call.report, call.deadline.dispose);
    } catch (error) {
      call.deadline.dispose();
      throw error;
    }
  }

  async function listModels(given?: CallOptions & { refresh?: boolean | undefined }): Promise<CeluxeModel[]> {
    given = checkOptions(given, listOptions);
    if (!given.refresh && modelList && performance.now() - modelList.readAt < modelListLifetimeMs) {
      return JSON.parse(modelList.text) as CeluxeModel[];
    }
    const call = prepare("GET", "/models", undefined, undefined, given);
    call.headers["accept"] = "application/json";
    try {
      const { result, attempts } = await makeCall(call, async (answer, context) => {
        const json = await readJson(answer, context);
        if (isObject(json) && json["error"]) throw errorFromBody(json["error"], answer.response, context);
        const models = readModelList(json);
        const text = writeJson(models ?? json);
        if (!models || text === tooDeep) throw unexpectedBody(answer.response, text, context, "a list of models");
        return { models, text };
      });
      call.report({ type: "done", attempts });
      modelList = { text: result.text, readAt: performance.now() };
      return result.models;
    } finally {
      call.deadline.dispose();
    }
  }

  return {
    chat,
    streamChat,
    listModels,
    rateLimit: {
      state: () => limiter?.state(lastKey) ?? idleState(rateLimit),
    },
    config: {
      get baseURL() {
        baseURL ??= resolveBaseURL(undefined);
        return baseURL.origin + baseURL.pathname;
      },
      maxRetries,
      rateLimited: rateLimit !== undefined,
    },
  };
}

function appendPath(baseURL: URL, path: string): URL {
  const url = new URL(baseURL);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url;
}

function serialize(body: ChatRequestBody, stream: boolean): string {
  if (typeof body?.model !== "string" || body.model === "") {
    throw new ConfigurationError(
      'model must be the id of a model, for example "deepseek-v3"; listModels() tells which there are.',
      {
        field: "model",
      },
    );
  }
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    throw new ConfigurationError("messages must be a list of at least one message.", {
      field: "messages",
    });
  }
  try {
    return JSON.stringify(stream ? { ...body, stream: true } : { ...body, stream: undefined });
  } catch (cause) {
    throw new ConfigurationError("The request body cannot be written as JSON: it holds a cycle or a BigInt.", {
      field: "body",
      cause,
    });
  }
}

function responseInfo(response: Response, attempts: number, { redact }: AnswerContext): ResponseInfo {
  const requestId = requestIdOf(response);
  return {
    status: response.status,
    headers: headersOf(response, redact),
    requestId: requestId && redact(requestId),
    attempts,
  };
}

/** A source for what came: an event stream, or a whole completion from a server that does not stream. */
async function openSource(
  answer: HttpAnswer,
  context: AnswerContext,
  mergeDeltas: boolean,
  includeRaw: boolean,
): Promise<DeltaSource> {
  const contentType = answer.response.headers.get("content-type") ?? "";
  // What is not an event stream is a whole completion or something else; what has another type may still be a stream.
  if (/^\s*(application\/json|text\/html|application\/xhtml|text\/xml|application\/xml)/i.test(contentType)) {
    const deltas = deltasOf(await readCompletion(answer, context), includeRaw);
    return {
      opened: async () => {},
      next: async () => deltas.take(),
      cancel: deltas.clear,
    };
  }
  return createDeltaSource({ ...answer, context, mergeDeltas, includeRaw });
}
