import { createParser } from "eventsource-parser";
import { StreamError } from "./errors.ts";

/** Turns the bytes of a `text/event-stream` body into the data of its events. */
export interface EventDecoder {
  /** Throws a {@link StreamError} for an event over the bound. */
  feed(bytes: Uint8Array): void;
  /** Takes the end of the body for the end of the last event, as servers that forget the blank line mean it. */
  end(): void;
}

/** Far above any chunk; below what fills the memory of an edge runtime. In characters. */
const maxEvent = 1024 * 1024;

export function createEventDecoder(onData: (data: string, isError: boolean) => void): EventDecoder {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: maxEvent,
    onEvent: (event) => onData(event.data, event.event === "error"),
    onError: (error) => {
      // Unknown fields and odd retry values are noise; only the bound ends the stream.
      if (error.type !== "max-buffer-size-exceeded") return;
      throw new StreamError("Celuxe sent a stream event of more than 1 MiB, so the answer is incomplete. Try again.", {
        kind: "oversized",
      });
    },
  });
  return {
    feed: (bytes) => parser.feed(decoder.decode(bytes, { stream: true })),
    end: () => parser.feed(`${decoder.decode()}\n\n`),
  };
}
