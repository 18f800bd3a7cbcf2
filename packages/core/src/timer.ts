/** The longest time that `setTimeout` can hold; it takes a longer one for 1. */
const maxTimerMs = 2 ** 31 - 1;

/** A timer that may be asked for any time; `Infinity` is none. */
export function startTimer(milliseconds: number, callback: () => void): ReturnType<typeof setTimeout> | undefined {
  return milliseconds === Infinity ? undefined : setTimeout(callback, Math.min(milliseconds, maxTimerMs));
}

/**
 * Resolves after a time, or rejects with the signal's reason. Leaves no timer and no listener behind. A time that no
 * timer can hold is slept in parts: without a timer a process would end in the middle of a call.
 */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let left = milliseconds;
    let timer: ReturnType<typeof setTimeout>;
    function wait() {
      // Also where it is no number.
      const part = left <= maxTimerMs ? left : maxTimerMs;
      left -= part;
      timer = setTimeout(part < maxTimerMs ? done : wait, part);
    }
    function done() {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }
    function onAbort() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", onAbort, { once: true });
    wait();
  });
}
