/** The time the emulator lives by: rate limits, pace, fault waits and the journal all read it. */
interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Moves time forward by `ms` and wakes what was waiting for it, in order. On the manual clock this is the only way
   * that time passes; on the real clock it is a jump ahead.
   *
   * ```ts
   * await emulator.clock.advance(60_000); // the rate-limit window is over
   * ```
   */
  advance(ms: number): Promise<void>;
}
/** How many requests a key may make: the documented plans, or any number in any window. Default: unlimited. */
type Plan = "free" | "pro" | "unlimited" | RequestLimit;
interface RequestLimit {
  /** Requests in a window; an integer from 1. */
  limit: number;
  /** Length of the window in milliseconds. */
  windowMs: number;
}
/** What the emulator knows of one request. Times are milliseconds of the emulator's clock. */
interface JournalEntry {
  /** 1 for the first request to the API, and so on. */
  readonly number: number;
  readonly method: string;
  /** Path and query, `/v1/chat/completions`. */
  readonly path: string;
  /** All headers but `authorization`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; the text where it is not JSON; undefined where there is none. */
  body?: unknown;
  /** A fingerprint of the key, never the key; undefined where none was sent. */
  key?: string;
  /** The plan of the key, where the key is known. */
  plan?: Plan;
  /** The connection that it came on, counted from 1; undefined for `createEmulator().fetch`. */
  readonly connection?: number;
  /** When the request arrived. */
  readonly start: number;
  /** When the status and headers were sent. */
  head?: number;
  /** When the last byte of the answer was handed to the socket, or the client or a fault ended it. */
  end?: number;
  /** When the client closed the connection before the end of the answer. */
  clientGone?: number;
  /** Undefined until the head was sent; stays so when a fault resets the connection before it. */
  status?: number;
  /** Bytes of the answer's body that were handed to the socket so far. */
  bytes: number;
  /** The `type` of the fault that was played, if any. */
  fault?: string;
}
/** All requests to the API since the start, or since `clear()`. */
interface Journal {
  /** In the order of arrival. The newest 20,000 are kept, with bodies of 64 Mi characters. */
  readonly requests: readonly JournalEntry[];
  /** How many requests are being answered now. */
  readonly open: number;
  /** The most requests that were being answered at one time. */
  readonly peakConcurrency: number;
  /** Resolves when no request is being answered any more. */
  idle(): Promise<void>;
  /** Forgets the requests so far; numbers start at 1 again. Requests still open finish unseen. */
  clear(): void;
}
/**
 * Which requests a fault or a reply is for. Without any field: all of them. Faults see every request to the API, replies
 * only chat requests that are answered.
 */
interface Rule {
  /**
   * The first request that the rule takes, counted from 1 among those that `match` accepts, from the
   * moment the rule was added.
   */
  call?: number;
  /**
   * Which requests count for the rule. A string must be part of the last message's text, a regular expression must
   * match it, a function decides on the whole request.
   */
  match?: string | RegExp | ((request: JournalEntry) => boolean);
  /** How many requests in a row the rule takes. Default: 1 with `call`, else all. */
  times?: number;
}
/** Rules that can be changed while the emulator runs. The first rule that takes a request wins. */
interface RuleList<R extends Rule> {
  /** Adds rules behind those that are there. @throws ConfigurationError for one that cannot work; then none is added */
  add(...rules: R[]): void;
  /** Removes all rules. */
  clear(): void;
}
/** A reply and the requests that it is for. */
interface ReplyRule extends Rule {
  reply: Reply | ((request: JournalEntry) => Reply);
}
/** What the model says, whatever the request asks for; `stop` and `max_tokens` still cut it. */
interface Reply {
  /** The text; an array is sent token by token as it stands, one chunk each when streaming. */
  text?: string | readonly string[];
  /** What it thinks before, from any model. */
  reasoning?: string | readonly string[];
  /** A refusal in place of text. */
  refusal?: string;
  toolCalls?: readonly ReplyToolCall[];
  /** Default: `length` when cut by `max_tokens`, else `tool_calls` with tool calls, else `stop`. */
  finishReason?: string;
  /** Put over the counted usage, for details such as `{ prompt_tokens_details: { cached_tokens: 5 } }`. */
  usage?: Record<string, unknown>;
}
interface ReplyToolCall {
  name: string;
  /** An object is sent as its JSON, a string as it is; an array of strings piece by piece. Default: `{}`. */
  arguments?: string | readonly string[] | Record<string, unknown>;
  /** Default: made from the seed. */
  id?: string;
}
/**
 * One step of an answer's body.
 * - a string or bytes: written as they are, in one write
 * - `data`: written as a server-sent event, `data: …` and an empty line; a string as it is, anything else as JSON
 * - `waitMs`: nothing is written for that long; 0 makes what follows a write of its own
 * - `end`: the body ends here: `close` as HTTP ends it, `reset` by resetting the connection, `stay-open` never
 */
