import type { Report } from "../events.ts";
import type { Priority, RateLimitStore } from "../options.ts";
import { sleep } from "../timer.ts";

/** The part of a rate limit that several processes share. */
export interface SharedLimit {
  /**
   * Waits for a start among all processes. Resolves with 0 when it is made, with the wait that was too long, or with
   * `undefined` where the store has failed.
   */
  wait(wait: SharedWait): Promise<number | undefined>;
  /** Tells the other processes of a cool-down. */
  coolDown(budget: string, milliseconds: number, spanMs: number): void;
}

export interface SharedWait {
  budget: string;
  /** Only to keep it out of what a failure of the store says. */
  key: string;
  priority: Priority;
  /** The window and its margin now. */
  span: () => number;
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
  // Clients of Redis like to print the command that failed, which is a script of a hundred lines.
  maxReason: 200,
};

/** Stores that have worked, or whose failure has been told. */
const judged = new WeakSet<RateLimitStore>();

export function createSharedLimit(store: RateLimitStore, limit: number): SharedLimit {
  let pausedUntil = -Infinity;

  /** An answer of the store, in time. */
  async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("The rate-limit store did not answer in time.")), policy.answerMs);
    });
    try {
      const answer = await Promise.race([question(), late]);
      judged.add(store);
      return answer;
    } catch (error) {
      pausedUntil = performance.now() + policy.pauseMs;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A store that fails now and then is an event; one that has never worked is wired wrongly, and nobody may be listening. */
  function tellFailure(error: unknown, key: string, report: Report): void {
    const reason = reasonOf(error, key);
    report({ type: "store-failed", error: error instanceof Error ? error.name : "error", reason });
    if (judged.has(store)) return;
    judged.add(store);
    console.warn(
      `[celuxe] rateLimit.store does not work: ${reason} Each process keeps to the limit by itself, so that together they may exceed it. Check how the store is made; the README of @celuxe/core has the line for each Redis client.`,
    );
  }

  async function wait(wait: SharedWait): Promise<number | undefined> {
    const { budget, key, priority, span, signal, waitLeftMs, spend, report } = wait;
    let id: string | undefined;
    const giveBack = () => {
      if (id !== undefined) ask(() => store.release(budget, id!)).catch(() => {});
    };
    for (let waited = false; performance.now() >= pausedUntil; waited = true) {
      // Others' small delays move a turn a little; that alone must not make a wait end in vain.
      const maxWaitMs = Math.max(0, waitLeftMs()) + (waited ? policy.graceMs : 0);
      let waitMs: number;
      try {
        ({ id, waitMs } = await ask(() => store.reserve({ budget, id, priority, limit, spanMs: span(), maxWaitMs })));
      } catch (error) {
        // The call goes on under the limit of its own process.
        tellFailure(error, key, report);
        return undefined;
      }
      if (signal.aborted) {
        giveBack();
        throw signal.reason;
      }
      if (waitMs <= 0) return 0;
      if (waitMs > maxWaitMs) return waitMs;
      if (!waited) report({ type: "queued", waitMs: Math.ceil(waitMs), reason: "store" });
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
    coolDown: (budget, milliseconds, spanMs) =>
      void ask(() => store.coolDown({ budget, milliseconds, limit, spanMs })).catch(() => {}),
  };
}

/** What a failure says of itself, in one line, without the API key and without what an address holds before its `@`. */
function reasonOf(error: unknown, key: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text
    .replaceAll(key, "[redacted]")
    .replace(/\/\/[^\s/]*@/g, "//[redacted]@")
    .replace(/\s+/g, " ")
    .trim();
  const short =
    line.length > policy.maxReason ? `${line.slice(0, policy.maxReason)}…` : line || "It says nothing of why.";
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}
