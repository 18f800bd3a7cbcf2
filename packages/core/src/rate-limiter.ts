import { RateLimitError } from "./errors.ts";
import type { RateLimit } from "./options.ts";
import { type Budget, findBudget, newBudget, prune } from "./budget.ts";
import { sleep } from "./sleep.ts";

/** What a client knows of its rate limit at this moment. */
export interface RateLimitState {
  /** Calls of this process that wait for their turn with this key. */
  waiting: number;
  /** Milliseconds until the cool-down after a 429 is over; 0 where there is none. */
  coolingDownMs: number;
  /** Most requests in a window: declared or learned; `undefined` while unknown. */
  limit: number | undefined;
  /** Whether `limit` was learned from the server and not declared. */
  learned: boolean;
}

/** One call's place under the rate limit. */
export interface Turn {
  /** Waits until a request may start. Call it right before the request. */
  wait(signal: AbortSignal | undefined): Promise<void>;
  /** Milliseconds that the call may still spend on waiting. */
  readonly waitLeftMs: number;
  /** Takes time that the call waited for another reason from the same allowance. */
  spend(milliseconds: number): void;
  /** The request was answered with anything but a 429. */
  accepted(): void;
  /** The request was answered with a 429. Returns the cool-down in milliseconds. */
  rejected(hint: { retryAfterMs?: number | undefined; limit?: number | undefined }): number;
}

export interface RateLimiter {
  turn(key: string, onQueued: (waitMs: number) => void): Turn;
  state(key: string | undefined): RateLimitState;
}

const policy = {
  // The server counts arrivals: a start and its arrival differ by connection set-up and queues on the way.
  marginShare: 1 / 60,
  minMarginMs: 250,
  // Cool-downs without a hint: the last outlasts the documented window of a minute.
  unhintedCoolDownsMs: [5_000, 20_000, 60_000],
  // A hint from a broken clock must not silence a process for hours.
  maxCoolDownMs: 300_000,
  // Only ever later: coming back before the server's own time earns another 429.
  jitter: 0.1,
  // The lowest documented limit.
  lowestLimit: 10,
  // After so many windows without a 429 what was learned may be outdated.
  quietWindows: 5,
};

/**
 * Keeps the requests of a key within its limit: at most `limit` starts in any window and a margin. All state is
 * numbers on a {@link Budget}; each caller sleeps on a timer of its own, because on some runtimes (workerd) one
 * request may not wait for a promise of another.
 */
