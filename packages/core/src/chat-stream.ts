import { type AnswerContext, errorFromBody } from "./api-error.ts";
import type { Body } from "./body.ts";
import { createChatReader } from "./chat-reader.ts";
import type { ChatDelta } from "./deltas.ts";
import { appendDelta } from "./delta-queue.ts";
import { type CeluxeError, ProtocolError, StreamError } from "./errors.ts";
import { createEventDecoder } from "./sse.ts";
import { isObject } from "./wire.ts";

/** The deltas of a streamed answer, pulled by its consumer. */
export interface DeltaSource {
  /** Resolves once there is content, or the end; rejects with an error that came before any content. */
  opened(): Promise<void>;
  /** The next delta, or `undefined` at the end of a complete answer. */
  next(): Promise<ChatDelta | undefined>;
  /** Closes the connection. */
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
  // What is read after [DONE] so that the connection can be used again; a rest that is longer costs more than a new one.
  restBytes: 64 * 1024,
  restMs: 1_000,
};

export function createDeltaSource({
  response,
  body,
  context,
  mergeDeltas,
  includeRaw,
}: DeltaSourceOptions): DeltaSource {
  const merge = mergeDeltas && !includeRaw;
  /** Data of events that have arrived and are not parsed yet: parsing is the consumer's time. */
  let arrived: string[] = [];
  let arrivedLength = 0;
  const deltas: ChatDelta[] = [];
  let reading = false;
  let bodyEnded = false;
  let doneSeen = false;
  let anyData = false;
  /** Set when nothing more will come; a failure is thrown after the deltas before it. */
  let ended = false;
  let failure: unknown;
  /** Resolves at the next arrival; shared, so that `next()` may be called again before it has resolved. */
  let arrival: Promise<void> | undefined;
  let wake = () => {};

  const reader = createChatReader((delta) => appendDelta(deltas, delta, merge));
  const decoder = createEventDecoder((data, isError) => {
    if (doneSeen) return;
    body.progressed();
    if (data === "[DONE]" || data.trim() === "[DONE]") doneSeen = true;
    else {
      arrived.push(isError ? asError(data) : data);
      arrivedLength += data.length;
    }
  });

  function fill(): void {
    if (reading || bodyEnded || ended || doneSeen || arrivedLength >= bounds.readAhead) return;
    reading = true;
    body.read().then(onBytes, (error: unknown) => {
      reading = false;
      bodyEnded = true;
      // The answer is whole: what was lost is at most the usage.
      if (!reader.finished) failure ??= error;
      wake();
    });
  }

  function onBytes(bytes: Uint8Array | undefined): void {
    reading = false;
    try {
      if (bytes) decoder.feed(bytes);
      else {
        bodyEnded = true;
        decoder.end();
      }
    } catch (error) {
      bodyEnded = true;
      failure ??= error;
      body.cancel();
    }
    if (doneSeen && !bodyEnded) {
      bodyEnded = true;
      readRest(body);
    }
    fill();
    wake();
  }

  /** Parses what has arrived; without merging one event at a time, so that nothing runs ahead of the consumer. */
  function parse(): void {
    const batch = merge ? arrived : arrived.splice(0, 1);
    if (merge) {
      arrived = [];
      arrivedLength = 0;
    }
    for (const data of batch) {
      if (!merge) arrivedLength -= data.length;
      if (ended) return;
      let chunk: unknown;
      try {
        chunk = JSON.parse(data);
      } catch {
        return fail(
          new StreamError(
            "Celuxe sent a line in the middle of the stream that is not JSON, so the answer is incomplete. Try again.",
            { kind: "malformed" },
          ),
        );
      }
      anyData = true;
      if (isObject(chunk) && chunk["error"]) return fail(errorFromBody(chunk["error"], response, context));
      if (includeRaw) deltas.push({ type: "raw", chunk });
      reader.read(chunk);
    }
  }

  function fail(error: CeluxeError): void {
    ended = true;
    failure = error;
    arrived = [];
    reader.breakOff();
    body.cancel();
  }

  /** Decides how the answer ended, once all that came is parsed. */
  function end(): void {
    ended = true;
    if (failure !== undefined) return reader.breakOff();
    if (doneSeen || reader.finished) return reader.finish();
    reader.breakOff();
    failure = anyData
      ? new StreamError(
          "The stream ended without a finish reason and without [DONE], so the answer is incomplete. Try again.",
          { kind: "truncated" },
        )
      : new ProtocolError(
          `Celuxe answered ${response.status} with an empty stream. Try again; if it stays so, check that baseURL points at the API (it ends in /v1).`,
          { status: response.status },
        );
  }

  /** Brings at least one delta, or the end, without waiting where something has arrived. */
  async function advance(): Promise<void> {
    for (;;) {
      while (arrived.length > 0 && !ended) {
        parse();
        if (!merge && deltas.length > 0) break;
      }
      if (!ended && arrived.length === 0 && (bodyEnded || doneSeen)) end();
      fill();
      if (deltas.length > 0 || ended) return;
      await nextArrival();
    }
  }

  function nextArrival(): Promise<void> {
    arrival ??= new Promise((resolve) => {
      wake = () => {
        arrival = undefined;
        wake = () => {};
        resolve();
      };
    });
    return arrival;
  }

  return {
    async opened() {
      let seen = 0;
      for (;;) {
        await advance();
        for (; seen < deltas.length; seen++) {
          const { type } = deltas[seen]!;
          if (type !== "start" && type !== "raw") return;
        }
        if (ended) {
          if (failure !== undefined) throw failure;
          return;
        }
        fill();
        if (arrived.length === 0 && !bodyEnded && !doneSeen) await nextArrival();
      }
    },
    async next() {
      // The last delta may still grow by what has arrived since; those before it are complete.
      if (deltas.length <= (merge ? 1 : 0)) await advance();
      const delta = deltas.shift();
      if (delta === undefined && failure !== undefined) throw failure;
      return delta;
    },
    cancel() {
      ended = true;
      failure = undefined;
      deltas.length = 0;
      body.cancel();
      wake();
    },
  };
}

/** Reads the body on to its end, so that the connection can be used again; gives up where that takes long. */
function readRest(body: Body): void {
  body.unwatch();
  const timer = setTimeout(body.cancel, bounds.restMs);
  let size = 0;
  function read(): void {
    body.read().then(
      (bytes) => {
        size += bytes?.length ?? 0;
        if (bytes && size <= bounds.restBytes) return read();
        clearTimeout(timer);
        if (bytes) body.cancel();
      },
      () => clearTimeout(timer),
    );
  }
  read();
}

/** The data of an `event: error`, which some servers send without the `error` key. */
function asError(data: string): string {
  try {
    const parsed: unknown = JSON.parse(data);
    return isObject(parsed) && parsed["error"] ? data : JSON.stringify({ error: parsed });
  } catch {
    return JSON.stringify({ error: data });
  }
}
