import { RequestTimeoutError } from "../errors.ts";
import { startTimer } from "../timer.ts";

/** What ends a call from outside: the caller's signal and the total time. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Takes the timer and the listener away. */
  dispose(): void;
}

export function createDeadline(callerSignal: AbortSignal | undefined, totalMs: number): Deadline {
  // Not AbortSignal.any: its signals stay attached to a long-lived source for as long as the caller keeps that.
  const controller = new AbortController();
  const onAbort = () => {
    dispose();
    controller.abort(callerSignal?.reason);
  };
  const timer = startTimer(totalMs, () => {
    dispose();
    controller.abort(
      new RequestTimeoutError(`The call took longer than ${totalMs / 1000} s. Try again, or raise timeout.`, {
        phase: "total",
      }),
    );
  });
  function dispose() {
    clearTimeout(timer);
    callerSignal?.removeEventListener("abort", onAbort);
  }
  if (callerSignal?.aborted) onAbort();
  else callerSignal?.addEventListener("abort", onAbort, { once: true });
  return { signal: controller.signal, dispose };
}