type WirePiece = string | Uint8Array | {
  data: unknown;
} | {
  waitMs: number;
} | {
  end: "close" | "reset" | "stay-open";
};
/** A fault and the requests that it is for. */
interface FaultRule extends Rule {
  fault: Fault;
}
/**
 * What goes wrong. The first group replaces the whole answer: such a request is not authenticated and does not count
 * against a rate limit. The second group changes the answer that the request would have got.
 *
 * A chunk is one server-sent event; an answer that is not a stream counts as chunks of 32 bytes.
 */
type Fault = ReplacingFault | ChangingFault;
type ReplacingFault =
/** Any status. `body`: an object is sent as JSON, a string as it is; default the error body of that status. */
{
  type: "status";
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
} |
/** A page of HTML, as a proxy sends it. `status` default 200. */
{
  type: "html";
  status?: number;
} |
/** An error as JSON with status 200. `error` default: the documented 500. */
{
  type: "error-200";
  error?: unknown;
} |
/** An error page of `bytes` (default 3 MiB). `status` default 502. */
{
  type: "huge-error";
  bytes?: number;
  status?: number;
} |
/** A redirect to `location`. `status` default 307. */
{
  type: "redirect";
  location: string;
  status?: number;
} |
/** Only keep-alive comments, one every `everyMs` (default 100), for ever. */
{
  type: "comments";
  everyMs?: number;
} |
/** The wire exactly as written. Default: status 200, an event stream, `end: "close"`. */
{
  type: "script";
  /** The pieces, or a function that makes them when a request takes the fault. */
  chunks: Iterable<WirePiece> | ((request: JournalEntry) => Iterable<WirePiece>);
  status?: number;
  headers?: Record<string, string>;
  /** What happens after the last piece. */
  end?: "close" | "reset" | "stay-open";
};
type ChangingFault =
/** The head comes `ms` later. */
{
  type: "delay-head";
  ms: number;
} |
/** After some chunks (default 1) nothing for `ms`; without `ms`, for ever. */
{
  type: "stall";
  afterChunks?: number;
  ms?: number;
} |
/** The connection is reset after some chunks; 0: before the head. */
{
  type: "reset";
  afterChunks: number;
} |
/** The body ends after some chunks, without `[DONE]`. Default: after all others. */
{
  type: "close";
  afterChunks?: number;
} |
/** `[DONE]` comes after some chunks, without a finish reason. Default: after all others. */
{
  type: "done-without-finish";
  afterChunks?: number;
} |
/**
 * An error as an event, `data: {"error": …}`, after some chunks (default 0: the first event). `error` default: the
 * documented 500. Then the body ends, or, with `end: "done"`, after `[DONE]`, or with `"go-on"` as if nothing was.
 */
{
  type: "in-band-error";
  afterChunks?: number;
  error?: unknown;
  end?: "close" | "done" | "go-on";
} |
/** A line of broken JSON between good ones, after some chunks (default 1). */
{
  type: "malformed-line";
  afterChunks?: number;
} |
/** An event of `bytes` (default 17 MiB) without a line end inside, after some chunks (default 1). */
{
  type: "oversized-line";
  afterChunks?: number;
  bytes?: number;
} |
/** Every byte of the body is a write of its own. */
{
  type: "split-bytes";
} |
/** The body ends `ms` after its last chunk. */
{
  type: "slow-end";
  ms: number;
};
/** The `error` object of an error answer, as the Celuxe documentation shows it; `param` names the field of a 400. */
interface ErrorBody {
  message: string;
  type: string;
  code: string;
  param?: string;
}
/** An option of the emulator that does not exist or cannot work. */
export declare class ConfigurationError extends Error {
  readonly name = "ConfigurationError";
  /** The option, as in `faults[0].fault.type`. */
  readonly field: string;
  constructor(field: string, message: string);
}
/**
 * How the window is counted.
 * - `sliding`: at most `limit` in any stretch of `windowMs`.
 * - `fixed`: at most `limit` in each window; a window begins with the first request after the end of the last one.
 * - `token-bucket`: a bucket of `limit` that fills evenly, `limit` per `windowMs`; at most `limit` + what flowed in.
 */
