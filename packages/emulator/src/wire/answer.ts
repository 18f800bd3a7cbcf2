import type { Piece } from "./pieces.ts";

/** An answer before it is sent. Everything that shapes it, pace and faults, is a change of this value. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** How long the head is held back. */
  headAfterMs: number;
  /** The connection is reset where the head would come. */
  resetBeforeHead?: boolean;
  body: Iterable<Piece>;
}

/** An answer that is one JSON value with its length known. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: { "content-type": "application/json", "content-length": String(body.byteLength), ...headers },
    headAfterMs: 0,
    body: [body],
  };
}

/** An answer that is a stream of server-sent events. */
export function eventStream(body: Iterable<Piece>): Answer {
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return { status: 200, headers, headAfterMs: 0, body };
}
