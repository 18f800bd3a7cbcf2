import type { ResponseInfo } from "./answer.ts";
import { describeError } from "../http/call.ts";
import type { DeltaSource } from "./delta-source.ts";
import type { ChatDelta, Usage } from "./deltas.ts";
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

/** Makes the deltas of an answer iterable, and ends its call exactly once, however its consumer leaves. */
export function createChatIterator(
  source: DeltaSource,
  response: ResponseInfo,
  report: Report,
  dispose: () => void,
): ChatStream {
  const { attempts } = response;
  let open = true;
  let counts = {};
  let finishReason: string | undefined;

  function close(event: Parameters<Report>[0]): void {
    if (!open) return;
    open = false;
    dispose();
    report(event);
  }

  const stream: ChatStream = {
    response,
    async next() {
      if (!open) return { done: true, value: undefined };
      try {
        const delta = await source.next();
        if (delta?.type === "usage") counts = countTokens(delta.usage);
        if (delta?.type === "finish") finishReason = delta.reason;
        if (delta && open) return { done: false, value: delta };
      } catch (error) {
        close({ type: "error", attempts, ...describeError(error) });
        throw error;
      }
      close({ type: "done", attempts, ...(finishReason && { finishReason }), ...counts });
      return { done: true, value: undefined };
    },
    async return() {
      close({ type: "done", attempts, ...(finishReason && { finishReason }), ...counts });
      source.cancel();
      return { done: true, value: undefined };
    },
    async cancel() {
      await stream.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

/** The counts that an event carries. */
export function countTokens(usage: Usage | undefined): { promptTokens?: number; completionTokens?: number } {
  return {
    ...(usage?.promptTokens !== undefined && { promptTokens: usage.promptTokens }),
    ...(usage?.completionTokens !== undefined && { completionTokens: usage.completionTokens }),
  };
}
