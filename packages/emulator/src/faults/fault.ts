import type { JournalEntry } from "../journal.ts";
import type { Rule } from "../rules.ts";
import type { WirePiece } from "../wire/pieces.ts";

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
  /** An event of `bytes` (default 17 MiB) without a line end inside, after some chunks (default 1). */
  | { type: "oversized-line"; afterChunks?: number; bytes?: number }
  /** Every byte of the body is a write of its own. */
  | { type: "split-bytes" }
  /** The body ends `ms` after its last chunk. */
  | { type: "slow-end"; ms: number };
