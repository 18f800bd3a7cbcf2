/** The time the emulator lives by: rate limits, pace, fault waits and the journal all read it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Moves time forward by `ms` and wakes what was waiting for it, in order. On the manual clock this is the only way
   * that time passes; on the real clock it is a jump ahead.
   *
   * ```ts
   * await emulator.clock.advance(60_000); // the rate-limit window is over
   * ```
   */
  advance(ms: number): Promise<void>;
}

/** What the emulator itself needs of a clock on top: waiting. Both reject with the signal's reason. */
export interface WaitingClock extends Clock {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  until(time: number, signal: AbortSignal): Promise<void>;
}

interface Sleeper {
  due: number;
  wake: () => void;
  timer?: NodeJS.Timeout;
}

export function createClock(kind: "real" | "manual" = "real"): WaitingClock {
  const manual = kind === "manual";
  const sleepers = new Set<Sleeper>();
  let jumped = 0;
  let frozen = Date.now();
  const now = () => (manual ? frozen : performance.timeOrigin + performance.now() + jumped);

  const arm = (sleeper: Sleeper) => {
    clearTimeout(sleeper.timer);
    if (manual) return;
    sleeper.timer = setTimeout(
      // A timer may fire a fraction of a millisecond early, and it cannot be longer than 2^31 ms.
      () => (sleeper.due <= now() ? sleeper.wake() : arm(sleeper)),
      Math.min(Math.max(1, sleeper.due - now()), 2 ** 31 - 1),
    );
  };

  const until = (time: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    if (time <= now()) return turn();
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(sleeper.timer);
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", onAbort);
        then();
      };
      const onAbort = () => settle(() => reject(reasonOf(signal)));
      const sleeper: Sleeper = { due: time, wake: () => settle(resolve) };
      signal.addEventListener("abort", onAbort);
      sleepers.add(sleeper);
      arm(sleeper);
    });
  };

  return {
    now,
    until,
    sleep: (ms, signal) => until(now() + ms, signal),
    async advance(ms) {
      // What has just been asked gets to its first wait before time moves.
      await settled();
      const target = now() + ms;
      // Step by step, so that who wakes sees the time it asked for and can go to sleep again before the target.
      for (;;) {
        const due = earliest(sleepers);
        if (due > target) break;
        if (due > now()) moveTo(due);
        for (const sleeper of sleepers) if (sleeper.due <= due) sleeper.wake();
        await settled();
      }
      if (target > now()) moveTo(target);
      for (const sleeper of sleepers) arm(sleeper);
      await settled();
    },
  };

  function moveTo(time: number) {
    if (manual) frozen = time;
    else jumped += time - now();
  }
}

function earliest(sleepers: Iterable<Sleeper>): number {
  let first = Infinity;
  for (const sleeper of sleepers) first = Math.min(first, sleeper.due);
  return first;
}

/** One turn of the event loop: what was written before reaches the socket as a write of its own. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A woken stream needs some turns (promise, socket write, drain) until it waits again. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns++) await turn();
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The request was aborted.");
}
