import type { Random } from "../random.ts";
import type { Answer } from "./answer.ts";
import { isChunk, type Piece, toWire } from "./pieces.ts";

/** How fast answers come. Without a field: at once. */
export interface PaceOptions {
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
  writeBytes?: number | { min: number; max: number };
  /** Sends a keep-alive comment whenever a stream has been silent for so many milliseconds. Default: never. */
  keepAliveMs?: number;
}

const KEEP_ALIVE = ": keep-alive\n\n";

/** A stream at this pace: its chunks on a schedule, so that a late one does not delay those after it. */
export function pacedStream(answer: Answer, pace: PaceOptions, random: Random): Answer {
  const { firstTokenMs = 0, tokensPerSecond, keepAliveMs } = pace;
  if (!firstTokenMs && !tokensPerSecond && !keepAliveMs) return answer;
  return { ...answer, body: scheduled(answer.body, pace, random) };
}

/** An answer that is not a stream comes as a whole, when its last token would have. */
export function pacedWhole(answer: Answer, tokens: number, pace: PaceOptions, random: Random): Answer {
  let wait = vary(pace.firstTokenMs ?? 0, pace, random);
  for (let token = 1; token < tokens; token++) wait += stepMs(pace, random);
  return { ...answer, headAfterMs: answer.headAfterMs + wait };
}

/** The same bytes in writes of the sizes that `writeBytes` says. */
export function inWrites(
  body: Iterable<Piece>,
  writeBytes: PaceOptions["writeBytes"],
  random: Random,
): Iterable<Piece> {
  if (writeBytes === undefined) return body;
  const bounds = typeof writeBytes === "number" ? { min: writeBytes, max: writeBytes } : writeBytes;
  return resized(body, () => Math.max(1, Math.floor(bounds.min + random() * (bounds.max - bounds.min + 1))));
}

function* scheduled(body: Iterable<Piece>, pace: PaceOptions, random: Random): Iterable<Piece> {
  const { keepAliveMs = Infinity } = pace;
  let written = 0;
  let last = 0;
  let due = vary(pace.firstTokenMs ?? 0, pace, random);
  for (const piece of body) {
    // The first chunk names the role only; it comes with the first token.
    if (isChunk(piece) && written++ >= 2) due += stepMs(pace, random);
    for (let silent = last + keepAliveMs; silent < due; silent += keepAliveMs) {
      yield { atMs: silent };
      yield KEEP_ALIVE;
    }
    if (due > last) yield { atMs: due };
    last = due;
    yield piece;
  }
}

function stepMs(pace: PaceOptions, random: Random): number {
  return pace.tokensPerSecond ? vary(1000 / pace.tokensPerSecond, pace, random) : 0;
}

function vary(ms: number, { jitter = 0 }: PaceOptions, random: Random): number {
  return ms * (1 + jitter * (2 * random() - 1));
}

function* resized(body: Iterable<Piece>, nextSize: () => number): Iterable<Piece> {
  const encoder = new TextEncoder();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let size = nextSize();
  for (const piece of body) {
    if (!isChunk(piece)) {
      if (heldBytes > 0) yield joined(held, heldBytes);
      held = [];
      heldBytes = 0;
      yield piece;
      continue;
    }
    const wire = toWire(piece);
    let rest = typeof wire === "string" ? encoder.encode(wire) : wire;
    while (heldBytes + rest.length >= size) {
      const taken = size - heldBytes;
      yield joined([...held, rest.subarray(0, taken)], size);
      yield { waitMs: 0 };
      rest = rest.subarray(taken);
      held = [];
      heldBytes = 0;
      size = nextSize();
    }
    if (rest.length > 0) {
      held.push(rest);
      heldBytes += rest.length;
    }
  }
  if (heldBytes > 0) yield joined(held, heldBytes);
}

function joined(parts: Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
