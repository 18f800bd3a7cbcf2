import { errorOf } from "./errors.ts";
import type { JournalEntry } from "./journal.ts";
import type { Rule } from "./rules.ts";
import { type Answer, DONE, isChunk, jsonAnswer, type Piece, toWire, type WirePiece } from "./wire.ts";

/** A fault and the requests that it is for. */
export interface FaultRule extends Rule {
  fault: Fault;
}

/**
 * What goes wrong. The first group replaces the whole answer: such a request is not authenticated and does not count
 * against a rate limit. The second group changes the answer that the request would have got.
 *
 * A chunk is one server-sent event; an answer that is not a stream counts as chunks of 32 bytes.
 */
export type Fault = ReplacingFault | ChangingFault;

export type ReplacingFault =
  /** Any status. `body`: an object is sent as JSON, a string as it is; default the error body of that status. */
  | { type: "status"; status: number; body?: unknown; headers?: Record<string, string> }
  /** A page of HTML, as a proxy sends it. `status` default 200. */
  | { type: "html"; status?: number }
  /** An error as JSON with status 200. `error` default: the documented 500. */
  | { type: "error-200"; error?: unknown }
  /** An error page of `bytes` (default 3 MiB). `status` default 502. */
  | { type: "huge-error"; bytes?: number; status?: number }
  /** A redirect to `location`. `status` default 307. */
  | { type: "redirect"; location: string; status?: number }
  /** Only keep-alive comments, one every `everyMs` (default 100), for ever. */
  | { type: "comments"; everyMs?: number }
  /** The wire exactly as written. Default: status 200, an event stream, `end: "close"`. */
  | {
      type: "script";
      /** The pieces, or a function that makes them when a request takes the fault. */
      chunks: Iterable<WirePiece> | ((request: JournalEntry) => Iterable<WirePiece>);
      status?: number;
      headers?: Record<string, string>;
      /** What happens after the last piece. */
      end?: "close" | "reset" | "stay-open";
    };

export type ChangingFault =
  /** The head comes `ms` later. */
  | { type: "delay-head"; ms: number }
  /** After some chunks (default 1) nothing for `ms`; without `ms`, for ever. */
  | { type: "stall"; afterChunks?: number; ms?: number }
  /** The connection is reset after some chunks; 0: before the head. */
  | { type: "reset"; afterChunks: number }
  /** The body ends after some chunks, without `[DONE]`. Default: after all others. */
  | { type: "close"; afterChunks?: number }
  /** `[DONE]` comes after some chunks, without a finish reason. Default: after all others. */
  | { type: "done-without-finish"; afterChunks?: number }
  /**
   * An error as an event, `data: {"error": …}`, after some chunks (default 0: the first event). `error` default: the
   * documented 500. Then the body ends, or, with `end: "done"`, after `[DONE]`, or with `"go-on"` as if nothing was.
   */
  | { type: "in-band-error"; afterChunks?: number; error?: unknown; end?: "close" | "done" | "go-on" }
  /** A line of broken JSON between good ones, after some chunks (default 1). */
  | { type: "malformed-line"; afterChunks?: number }
  /** An event of `bytes` (default 2 MiB) without a line end inside, after some chunks (default 1). */
  | { type: "oversized-line"; afterChunks?: number; bytes?: number }
  /** Every byte of the body is a write of its own. */
  | { type: "split-bytes" }
  /** The body ends `ms` after its last chunk. */
  | { type: "slow-end"; ms: number };

/** Every value that a fault may leave open, in one place. */
const DEFAULTS = {
  hugeErrorBytes: 3 * 1024 * 1024,
  oversizedLineBytes: 2 * 1024 * 1024,
  commentsEveryMs: 100,
  jsonChunkBytes: 32,
};

/** The answer of a replacing fault; undefined for the others. */
export function replaceAnswer(fault: Fault, request: JournalEntry): Answer | undefined {
  switch (fault.type) {
    case "status":
      return statusAnswer(fault.status, fault.body, fault.headers);
    case "html":
      return page(fault.status ?? 200, "<h1>It works!</h1>");
    case "error-200":
      return jsonAnswer(200, { error: fault.error ?? errorOf(500) });
    case "huge-error":
      return page(fault.status ?? 502, "<p>bad gateway</p>", fault.bytes ?? DEFAULTS.hugeErrorBytes);
    case "redirect":
      return { ...page(fault.status ?? 307, "<p>moved</p>"), headers: { location: fault.location } };
    case "comments":
      return script(comments(fault.everyMs ?? DEFAULTS.commentsEveryMs));
    case "script": {
      const pieces = typeof fault.chunks === "function" ? fault.chunks(request) : fault.chunks;
      return script(endedBy(pieces, fault.end ?? "close"), fault.status, fault.headers);
    }
    default:
      return undefined;
  }
}

/** The answer as a changing fault leaves it; unchanged for the others. */
export function changeAnswer(fault: Fault, answer: Answer): Answer {
  if (fault.type === "delay-head") return { ...answer, headAfterMs: answer.headAfterMs + fault.ms };
  if (fault.type === "reset" && fault.afterChunks <= 0) return { ...answer, resetBeforeHead: true };
  const { "content-length": length, ...headers } = answer.headers;
  // Without its length, an answer that is cut short still ends as HTTP wants it.
  const body = length === undefined ? answer.body : inSlices(answer.body);
  return { ...answer, headers, body: changeBody(fault, body) };
}

