/**
 * What happens to one call, for logs, metrics and traces. Flat, and without key, prompt or answer. Each call ends in
 * exactly one `done` or `error`; a consumer that leaves a stream early ends it in a `done` without `finishReason`, and one
 * that forgets it too, once the runtime notices.
 */
type CeluxeEvent = {
  /** Which call of this process, from 1. */
  call: number;
  /** Milliseconds since the call began. */
  elapsedMs: number;
  /** `POST /chat/completions` or `GET /models`. */
  operation: string;
  /** The model asked for, where there is one. */
  model?: string;
} & ({
  /** The call waits for its turn under the rate limit. */
  type: "queued";
  waitMs: number;
  /**
   * What for. `limit`: room in the window. `headroom`: room for batch calls, which leave some to interactive ones.
   * `cool-down`: the end of a cool-down, and the spaced starts after it. `probe`: what becomes of a request that
   * finds out the limit. `store`: its turn among all processes that share `rateLimit.store`.
   */
  reason: "limit" | "headroom" | "cool-down" | "probe" | "store";
} | {
  /** A request is sent. */
  type: "attempt";
  attempt: number;
} | {
  /** A 429: nothing is sent with this key for so long. */
  type: "cooldown";
  attempt: number;
  coolDownMs: number;
  /** What the server asked for, if it did. */
  retryAfterMs?: number;
  /** The limit that the server named, if it did. */
  limit?: number;
} | {
  /** A request has failed and will be made again after `delayMs`, or in its turn where that is 0. */
  type: "retry";
  attempt: number;
  delayMs: number;
  /** The name of the error's class. */
  error: string;
  status?: number;
  code?: string;
} | {
  /** Status and headers of an answer have come. */
  type: "head";
  attempt: number;
  status: number;
  requestId?: string;
} | {
  /** `rateLimit.store` has failed; the call goes on under the limit of its own process. */
  type: "store-failed";
  /** The name of the error's class. */
  error: string;
  /** What the store or its client says, shortened; without the API key, and without the password of an address. */
  reason: string;
} | {
  /** The call has succeeded, or its consumer has left the stream. */
  type: "done";
  attempts: number;
  /** Missing where the consumer left early. */
  finishReason?: string;
  promptTokens?: number;
  completionTokens?: number;
} | {
  /** The call has failed. */
  type: "error";
  attempts: number;
  /** The name of the error's class; `abort` for a reason that is no error. */
  error: string;
  status?: number;
  code?: string;
});
/** Receives the events of a client. What it throws is ignored: watching a call must not break it. */
type OnEvent = (event: CeluxeEvent) => void;
/** Options of `createCeluxeClient`; the same names serve in all Celuxe packages. */
interface CeluxeClientOptions {
  /** The API key or a function that gives it. Default: the environment variable `CELUXE_API_KEY`, read at the first request. */
  apiKey?: ApiKey | undefined;
  /** Default: the environment variable `CELUXE_BASE_URL`, else `https://api.celuxe.shop/v1`. */
  baseURL?: string | undefined;
  /** `"auto"` (default), the plan, `false` for no rate limiting and no retry on 429, or {@link RateLimitOptions}. */
  rateLimit?: "auto" | "free" | "pro" | false | RateLimitOptions | undefined;
  /** Retries after a 408, a 5xx or a lost connection before the answer begins. Default 2. 429s are counted apart. */
  maxRetries?: number | undefined;
  /** Milliseconds for the whole call, or single bounds. */
  timeout?: number | TimeoutOptions | undefined;
  /**
   * Hands over deltas of one block that have already arrived as one. Default true. Nothing waits for it; `false` gives
   * every delta as it was sent.
   */
  mergeDeltas?: boolean | undefined;
  /** Sent with every request. `authorization` is refused: that is what `apiKey` is for. */
  headers?: Record<string, string | undefined> | undefined;
  /** The fetch to use. Default: the global one. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Called at each step of a call, for logs and metrics. */
  onEvent?: OnEvent | undefined;
  /** Allows a plain key in a browser, where every visitor can read it. Default false. */
  dangerouslyAllowBrowser?: boolean | undefined;
}
/**
 * An API key, or a function that gives one. The function is asked for every request, and once more after a 401. Of what
 * it throws, the `cause` of the error keeps name, code, message and stack, and of its causes too, without anything that
 * looks like a key; no other field.
 */
