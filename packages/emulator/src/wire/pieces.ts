/**
 * One step of an answer's body.
 * - a string or bytes: written as they are, in one write
 * - `data`: written as a server-sent event, `data: …` and an empty line; a string as it is, anything else as JSON
 * - `waitMs`: nothing is written for that long; 0 makes what follows a write of its own
 * - `end`: the body ends here: `close` as HTTP ends it, `reset` by resetting the connection, `stay-open` never
 */
export type WirePiece =
  | string
  | Uint8Array
  | { data: unknown }
  | { waitMs: number }
  | { end: "close" | "reset" | "stay-open" };

/** A step of a schedule besides: what follows is written `atMs` after the head, or at once when that has passed. */
export type Piece = WirePiece | { atMs: number };

/** A piece that a fault counts as a chunk: what is written, not the waits between. */
export function isChunk(piece: Piece): piece is string | Uint8Array | { data: unknown } {
  return typeof piece === "string" || isBytes(piece) || "data" in piece;
}

/** The text or bytes that a chunk puts on the wire. */
export function toWire(chunk: string | Uint8Array | { data: unknown }): string | Uint8Array {
  if (typeof chunk === "string" || isBytes(chunk)) return chunk;
  return `data: ${typeof chunk.data === "string" ? chunk.data : JSON.stringify(chunk.data)}\n\n`;
}

/** Whose constructor they have does not matter: a simulated DOM, as in tests, brings a `Uint8Array` of its own. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}

export const DONE: WirePiece = { data: "[DONE]" };
