import type { Body } from "../http/body.ts";
import { createEventDecoder, type StreamEvent } from "./sse.ts";

/** The events of a body, read ahead of their consumer up to a bound. */
export interface EventFeed {
  /** The next event that has arrived and was not taken. Not parsed yet: that is the consumer's time. */
  take(): StreamEvent | undefined;
  /** Reads on, unless enough is waiting to be taken. */
  readOn(): void;
  /** Drops what was not taken, and closes the connection unless `[DONE]` came: then its rest is read as usual. */
  cancel(): void;
  /** Nothing more will arrive. */
  ended(): boolean;
  /** `[DONE]` came. */
  done(): boolean;
  /** Why the body could not be read to its end. */
  lost(): { error: unknown } | undefined;
  /** The connection will be free for the next call in a moment. */
  draining(): boolean;
  /** The lines that no event stream has. */
  otherLines(): string;
}

/** How much is read ahead of a slow consumer, in characters of event data. */
const readAhead = 64 * 1024;

/** No keep-alive and no `[DONE]` is longer, and no chunk as short. */
const shortData = 16;

/** `onChange`: events have arrived, or nothing more will, or the connection is free; `readOn` goes on from there. */
export function createEventFeed(body: Body, onChange: () => void): EventFeed {
  let arrived: StreamEvent[] = [];
  let taken = 0;
  let waitingLength = 0;
  let reading = false;
  let ended = false;
  let done = false;
  let lost: { error: unknown } | undefined;
  let draining = false;

  const decoder = createEventDecoder((event) => {
    if (done) return;
    if (event.data.length < shortData && event.type !== "error") {
      const word = event.data.trim();
      done = word === "[DONE]";
      if (done || word === "") return;
    }
    arrived.push(event);
    waitingLength += event.data.length;
  });

  function readOn(): void {
    if (reading || ended || waitingLength >= readAhead) return;
    reading = true;
    body.read().then(onBytes, lose);
  }

  function onBytes(bytes: Uint8Array | undefined): void {
    reading = false;
    if (ended) return;
    const before = arrived.length;
    try {
      if (bytes) decoder.feed(bytes);
      else decoder.end();
    } catch (error) {
      body.cancel();
      return lose(error);
    }
    if (arrived.length > before) body.progressed();
    if (done || !bytes) {
      ended = true;
      drain();
    }
    onChange();
  }

  function lose(error: unknown): void {
    if (ended) return;
    ended = true;
    lost = { error };
    onChange();
  }

  function drain(): void {
    draining = true;
    void body.drain().then(() => {
      draining = false;
      onChange();
    });
  }

  return {
    take() {
      if (taken < arrived.length) return arrived[taken++];
      arrived = [];
      taken = 0;
      waitingLength = 0;
      return undefined;
    },
    readOn,
    cancel() {
      ended = true;
      arrived = [];
      if (!done) body.cancel();
    },
    ended: () => ended,
    done: () => done,
    lost: () => lost,
    draining: () => draining,
    otherLines: () => decoder.otherLines(),
  };
}