type ApiKey = string | (() => string | Promise<string>);
/** Bounds of one call, in milliseconds; `Infinity` takes a bound away. */
interface TimeoutOptions {
  /** From sending the request to its response head. Default 300,000. */
  headersMs?: number | undefined;
  /** Between two network reads of a body, keep-alive comments included. Default 120,000. */
  idleMs?: number | undefined;
  /** Between two data events of a stream, so that comments alone do not keep it for ever. Default 300,000. */
  progressMs?: number | undefined;
  /** The whole call: waiting for the rate limit, retries and the body. Default: none. */
  totalMs?: number | undefined;
}
/**
 * Who goes first among the calls that wait for a key. `"interactive"`: somebody waits for the answer. `"batch"`: lets
 * interactive calls by, and leaves them a fifth of the limit, at least one place, so that they need not wait at all;
 * while batch calls wait, they get one start in ten.
 */
type Priority = "interactive" | "batch";
/** How a client keeps to the rate limit of its key. */
interface RateLimitOptions {
  /**
   * Most requests in a window: a number, the plan (`"free"` 10, `"pro"` 500 a minute), or `"auto"` (default), which
   * tries the plans in turn with one request more than each allows, and learns from rate-limit headers and from the 429
   * that this request gets.
   */
  limit?: number | "auto" | "free" | "pro" | undefined;
  /** Length of the window in milliseconds. Default 60,000. */
  windowMs?: number | undefined;
  /**
   * How long one call may wait for the rate limit in all, in milliseconds. A call whose turn comes later fails at once,
   * without a request, with a `RateLimitError` that says when to come again. Default 120,000. Set a small value where a
   * person waits, and `Infinity` in batch jobs.
   */
  maxWaitMs?: number | undefined;
  /** Who goes first, for all calls of this client that do not say themselves. Default `"interactive"`. */
  priority?: Priority | undefined;
  /**
   * Shares the limit with other processes; `createRedisStore` of `@celuxe/core/redis` makes one. Needs a declared `limit`.
   * Default: the limit is kept by each process.
   */
  store?: RateLimitStore | undefined;
}
/**
 * Keeps the starts of one API key for several processes, so that together they stay within its limit. All times are
 * milliseconds, by one clock for all. `@celuxe/core/redis` has one on Redis; another takes these three methods.
 */
interface RateLimitStore {
  /**
   * Reserves the next start of a budget, at most `limit` in any `spanMs`, or looks again at the one with `id`. A wait
   * of 0 means: start now, it is counted. One above `maxWaitMs` means: nothing is reserved. Who waits looks again when
   * its time has come, and every 5 seconds before that; who is 3 seconds late for it is gone, and lets those behind it
   * by. Interactive calls go before batch calls, which take all but a fifth of the limit at most (all but one place at
   * least), and every tenth start while they wait.
   */
  reserve(request: StartRequest): Promise<{
    id: string;
    waitMs: number;
  }>;
  /** Gives a reservation back. */
  release(budget: string, id: string): Promise<void>;
  /** No start of the budget for so long; those that wait keep their order, and for one `spanMs` they are evenly spaced. */
  coolDown(request: CoolDownRequest): Promise<void>;
}
/** What a process asks a {@link RateLimitStore} for. */
interface StartRequest {
  /** Tells the API keys apart; holds no key. */
  budget: string;
  /** The reservation to look at again; undefined for a new one. */
  id: string | undefined;
  priority: Priority;
  limit: number;
  spanMs: number;
  maxWaitMs: number;
}
/** What a process tells a {@link RateLimitStore} after a 429. */
interface CoolDownRequest {
  budget: string;
  milliseconds: number;
  limit: number;
  spanMs: number;
}
export { RateLimitOptions as a, TimeoutOptions as c, Priority as i, CeluxeEvent as l, CeluxeClientOptions as n, RateLimitStore as o, CoolDownRequest as r, StartRequest as s, ApiKey as t, OnEvent as u };
//# sourceMappingURL=options.d.ts.map