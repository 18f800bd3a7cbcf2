import { completionOf, deltasOf } from "./answer.ts";
import { type AnswerContext, errorFromBody } from "./api-error.ts";
import type { Body } from "./body.ts";
import { createChatReader, findError } from "./chat-reader.ts";
import type { ChatDelta } from "./deltas.ts";
import { appendDelta } from "./delta-queue.ts";
import { ProtocolError, RequestTimeoutError, StreamError } from "./errors.ts";
import { unexpectedBody } from "./request.ts";
import { createEventDecoder } from "./sse.ts";

/** The deltas of a streamed answer, pulled by its consumer. */
export interface DeltaSource {
  /** Resolves once there is content, or the end; rejects with an error that came before any content. */
  opened(): Promise<void>;
  /** The next delta, or `undefined` at the end of a complete answer. Calls that overlap are answered in turn. */
  next(): Promise<ChatDelta | undefined>;
  /** Drops what was not read, and closes the connection unless the answer had come to its end. */
  cancel(): void;
}

export interface DeltaSourceOptions {
  response: Response;
  body: Body;
  context: AnswerContext;
  mergeDeltas: boolean;
  includeRaw: boolean;
}

const bounds = {
  // How much is read ahead of a slow consumer, in characters of event data.
  readAhead: 64 * 1024,
  // Chunks without content (only kept where raw chunks were asked for) before the stream counts as open all the same.
  opening: 1_000,
};

interface Waiter {
  resolve: (delta: ChatDelta | undefined) => void;
  reject: (error: unknown) => void;
}

