import type { Report } from "../events.ts";
import type { RateLimitStore } from "../options.ts";
import type { RateLimitRule } from "./budget.ts";
import { sleep } from "../timer.ts";

/** The part of a rate limit that several processes share. */
export interface SharedLimit {
  /** Waits for a start among all processes. Resolves with the wait that was too long, if it was. */
  wait(wait: SharedWait): Promise<number | undefined>;
  /** Tells the other processes of a cool-down. */
  coolDown(budget: string, milliseconds: number): void;
}

export interface SharedWait {
  budget: string;
  signal: AbortSignal;
  /** What is left of `maxWaitMs`. */
  waitLeftMs: () => number;
  spend: (milliseconds: number) => void;
  report: Report;
}

const policy = {
  // A store that takes longer than this is down, as far as somebody who waits is concerned.
  answerMs: 1_000,
  // So long a store that failed is not asked again: each call would wait for it in vain.
  pauseMs: 5_000,
  graceMs: 250,
  // A reservation moves up when those in front give theirs back, and is dropped when nobody looks at it.
  lookAgainMs: 5_000,
};

export function createSharedLimit(store: RateLimitStore, { limit, spanMs }: RateLimitRule): SharedLimit {
  let pausedUntil = -Infinity;

  /** An answer of the store, in time. */
  async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("The rate-limit store did not answer in time.")), policy.answerMs);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      pausedUntil = performance.now() + policy.pauseMs;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function wait({ budget, signal, waitLeftMs, spend, report }: SharedWait): Promise<number | undefined> {
    let id: string | undefined;
    const giveBack = () => {
      if (id !== undefined) ask(() => store.release(budget, id!)).catch(() => {});
    };
    for (let waited = false; performance.now() >= pausedUntil; waited = true) {
      // Others' small delays move a turn a little; that alone must not make a wait end in vain.
      const maxWaitMs = Math.max(0, waitLeftMs()) + (waited ? policy.graceMs : 0);
      let waitMs: number;
      try {
        ({ id, waitMs } = await ask(() => store.reserve({ budget, id, limit, spanMs, maxWaitMs })));
      } catch (error) {
        // The call goes on under the limit of its own process.
        report({ type: "store-failed", error: error instanceof Error ? error.name : "error" });
        return undefined;
      }
      if (signal.aborted) {
        giveBack();
        throw signal.reason;
      }
      if (waitMs <= 0) return undefined;
      if (waitMs > maxWaitMs) return waitMs;
      if (!waited) report({ type: "queued", waitMs: Math.ceil(waitMs) });
      const before = performance.now();
      try {
        await sleep(Math.min(waitMs, policy.lookAgainMs), signal);
      } catch (error) {
        giveBack();
        throw error;
      } finally {
        spend(performance.now() - before);
      }
    }
    return undefined;
  }

  return {
    wait,
    coolDown: (budget, milliseconds) =>
      void ask(() => store.coolDown({ budget, milliseconds, limit, spanMs })).catch(() => {}),
  };
}
