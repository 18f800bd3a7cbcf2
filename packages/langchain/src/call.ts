import type { CallOptions } from "@celuxe/core";
import type { AsyncCaller } from "@langchain/core/utils/async_caller";
import { toAbortError, toThrown } from "./errors.ts";
import type { ChatCeluxeCallOptions } from "./options.ts";

/**
 * Makes a request through LangChain's caller, which bounds concurrency and retries what is its to retry.
 * `modelMaxRetries` counts where the call does not say how often; 0 is the last word for the transport too.
 */
export async function callThrough<Result>(
  caller: AsyncCaller,
  {
    signal,
    headers,
    maxRetries,
    priority,
  }: Pick<ChatCeluxeCallOptions, "signal" | "headers" | "maxRetries" | "priority">,
  modelMaxRetries: number | undefined,
  send: (options: CallOptions) => Promise<Result>,
): Promise<Result> {
  const final = (maxRetries ?? modelMaxRetries) === 0;
  async function attempt(): Promise<Result> {
    try {
      return await send({ signal, headers, priority, ...(final && { maxAttempts: 1 }) });
    } catch (error) {
      throw toThrown(error, signal);
    }
  }
  // The caller hears of aborts, not that there was one.
  if (signal?.aborted) throw toAbortError(signal);
  return caller.callWithOptions({ signal, maxRetries }, attempt);
}
