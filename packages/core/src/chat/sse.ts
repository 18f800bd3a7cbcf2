import { createParser } from "eventsource-parser";
import { StreamError } from "../errors.ts";

/** Turns the bytes of a `text/event-stream` body into its events. */
export interface EventDecoder {
  /** Throws a {@link StreamError} for an event over the bound. */
  feed(bytes: Uint8Array): void;
  /** Takes the end of the body for the end of the last event, as servers that forget the blank line mean it. */
  end(): void;
  /** The lines that no event stream has, up to the bound: a body that is something else, or an error between events. */
  otherLines(): string;
}

export interface StreamEvent {
  data: string;
  /** `error`: an `event: error`. `cut`: the body ended before the event did, which may have been whole all the same. */
  type: "data" | "error" | "cut";
}

/** Above an image in one chunk, as models that draw send it; below what fills the memory of an edge runtime. In characters. */
const maxEvent = 16 * 1024 * 1024;

const carriageReturn = 13;
const lineFeed = 10;

export function createEventDecoder(onEvent: (event: StreamEvent) => void): EventDecoder {
  const decoder = new TextDecoder();
  let otherLines = "";
  let type: StreamEvent["type"] = "data";
  let afterCarriageReturn = false;

  const parser = createParser({
    maxBufferSize: maxEvent,
    onEvent({ event, data }) {
      if (data.length > maxEvent) throw oversized();
      onEvent({ data, type: event === "error" ? "error" : type });
    },
    onError({ type: what, line = "" }) {
      if (what === "max-buffer-size-exceeded") throw oversized();
      if (otherLines.length + line.length < maxEvent) otherLines += `${line}\n`;
    },
  });

  function parse(text: string): void {
    if (text === "") return;
    // The parser waits for what follows a carriage return, and the event before it would wait with it.
    if (afterCarriageReturn && text.charCodeAt(0) === lineFeed) text = text.slice(1);
    afterCarriageReturn = text.charCodeAt(text.length - 1) === carriageReturn;
    parser.feed(afterCarriageReturn ? `${text}\n` : text);
  }

  return {
    feed: (bytes) => parse(decoder.decode(bytes, { stream: true })),
    end() {
      parse(decoder.decode());
      type = "cut";
      parser.feed("\n\n");
    },
    otherLines: () => otherLines,
  };
}

function oversized(): StreamError {
  return new StreamError("Celuxe sent a stream event of more than 16 MiB, so the answer is incomplete. Try again.", {
    kind: "oversized",
  });
}
