import { isObject } from "./wire.ts";

/**
 * What happens to one call, for logs, metrics and traces. Flat, and without key, prompt or answer. Each call ends in
 * exactly one `done` or `error`; a consumer that leaves a stream early ends it in a `done` without `finishReason`, and one
 * that forgets it too, once the runtime notices.
 */
export type CeluxeEvent = {
  /** Which call of this process, from 1. */
  call: number;
  /** Milliseconds since the call began. */
  elapsedMs: number;
  /** `POST /chat/completions` or `GET /models`. */
  operation: string;
  /** The model asked for, where there is one. */
  model?: string;
} & (
  | {
      /** The call waits for its turn under the rate limit. */
      type: "queued";
      waitMs: number;
      /**
       * What for. `limit`: room in the window. `headroom`: room for batch calls, which leave some to interactive ones.
       * `cool-down`: the end of a cool-down, and the spaced starts after it. `probe`: what becomes of a request that
       * finds out the limit. `store`: its turn among all processes that share `rateLimit.store`.
       */
      reason: "limit" | "headroom" | "cool-down" | "probe" | "store";
    }
  | {
      /** A request is sent. */
      type: "attempt";
      attempt: number;
    }
  | {
      /** A 429: nothing is sent with this key for so long. */
      type: "cooldown";
      attempt: number;
      coolDownMs: number;
      /** What the server asked for, if it did. */
      retryAfterMs?: number;
      /** The limit that the server named, if it did. */
      limit?: number;
    }
  | {
      /** A request has failed and will be made again after `delayMs`, or in its turn where that is 0. */
      type: "retry";
      attempt: number;
      delayMs: number;
      /** The name of the error's class. */
      error: string;
      status?: number;
      code?: string;
    }
  | {
      /** Status and headers of an answer have come. */
      type: "head";
      attempt: number;
      status: number;
      requestId?: string;
    }
  | {
      /** `rateLimit.store` has failed; the call goes on under the limit of its own process. */
      type: "store-failed";
      /** The name of the error's class. */
      error: string;
      /** What the store or its client says, shortened; without the API key, and without the password of an address. */
      reason: string;
    }
  | {
      /** The call has succeeded, or its consumer has left the stream. */
      type: "done";
      attempts: number;
      /** Missing where the consumer left early. */
      finishReason?: string;
      promptTokens?: number;
      completionTokens?: number;
    }
  | {
      /** The call has failed. */
      type: "error";
      attempts: number;
      /** The name of the error's class; `abort` for a reason that is no error. */
      error: string;
      status?: number;
      code?: string;
    }
);

/** Receives the events of a client. What it throws is ignored: watching a call must not break it. */
export type OnEvent = (event: CeluxeEvent) => void;

type WithoutCall<Event> = Event extends CeluxeEvent ? Omit<Event, "call" | "elapsedMs" | "operation" | "model"> : never;

/** Reports the events of one call. */
export type Report = (event: WithoutCall<CeluxeEvent>) => void;

// Copies of this module (ESM and CommonJS, two bundles) count on, so that one hook may serve the clients of all.
const counter = Symbol.for("celuxe.calls");

function nextCall(): number {
  const scope = globalThis as { [counter]?: number };
  return (scope[counter] = (scope[counter] ?? 0) + 1);
}

/** Reports the events of one call to the hook, which may do what it likes. */
export function createReport(onEvent: OnEvent | undefined, operation: string, model: unknown): Report {
  if (!onEvent) return () => {};
  const began = performance.now();
  const call = nextCall();
  return (event) => {
    const elapsedMs = Math.round(performance.now() - began);
    try {
      const result: unknown = onEvent({
        ...event,
        call,
        elapsedMs,
        operation,
        ...(typeof model === "string" && { model }),
      });
      // An async hook that fails would be an unhandled rejection.
      if (isObject(result) && typeof result["then"] === "function") Promise.resolve(result).catch(() => {});
    } catch {
      // See OnEvent.
    }
  };
}
