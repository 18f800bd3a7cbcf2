import { type Budget, budgetName, findBudget, forget, newBudget, type RateLimitRule, type Start } from "./budget.ts";
import { RateLimitError } from "../errors.ts";
import type { Report } from "../events.ts";
import type { RateLimit } from "../resolve-options.ts";
import { dropAbandoned, firstAfter, firstWaiting, postpone, release, reschedule, reserve } from "./schedule.ts";
import { createSharedLimit } from "./shared.ts";
import { sleep } from "../timer.ts";

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
  wait(signal: AbortSignal): Promise<void>;
  /** Milliseconds that the call may still spend on waiting. */
  waitLeftMs(): number;
  /** Takes time that the call waited for another reason from the same allowance. */
  spend(milliseconds: number): void;
  /** The head of the answer has come: by now the request must have arrived. */
  arrived(): void;
  /** The request was answered with anything but a 429. */
  accepted(): void;
  /** The request was answered with a 429. Returns what is left of the cool-down in milliseconds. */
  rejected(hint: { retryAfterMs?: number | undefined; limit?: number | undefined }): number;
}

export interface RateLimiter {
  turn(key: string, report: Report): Turn;
  state(key: string | undefined): RateLimitState;
}

const policy = {
  // The server counts arrivals: a start and its arrival differ by connection set-up and queues on the way.
  marginShare: 1 / 60,
  minMarginMs: 250,
  // How much later than that a request may arrive while a process makes its first connections.
  coldMs: 1_000,
  // Cool-downs without a hint: the last outlasts the documented window of a minute.
  unhintedCoolDownsMs: [5_000, 20_000, 60_000],
  // A hint from a broken clock must not silence a process for hours.
  maxCoolDownMs: 300_000,
  // Only ever later: coming back before the server's own time earns another 429.
  jitter: 0.1,
  // The lowest documented limit.
  lowestLimit: 10,
  // A turn moves up when those in front give theirs back; nothing but a look of its own tells a caller.
  lookAgainMs: 1_000,
  // Ten looks missed: far more than a busy event loop explains.
  abandonedMs: 10_000,
};

