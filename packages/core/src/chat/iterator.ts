import type { ResponseInfo } from "./answer.ts";
import { describeError } from "../http/call.ts";
import type { DeltaSource } from "./delta-source.ts";
import type { ChatDelta, Usage } from "./deltas.ts";
import { unwatchDropped, watchDropped } from "./dropped.ts";
import type { Report } from "../events.ts";

/** A streamed chat completion. Leaving the loop closes the connection. */
export interface ChatStream extends AsyncIterableIterator<ChatDelta, undefined> {
  readonly response: ResponseInfo;
  next(): Promise<IteratorResult<ChatDelta, undefined>>;
  return(): Promise<IteratorResult<ChatDelta, undefined>>;
  /** Closes the connection; what has arrived and was not read is dropped. */
  cancel(): Promise<void>;
  [Symbol.asyncIterator](): ChatStream;
}

/**
 * Makes the deltas of an answer iterable, and ends its call exactly once, however its consumer leaves: by reading to the
 * end, by going, or by forgetting it.
 */
export function createChatIterator(
  source: DeltaSource,
  response: ResponseInfo,
  report: Report,
  dispose: () => void,
): ChatStream {
  const end = createCallEnd(source, response.attempts, report, dispose);
  let open = true;

  function close(): void {
    open = false;
    unwatchDropped(watch);
  }

  const stream: ChatStream = {
    response,
    async next() {
      if (!open) return { done: true, value: undefined };
      try {
        const delta = await source.next();
        if (delta) end.see(delta);
        if (delta && open) return { done: false, value: delta };
      } catch (error) {
        close();
        end.failed(error);
        throw error;
      }
      close();
      end.done();
      return { done: true, value: undefined };
    },
    async return() {
      close();
      end.left();
      return { done: true, value: undefined };
    },
    async cancel() {
      await stream.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  const watch = watchDropped(stream, end.left);
  return stream;
}

/** The end of a streamed call, which is reported once. */
interface CallEnd {
  see(delta: ChatDelta): void;
  done(): void;
  failed(error: unknown): void;
  /** The consumer will read no more: what is open is closed. */
  left(): void;
}

function createCallEnd(source: DeltaSource, attempts: number, report: Report, dispose: () => void): CallEnd {
  let reported = false;
  let counts = {};

  function reportEnd(event: Parameters<Report>[0]): void {
    if (reported) return;
    reported = true;
    report(event);
  }

  function done(): void {
    dispose();
    reportEnd({ type: "done", attempts, ...counts });
  }

  return {
    see(delta) {
      if (delta.type === "usage") counts = countTokens(delta.usage);
      // Behind it comes nothing: a consumer that does not ask for the end has read all the same.
      if (delta.type === "finish") reportEnd({ type: "done", attempts, finishReason: delta.reason, ...counts });
    },
    done,
    failed(error) {
      dispose();
      reportEnd({ type: "error", attempts, ...describeError(error) });
    },
    left() {
      done();
      source.cancel();
    },
  };
}

/** The counts that an event carries. */
export function countTokens(usage: Usage | undefined): { promptTokens?: number; completionTokens?: number } {
  return {
    ...(usage?.promptTokens !== undefined && { promptTokens: usage.promptTokens }),
    ...(usage?.completionTokens !== undefined && { completionTokens: usage.completionTokens }),
  };
}