type WindowKind = "sliding" | "fixed" | "token-bucket";
/** An API key of the emulator. `emulator.keys` holds these objects; a change to one counts from the next request on. */
interface KeyOptions {
  /** The key itself, as clients send it. */
  key: string;
  /** Its rate limit. Default: the plan of `rateLimit`, else unlimited. */
  plan?: Plan;
  /** US dollars left. Falls with the tokens used; at 0 and below, chat answers 402. Default: never runs out. */
  balance?: number;
  /** Answers 401, as a key does that was revoked. */
  revoked?: boolean;
  /** Refuses every request with this status, as an IP whitelist (403) or a spending limit (402) would. */
  refuse?: number | ({
    status: number;
  } & Partial<ErrorBody>);
}
/** The rate limit and what a 429 tells. Celuxe documents neither, so each is a switch. */
interface RateLimitOptions {
  /** The limit of keys without a plan of their own. Default: "unlimited". */
  plan?: Plan;
  /** How the window is counted. Default: "sliding". */
  window?: WindowKind;
  /**
   * What a 429 says about when to come back: `retry-after` in whole seconds (rounded up) or as an HTTP date,
   * `retry-after-ms`, or nothing. Default: "seconds".
   */
  retryAfter?: "seconds" | "date" | "ms" | "none";
  /** Whether refused requests count against the limit too. Default: false. */
  countRejected?: boolean;
  /** Whether answers carry `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests`. Default: false. */
  headers?: boolean;
}
/** How fast answers come. Without a field: at once. */
interface PaceOptions {
  /** Milliseconds from the head to the first token; without streaming, part of the wait for the head. */
  firstTokenMs?: number;
  /** Tokens a second after the first. */
  tokensPerSecond?: number;
  /** How much each wait varies, from the seed: 0.2 is up to 20 % shorter or longer. From 0 to 1. Default: 0. */
  jitter?: number;
  /**
   * Bytes of each write of a stream, exactly or, from the seed, between two bounds. Events are cut and joined to fit,
   * but never held back over a wait. Default: one event a write.
   */
  writeBytes?: number | {
    min: number;
    max: number;
  };
  /** Sends a keep-alive comment whenever a stream has been silent for so many milliseconds. Default: never. */
  keepAliveMs?: number;
}
/** A model of the emulator. Fields that are not named here go into the model list as they are. */
interface ModelOptions {
  /** The model id, as requests send it. */
  id: string;
  /** Thinks before it answers: the answer carries reasoning. Default: false. */
  reasoning?: boolean;
  /** Seconds since the epoch, for the model list. Default: 1735689600 (1 January 2025). */
  created?: number;
  /** For the model list. Default: "celuxe". */
  owned_by?: string;
  /** US dollars for a million tokens, prompt and answer alike; what a key's balance falls by. Default: 1. */
  pricePerMillionTokens?: number;
  [field: string]: unknown;
}
/** How the emulator behaves. Without options: one key, no rate limit, no faults, answers at once. */
interface EmulatorOptions {
  /** Changes the default replies, generated arguments, jitter and write sizes; the same seed, the same bytes. Default: 0. */
  seed?: number;
  /** The models on offer, ids or with details. Default: deepseek-v3, gpt-4o and, with reasoning, deepseek-r1. */
  models?: readonly (string | ModelOptions)[];
  /** The field that reasoning comes in, which Celuxe does not document. Default: "reasoning_content". */
  reasoningField?: "reasoning_content" | "reasoning";
  /** Whether web pages of other origins may call it. Default: false. */
  cors?: boolean;
  /** The API keys. Default: one key, `emulator.apiKey`. */
  keys?: readonly KeyOptions[];
  /** The rate limit of each key. Default: unlimited. */
  rateLimit?: RateLimitOptions;
  /** How fast answers come. Default: at once. */
  pace?: PaceOptions;
  /** What goes wrong, and when. More with `emulator.faults.add`. */
  faults?: readonly FaultRule[];
  /** What the models say, and when. More with `emulator.replies.add`. Default: an answer made from prompt and seed. */
  replies?: readonly ReplyRule[];
  /** With "manual", time passes only by `emulator.clock.advance`. Default: "real". */
  clock?: "real" | "manual";
}
/** What every emulator has, with a socket or without. */
interface EmulatorControls {
  /** The first key: a valid one, unless `keys` say otherwise. */
  readonly apiKey: string;
  /** The keys, live: change a balance, revoke a key. */
  readonly keys: KeyOptions[];
  readonly clock: Clock;
  /** What was asked and how it was answered. Also at `GET /__celuxe/journal`, with `?bodies=true` in full. */
  readonly journal: Journal;
  /** What goes wrong from now on. */
  readonly faults: RuleList<FaultRule>;
  /** What the models say from now on. */
  readonly replies: RuleList<ReplyRule>;
}
interface Emulator extends EmulatorControls {
  /** Answers like the network would: give it to a client as its `fetch`. Any origin will do. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
}
/**
 * A local Celuxe without a socket.
 *
 * ```ts
 * const { fetch, apiKey } = createEmulator();
 * const response = await fetch("https://api.celuxe.shop/v1/models", { headers: { authorization: `Bearer ${apiKey}` } });
 * ```
 *
 * @throws ConfigurationError for an option that does not exist or cannot work
 */
export declare function createEmulator(options?: EmulatorOptions): Emulator;
interface ServerOptions extends EmulatorOptions {
  /** Default: 0, any free port. */
  port?: number;
  /** The address to listen on. Default: "127.0.0.1", this machine only. */
  host?: string;
}
interface RunningEmulator extends EmulatorControls, AsyncDisposable {
  /** The base URL for clients; ends in `/v1`. */
  readonly url: string;
  /** Closes every connection at once and frees the port. */
  close(): Promise<void>;
}
/**
 * A local Celuxe on a socket.
 *
 * ```ts
 * const emulator = await startEmulator();
 * const client = new OpenAI({ baseURL: emulator.url, apiKey: emulator.apiKey });
 * // …
 * await emulator.close();
 * ```
 *
 * @throws ConfigurationError for an option that does not exist or cannot work
 * @throws Error (`EADDRINUSE`, …) where the port cannot be had
 */
export declare function startEmulator(options?: ServerOptions): Promise<RunningEmulator>;
export type { ChangingFault, Clock, Emulator, EmulatorControls, EmulatorOptions, ErrorBody, Fault, FaultRule, Journal, JournalEntry, KeyOptions, ModelOptions, PaceOptions, Plan, RateLimitOptions, ReplacingFault, Reply, ReplyRule, ReplyToolCall, RequestLimit, Rule, RuleList, RunningEmulator, ServerOptions, WindowKind, WirePiece };
//# sourceMappingURL=index.d.ts.map