function changeBody(fault: Fault, body: Iterable<Piece>): Iterable<Piece> {
  switch (fault.type) {
    case "stall": {
      const pause: Piece = fault.ms === undefined ? { end: "stay-open" } : { waitMs: fault.ms };
      return insert(body, fault.afterChunks ?? 1, [pause]);
    }
    case "reset":
      return insert(body, fault.afterChunks, [{ end: "reset" }]);
    case "close":
      return fault.afterChunks === undefined
        ? without(body, isDone)
        : insert(body, fault.afterChunks, [{ end: "close" }]);
    case "done-without-finish":
      return fault.afterChunks === undefined
        ? without(body, hasFinishReason)
        : insert(body, fault.afterChunks, [DONE, { end: "close" }]);
    case "in-band-error": {
      const event: Piece = { data: { error: fault.error ?? errorOf(500) } };
      const after: Record<"close" | "done" | "go-on", Piece[]> = {
        close: [{ end: "close" }],
        done: [DONE, { end: "close" }],
        "go-on": [],
      };
      return insert(body, fault.afterChunks ?? 0, [event, ...after[fault.end ?? "close"]]);
    }
    case "malformed-line":
      return insert(body, fault.afterChunks ?? 1, [`data: {"choices":[{"index":0,"delta":{"content":"cut\n\n`]);
    case "oversized-line":
      return insert(body, fault.afterChunks ?? 1, [oversizedEvent(fault.bytes ?? DEFAULTS.oversizedLineBytes)]);
    case "split-bytes":
      return singleBytes(body);
    case "slow-end":
      return concat(body, [{ waitMs: fault.ms }]);
    default:
      return body;
  }
}

function* insert(body: Iterable<Piece>, afterChunks: number, pieces: Piece[]): Iterable<Piece> {
  let chunks = 0;
  if (afterChunks <= 0) yield* pieces;
  for (const piece of body) {
    yield piece;
    if (isChunk(piece) && ++chunks === afterChunks) yield* pieces;
  }
  // An answer shorter than the fault expects still gets it: a fault that was asked for never goes missing.
  if (chunks < afterChunks) yield* pieces;
}

function* without(body: Iterable<Piece>, unwanted: (piece: Piece) => boolean): Iterable<Piece> {
  for (const piece of body) if (!unwanted(piece)) yield piece;
}

function* concat(body: Iterable<Piece>, pieces: Piece[]): Iterable<Piece> {
  yield* body;
  yield* pieces;
}

function* endedBy(pieces: Iterable<Piece>, end: "close" | "reset" | "stay-open"): Iterable<Piece> {
  yield* pieces;
  yield { end };
}

function* comments(everyMs: number): Iterable<Piece> {
  for (;;) {
    yield ": keep-alive\n\n";
    yield { waitMs: everyMs };
  }
}

function* singleBytes(body: Iterable<Piece>): Iterable<Piece> {
  for (const piece of body) {
    if (!isChunk(piece)) {
      yield piece;
      continue;
    }
    for (const byte of bytesOf(piece)) {
      yield Uint8Array.of(byte);
      yield { waitMs: 0 };
    }
  }
}

function* inSlices(body: Iterable<Piece>): Iterable<Piece> {
  for (const piece of body) {
    if (!isChunk(piece)) {
      yield piece;
      continue;
    }
    const bytes = bytesOf(piece);
    for (let start = 0; start < bytes.length; start += DEFAULTS.jsonChunkBytes) {
      yield bytes.subarray(start, start + DEFAULTS.jsonChunkBytes);
    }
  }
}

function bytesOf(chunk: string | Uint8Array | { data: unknown }): Uint8Array {
  const wire = toWire(chunk);
  return typeof wire === "string" ? new TextEncoder().encode(wire) : wire;
}

function isDone(piece: Piece): boolean {
  return typeof piece === "object" && "data" in piece && piece.data === "[DONE]";
}

function hasFinishReason(piece: Piece): boolean {
  return typeof piece === "object" && "data" in piece && /"finish_reason":"/.test(JSON.stringify(piece.data));
}

function oversizedEvent(bytes: number): string {
  const around = [`data: {"padding":"`, `"}\n\n`] as const;
  return around.join("x".repeat(Math.max(0, bytes - around[0].length - around[1].length)));
}

function statusAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  if (typeof body !== "string") return jsonAnswer(status, body ?? { error: errorOf(status) }, lowerCased(headers));
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...lowerCased(headers) },
    headAfterMs: 0,
    body: body === "" ? [] : [body],
  };
}

function page(status: number, html: string, bytes = 0): Answer {
  const text = `<!doctype html>\n<title>${status}</title>\n${html}\n`;
  const body = text + "<!-- padding -->\n".repeat(Math.ceil(Math.max(0, bytes - text.length) / 17));
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, headAfterMs: 0, body: [body] };
}

function script(body: Iterable<Piece>, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "text/event-stream; charset=utf-8", ...lowerCased(headers) },
    headAfterMs: 0,
    body,
  };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
