import { completionOf, deltasOf } from "./answer.ts";
import { type AnswerContext, errorFromBody } from "../http/api-error.ts";
import type { Body } from "../http/body.ts";
import { createChatReader, findError } from "./reader.ts";
import type { ChatDelta } from "./deltas.ts";
import { createDeltaQueue } from "./delta-queue.ts";
import { ProtocolError, RequestTimeoutError, StreamError } from "../errors.ts";
import { createEventFeed } from "./event-feed.ts";
import { unexpectedBody } from "../http/request.ts";
import type { StreamEvent } from "./sse.ts";

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

/** Chunks without content (only kept where raw ones were asked for) before a stream counts as open all the same. */
const maxOpening = 1_000;

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
  const waiting: Waiter[] = [];
  let deltas = createDeltaQueue(merge);
  let anyChunk = false;
  /** Nothing more will be added to `deltas`; a failure is thrown after them. */
  let ended = false;
  let failure: { error: unknown } | undefined;
  let dropped = false;

  const feed = createEventFeed(body, serve);
  const reader = createChatReader(deltas.append);

  /** Answers those who wait, in turn, as far as something has arrived. */
  function serve(): void {
    // An abort ends the answer at once; a time bound only what has not arrived.
    const aborted = body.aborted();
    if (aborted && !dropped && !RequestTimeoutError.isInstance(aborted.reason)) drop({ error: aborted.reason });
    while (waiting.length > 0) {
      // The last delta may still grow by what has arrived; those before it are complete.
      if (deltas.length() <= (merge ? 1 : 0)) parse();
      const delta = deltas.take();
      if (delta === undefined && (!ended || (feed.draining() && !dropped && !failure))) break;
      const { resolve, reject } = waiting.shift()!;
      if (delta === undefined && failure) {
        reject(failure.error);
        failure = undefined;
      } else resolve(delta);
    }
    feed.readOn();
  }

  /** Parses what has arrived. */
  function parse(): void {
    while (!ended) {
      const event = feed.take();
      if (event) readEvent(event);
      else if (feed.ended()) end();
      else return;
    }
  }

  function readEvent({ data, type }: StreamEvent): void {
    try {
      if (type === "error") return fail(errorFromBody(readErrorEvent(data), response, context));
      const chunk: unknown = JSON.parse(data);
      anyChunk = true;
      const error = findError(chunk);
      if (error !== undefined) return fail(errorFromBody(error, response, context));
      if (includeRaw) deltas.append({ type: "raw", chunk });
      reader.read(chunk);
    } catch (cause) {
      // What the end of the body has cut, or what stands behind a finish reason, is no part of the answer's content.
      if (type !== "cut" && !reader.finished()) fail(malformed(cause));
    }
  }

  /** Decides how the answer ended, once all that came is read. */
  function end(): void {
    const other = feed.otherLines().trim();
    const lost = feed.lost();
    if (!anyChunk && !lost && other !== "") return readWhole(other);
    if (reader.finished()) {
      ended = true;
      return reader.finish();
    }
    if (lost) return fail(lost.error);
    const error = findError(parseJson(other));
    if (error !== undefined) return fail(errorFromBody(error, response, context));
    // Relays write [DONE] also when what is behind them broke.
    fail(anyChunk || feed.done() ? truncated() : emptyStream(response));
  }

  /** A body that is no event stream although it says so: a whole completion, an error, a page. */
  function readWhole(text: string): void {
    try {
      const json = parseJson(text);
      if (json === undefined) throw unexpectedBody(response, text, context);
      deltas = deltasOf(completionOf(json, response, context), includeRaw);
      ended = true;
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    reader.breakOff();
    ended = true;
    failure = { error };
    feed.cancel();
  }

  function drop(reason: { error: unknown } | undefined): void {
    dropped = true;
    ended = true;
    failure = reason;
    deltas.clear();
    feed.cancel();
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
      while (before.length < maxOpening) {
        const delta = await next();
        if (delta) before.push(delta);
        if (!delta || (delta.type !== "start" && delta.type !== "raw" && delta.type !== "usage")) break;
      }
      // Back to where the last of them may still grow.
      deltas.putBack(before);
    },
    cancel() {
      drop(undefined);
      serve();
    },
  };
}

/** Not JSON, or nested so deeply that it cannot be read. */
function malformed(cause: unknown): StreamError {
  return new StreamError(
    "Celuxe sent a line in the middle of the stream that is not JSON, so the answer is incomplete. Try again.",
    // A syntax error quotes the line, which is not for logs.
    { kind: "malformed", cause: cause instanceof SyntaxError ? undefined : cause },
  );
}

function truncated(): StreamError {
  return new StreamError("The stream ended without a finish reason, so the answer is incomplete. Try again.", {
    kind: "truncated",
  });
}

function emptyStream(response: Response): ProtocolError {
  return new ProtocolError(
    `Celuxe answered ${response.status} with an empty stream. Try again; if it stays so, check that baseURL points at the API (it ends in /v1).`,
    { status: response.status },
  );
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