export function createRateLimiter(rateLimit: RateLimit, origin: string, sharesByKey: boolean): RateLimiter {
  const marginMs = Math.max(policy.minMarginMs, rateLimit.windowMs * policy.marginShare);
  const spanMs = rateLimit.windowMs + marginMs;
  // A key function stands for one account, whatever key it gives this time.
  const own = sharesByKey ? undefined : newBudget();

  function budgetOf(key: string, now: number): Budget {
    const budget = own ?? findBudget(origin, key, now);
    budget.spanMs = Math.max(budget.spanMs, spanMs);
    const quietMs = policy.quietWindows * rateLimit.windowMs;
    if (budget.learned !== undefined && now - budget.rejectedAt > quietMs) budget.learned = undefined;
    prune(budget, now);
    return budget;
  }

  const limitOf = (budget: Budget) => rateLimit.limit ?? budget.learned;

  /** When the start at `index` may be made, given those before it. */
  function earliest(budget: Budget, index: number, now: number): number {
    let at = Math.max(now, budget.coolDownUntil);
    const limit = limitOf(budget);
    const previous = budget.starts[index - 1];
    const oldest = limit === undefined ? undefined : budget.starts[index - limit];
    if (oldest) at = Math.max(at, oldest.at + spanMs);
    // After a cool-down the room is unknown, so the first come one by one, until one is accepted.
    if (budget.unproven && previous && previous.at >= budget.coolDownUntil) {
      at = Math.max(at, previous.at + spanMs / (limit ?? policy.lowestLimit));
    }
    return at;
  }

  function turn(key: string, onQueued: (waitMs: number) => void): Turn {
    let waitLeftMs = rateLimit.maxWaitMs;
    let startedAt = 0;

    async function wait(signal: AbortSignal | undefined): Promise<void> {
      signal?.throwIfAborted();
      let now = performance.now();
      const budget = budgetOf(key, now);
      const start = { at: earliest(budget, budget.starts.length, now) };
      if (start.at > now) {
        refuseIfTooLate(budget, start.at - now);
        onQueued(Math.ceil(start.at - now));
      }
      budget.starts.push(start);
      try {
        while (start.at > now) {
          const before = now;
          await sleep(start.at - now, signal);
          now = performance.now();
          waitLeftMs -= now - before;
          // A 429 of another call may have moved the cool-down or lowered the limit meanwhile. Those in front woke
          // earlier and stand at their new times already.
          start.at = earliest(budget, budget.starts.indexOf(start), now);
          if (start.at > now) refuseIfTooLate(budget, start.at - now);
        }
      } catch (error) {
        const index = budget.starts.indexOf(start);
        if (index >= 0) budget.starts.splice(index, 1);
        throw error;
      }
      // A busy event loop wakes late, and the server counts from the real start.
      start.at = startedAt = now;
    }

    function refuseIfTooLate(budget: Budget, waitMs: number): void {
      if (waitMs <= waitLeftMs) return;
      const limit = limitOf(budget);
      const allowed = Math.max(0, Math.round(waitLeftMs));
      throw new RateLimitError(
        `The rate limit of this API key${limit === undefined ? "" : ` (${limit} requests in ${rateLimit.windowMs / 1000} s)`} gives this call its turn in ${inSeconds(waitMs)}, later than maxWaitMs allows (${allowed} ms left). No request was sent. Try again after that time, raise rateLimit.maxWaitMs (Infinity in batch jobs), or use a plan with a higher limit.`,
        { retryAfterMs: Math.ceil(waitMs), attempts: 0, code: "rate_limit_wait_too_long" },
      );
    }

    function accepted(): void {
      const budget = budgetOf(key, performance.now());
      // An answer to a request from before the cool-down proves nothing about the time after it.
      if (startedAt < budget.coolDownUntil) return;
      budget.unproven = false;
      budget.unhinted = 0;
    }

    function rejected(hint: { retryAfterMs?: number | undefined; limit?: number | undefined }): number {
      const now = performance.now();
      const budget = budgetOf(key, now);
      budget.rejections.push(now);
      budget.rejectedAt = now;
      const horizon = now - spanMs;
      const made = budget.starts.filter(({ at }) => at > horizon && at <= now).length;
      const rejectedInWindow = budget.rejections.filter((at) => at > horizon).length;
      budget.learned = hint.limit ?? Math.max(policy.lowestLimit, made - rejectedInWindow);

      let coolDownMs = 0;
      if (hint.retryAfterMs !== undefined) {
        coolDownMs = hint.retryAfterMs * (1 + Math.random() * policy.jitter);
      } else if (startedAt >= budget.coolDownSetAt) {
        // 429s of one burst are one event: only a request that started after the last cool-down was set lengthens the next.
        const steps = policy.unhintedCoolDownsMs;
        coolDownMs = steps[Math.min(budget.unhinted, steps.length - 1)]! * (1 + Math.random() * policy.jitter);
        budget.unhinted += 1;
        budget.coolDownSetAt = now;
      }
      const until = now + Math.min(coolDownMs, policy.maxCoolDownMs);
      budget.coolDownUntil = Math.max(budget.coolDownUntil, until);
      budget.unproven = true;
      return Math.max(0, budget.coolDownUntil - now);
    }

    return {
      wait,
      get waitLeftMs() {
        return waitLeftMs;
      },
      spend: (milliseconds) => void (waitLeftMs -= milliseconds),
      accepted,
      rejected,
    };
  }

  function state(key: string | undefined): RateLimitState {
    const now = performance.now();
    const budget = own ?? (key === undefined ? newBudget() : budgetOf(key, now));
    return {
      waiting: budget.starts.filter(({ at }) => at > now).length,
      coolingDownMs: Math.max(0, Math.round(budget.coolDownUntil - now)),
      limit: limitOf(budget),
      learned: rateLimit.limit === undefined && budget.learned !== undefined,
    };
  }

  return { turn, state };
}

/** A limit that rate-limit headers name: OpenAI's form, the common one, and the IETF draft's (`10, 10;w=60`). */
export function limitFromHeaders(headers: { get(name: string): string | null }): number | undefined {
  for (const name of ["x-ratelimit-limit-requests", "x-ratelimit-limit", "ratelimit-limit"]) {
    const match = /^\s*(\d+)\b/.exec(headers.get(name) ?? "");
    if (match && Number(match[1]) > 0) return Number(match[1]);
  }
  return undefined;
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