export function createDeltaSource({
  response,
  body,
  context,
  mergeDeltas,
  includeRaw,
}: DeltaSourceOptions): DeltaSource {
  const merge = mergeDeltas && !includeRaw;

  // Bytes become events as they arrive; events become deltas when the consumer asks: parsing is its time.
  let arrived: (string | { error: string })[] = [];
  let parsed = 0;
  let arrivedLength = 0;
  let reading = false;
  /** `[DONE]` or the end of the body came, or the connection was lost: nothing more will arrive. */
  let arrivalEnded = false;
  let doneSeen = false;
  /** The last event was cut by the end of the body. */
  let tailSeen = false;
  let lost: { error: unknown } | undefined;
  /** The end is told a moment after it came, so that the next call finds the connection free. */
  let draining = false;

  let deltas: ChatDelta[] = [];
  /** Nothing more will be added to `deltas`; a failure is thrown after them. */
  let ended = false;
  let failure: { error: unknown } | undefined;
  let dropped = false;
  let anyChunk = false;
  const waiting: Waiter[] = [];

  const reader = createChatReader((delta) => appendDelta(deltas, delta, merge));
  const decoder = createEventDecoder((data, isError, isTail) => {
    if (doneSeen) return;
    if (data.length < 16 && !isError) {
      const word = data.trim();
      if (word === "[DONE]") doneSeen = true;
      if (word === "[DONE]" || word === "") return;
    }
    arrived.push(isError ? { error: data } : data);
    arrivedLength += data.length;
    tailSeen = isTail;
  });

  function fill(): void {
    if (reading || arrivalEnded || ended || arrivedLength >= bounds.readAhead) return;
    reading = true;
    body.read().then(onBytes, (error: unknown) => {
      arrivalEnded = true;
      lost = { error };
      serve();
    });
  }

  function onBytes(bytes: Uint8Array | undefined): void {
    reading = false;
    if (ended) return;
    const before = arrived.length;
    try {
      if (bytes) decoder.feed(bytes);
      else decoder.end();
    } catch (error) {
      lost = { error };
      body.cancel();
    }
    if (arrived.length > before) body.progressed();
    arrivalEnded = doneSeen || !bytes || lost !== undefined;
    if (doneSeen || !bytes) drain();
    serve();
  }

  function drain(): void {
    draining = true;
    void body.drain().then(() => {
      draining = false;
      serve();
    });
  }

  /** Answers those who wait, in turn, as far as something has arrived. */
  function serve(): void {
    // An abort ends the answer at once; a time bound only what has not arrived.
    if (body.aborted && !dropped && !RequestTimeoutError.isInstance(body.aborted.reason)) {
      drop({ error: body.aborted.reason });
    }
    while (waiting.length > 0) {
      // The last delta may still grow by what has arrived; those before it are complete.
      if (deltas.length <= (merge ? 1 : 0)) parse();
      const delta = deltas.shift();
      if (delta === undefined && (!ended || (draining && !failure))) break;
      const { resolve, reject } = waiting.shift()!;
      if (delta === undefined && failure) {
        reject(failure.error);
        failure = undefined;
      } else resolve(delta);
    }
    fill();
  }

  /** Parses what has arrived; without merging one event at a time, so that nothing runs ahead of the consumer. */
  function parse(): void {
    while (!ended && parsed < arrived.length) {
      const event = arrived[parsed++]!;
      if (typeof event === "string") parseChunk(event);
      else fail(errorFromBody(readErrorEvent(event.error), response, context));
      if (!merge && deltas.length > 0) return;
    }
    arrived = [];
    parsed = 0;
    arrivedLength = 0;
    if (arrivalEnded && !ended) end();
  }

  function parseChunk(data: string): void {
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      // What the end of the body has cut, or what stands behind a finish reason, is no part of the answer's content.
      if (reader.finished || (tailSeen && parsed === arrived.length)) return;
      return fail(
        new StreamError(
          "Celuxe sent a line in the middle of the stream that is not JSON, so the answer is incomplete. Try again.",
          { kind: "malformed" },
        ),
      );
    }
    anyChunk = true;
    const error = findError(chunk);
    if (error !== undefined) return fail(errorFromBody(error, response, context));
    if (includeRaw) deltas.push({ type: "raw", chunk });
    reader.read(chunk);
  }

  /** Decides how the answer ended, once all that came is parsed. */
  function end(): void {
    const other = decoder.otherLines.trim();
    if (!anyChunk && !lost && other !== "") return readWhole(other);
    if (doneSeen || reader.finished) {
      ended = true;
      return reader.finish();
    }
    if (lost) return fail(lost.error);
    const error = findError(parseJson(other));
    if (error !== undefined) return fail(errorFromBody(error, response, context));
    fail(
      anyChunk
        ? new StreamError(
            "The stream ended without a finish reason and without [DONE], so the answer is incomplete. Try again.",
            { kind: "truncated" },
          )
        : new ProtocolError(
            `Celuxe answered ${response.status} with an empty stream. Try again; if it stays so, check that baseURL points at the API (it ends in /v1).`,
            { status: response.status },
          ),
    );
  }

  /** A body that is no event stream although it says so: a whole completion, an error, a page. */
  function readWhole(text: string): void {
    try {
      const json = parseJson(text);
      if (json === undefined) throw unexpectedBody(response, text, context);
      deltas.push(...deltasOf(completionOf(json, response, context), includeRaw));
      ended = true;
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    reader.breakOff();
    ended = true;
    failure = { error };
    body.cancel();
  }

  function drop(reason: { error: unknown } | undefined): void {
    dropped = true;
    draining = false;
    ended = true;
    arrived = [];
    deltas = [];
    failure = reason;
  }

  function next(): Promise<ChatDelta | undefined> {
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      serve();
    });
  }

  return {
    next,
    async opened() {
      const before: ChatDelta[] = [];
      while (before.length < bounds.opening) {
        const delta = await next();
        if (delta) before.push(delta);
        if (!delta || (delta.type !== "start" && delta.type !== "raw" && delta.type !== "usage")) break;
      }
      // Back to where the first of them may still grow.
      deltas.unshift(...before);
    },
    cancel() {
      drop(undefined);
      if (!doneSeen) body.cancel();
      serve();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an `event: error` holds: some servers send it without the `error` key, or as plain text. */
function readErrorEvent(data: string): unknown {
  const json = parseJson(data);
  return findError(json) ?? json ?? (data.trim() || "The server did not say why.");
}
