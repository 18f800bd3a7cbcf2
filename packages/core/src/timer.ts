/** The longest time that `setTimeout` can hold; it takes a longer one for 1. */
const maxTimerMs = 2 ** 31 - 1;

/** A timer that may be asked for any time; `Infinity` is none. */
export function startTimer(milliseconds: number, callback: () => void): ReturnType<typeof setTimeout> | undefined {
  return milliseconds === Infinity ? undefined : setTimeout(callback, Math.min(milliseconds, maxTimerMs));
}

/** Resolves after a time, or rejects with the signal's reason. Leaves no timer and no listener behind. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = startTimer(milliseconds, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    function onAbort() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
