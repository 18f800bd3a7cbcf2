import { errorOf } from "../errors.ts";
import type { Answer } from "../wire/answer.ts";
import { DONE, isChunk, type Piece, toWire } from "../wire/pieces.ts";
import type { Fault } from "./fault.ts";

/** What a changing fault may leave open, and what a chunk of an answer is that is not a stream. */
const DEFAULTS = {
  oversizedLineBytes: 17 * 1024 * 1024,
  jsonChunkBytes: 32,
};

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