/** Keeps the requests of a key within its limit: at most `limit` starts in any window and a margin. */
export function createRateLimiter(rateLimit: RateLimit, origin: string, sharesByKey: boolean): RateLimiter {
  const { limit, windowMs, maxWaitMs } = rateLimit;
  const marginMs = Math.max(policy.minMarginMs, windowMs * policy.marginShare);
  const spanMs = windowMs + marginMs;
  const rule: RateLimitRule | undefined = limit === undefined ? undefined : { limit, spanMs };
  // A key function stands for one account, whatever key it gives this time.
  const ownBudget = sharesByKey ? undefined : newBudget();
  let lastName: { key: string; name: string } | undefined;
  const shared = rateLimit.store && rule && createSharedLimit(rateLimit.store, rule);

  function nameOf(key: string): string {
    // A call asks several times, and the next one mostly for the same key.
    if (lastName?.key !== key) lastName = { key, name: budgetName(origin, sharesByKey ? key : undefined) };
    return lastName.name;
  }

  function budgetOf(key: string, now: number): Budget {
    const budget = ownBudget ?? findBudget(nameOf(key), now);
    budget.spanMs = Math.max(budget.spanMs, spanMs);
    tend(budget, now);
    return budget;
  }

  function turn(key: string, report: Report): Turn {
    const onQueued = (waitMs: number) => report({ type: "queued", waitMs: Math.ceil(waitMs) });
    let waitLeftMs = maxWaitMs;
    let ticket: number | undefined;
    let start: Start | undefined;
    let startedAt = 0;

    async function wait(signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      const waiting = { budget: nameOf(key), signal, waitLeftMs: () => waitLeftMs, spend, report };
      const tooLongMs = shared && (await shared.wait(waiting));
      let now = performance.now();
      const budget = budgetOf(key, now);
      if (tooLongMs !== undefined) refuseIfTooLate(budget, tooLongMs, waitLeftMs);
      ticket ??= budget.lastTicket += 1;
      const own: Start = { at: now, ticket, rule, seenAt: now };
      reserve(budget, own, now);
      try {
        if (own.at > now) {
          refuseIfTooLate(budget, own.at - now, waitLeftMs);
          onQueued(own.at - now);
        }
        while (own.at > now) {
          await sleep(Math.min(own.at - now, policy.lookAgainMs), signal);
          const slept = performance.now() - now;
          spend(slept);
          own.seenAt = now += slept;
          tend(budget, now);
          if (own.at <= now || slept >= policy.abandonedMs) {
            // Who wakes late must fit in again, for the server counts from the real start; who was taken for gone too.
            release(budget, own);
            reserve(budget, own, now);
          }
          // Timers in front that fired late move a turn a little; that alone must not make a wait end in vain.
          refuseIfTooLate(budget, own.at - now, waitLeftMs + marginMs);
        }
      } catch (error) {
        release(budget, own);
        throw error;
      }
      start = own;
      startedAt = now;
    }

    function spend(milliseconds: number): void {
      waitLeftMs -= milliseconds;
    }

    function refuseIfTooLate(budget: Budget, waitMs: number, allowedMs: number): void {
      if (waitMs <= Math.max(0, allowedMs)) return;
      const known = (rule ?? budget.learned)?.limit;
      throw new RateLimitError(
        `The rate limit of this API key${known === undefined ? "" : ` (${known} requests in ${windowMs / 1000} s)`} gives this call its turn in ${inSeconds(waitMs)}, later than rateLimit.maxWaitMs allows (${inSeconds(Math.max(0, waitLeftMs))} of ${inSeconds(maxWaitMs)} left). No request was sent. Try again after that time, raise rateLimit.maxWaitMs (Infinity in batch jobs), or use a plan with a higher limit.`,
        { retryAfterMs: Math.ceil(waitMs), attempts: 0, code: "rate_limit_wait_too_long" },
      );
    }

    function arrived(): void {
      if (!start) return;
      const now = performance.now();
      const budget = budgetOf(key, now);
      budget.warmAt ??= now;
      const arrivedBy = Math.min(now - marginMs, startedAt + policy.coldMs);
      if (startedAt <= budget.warmAt && arrivedBy > startedAt) postpone(budget, start, arrivedBy, now);
      start = undefined;
    }

    function accepted(): void {
      const budget = budgetOf(key, performance.now());
      // An answer to a request from before the cool-down proves nothing about the time after it.
      if (startedAt >= budget.coolDownUntil) budget.unhinted = 0;
    }

    function rejected(hint: { retryAfterMs?: number | undefined; limit?: number | undefined }): number {
      const now = performance.now();
      const budget = budgetOf(key, now);
      budget.rejections.push(now);
      budget.learned = { limit: hint.limit ?? learnLimit(budget, spanMs, now), spanMs };
      const coolDownMs = nextCoolDown(budget, startedAt, hint.retryAfterMs);
      if (coolDownMs > 0) shared?.coolDown(nameOf(key), coolDownMs);
      if (now + coolDownMs > budget.coolDownUntil) {
        budget.coolDownUntil = now + coolDownMs;
        budget.coolDownSetAt = now;
      }
      budget.quietSince = Math.max(now, budget.coolDownUntil);
      reschedule(budget, now);
      return Math.max(0, budget.coolDownUntil - now);
    }

    return {
      wait,
      waitLeftMs: () => waitLeftMs,
      spend,
      arrived,
      accepted,
      rejected,
    };
  }

  function state(key: string | undefined): RateLimitState {
    const now = performance.now();
    const budget = key === undefined ? newBudget() : budgetOf(key, now);
    return {
      waiting: budget.starts.length - firstWaiting(budget, now),
      coolingDownMs: Math.max(0, Math.round(budget.coolDownUntil - now)),
      limit: (rule ?? budget.learned)?.limit,
      learned: rule === undefined && budget.learned !== undefined,
    };
  }

  return { turn, state };
}

/** Brings a budget up to date before somebody goes by it. */
function tend(budget: Budget, now: number): void {
  if (now - budget.checkedAt >= policy.lookAgainMs) {
    budget.checkedAt = now;
    dropAbandoned(budget, now, policy.abandonedMs);
  }
  if (forget(budget, now) || budget.hasGaps) reschedule(budget, now);
  budget.hasGaps = false;
}

/** What the server let through of the last window, where it does not say its limit itself. */
function learnLimit(budget: Budget, spanMs: number, now: number): number {
  const { starts, rejections } = budget;
  const made = firstWaiting(budget, now) - firstAfter(starts.length, (index) => starts[index]!.at, now - spanMs);
  const rejected = rejections.length - firstAfter(rejections.length, (index) => rejections[index]!, now - spanMs);
  return Math.max(policy.lowestLimit, made - rejected);
}

/** How long a 429 keeps the key from starting anything, in milliseconds. */
function nextCoolDown(budget: Budget, startedAt: number, retryAfterMs: number | undefined): number {
  let coolDownMs = retryAfterMs;
  // A hint of 0 asks for nothing; servers that round down send it.
  if (!coolDownMs) {
    // The 429s of one burst are one event: only a request that started after the last cool-down was set makes the next.
    if (startedAt < budget.coolDownSetAt) return 0;
    const steps = policy.unhintedCoolDownsMs;
    coolDownMs = steps[Math.min(budget.unhinted, steps.length - 1)]!;
    budget.unhinted += 1;
  }
  return Math.min(coolDownMs * (1 + Math.random() * policy.jitter), policy.maxCoolDownMs);
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
