import { type Budget, budgetName, clearPlan, findBudget, forget, newBudget, type Start } from "./budget.ts";
import { RateLimitError } from "../errors.ts";
import type { Report } from "../events.ts";
import { readRateLimit, type ToldLimit } from "./headers.ts";
import { conclude, learn, listen } from "./learning.ts";
import type { Priority } from "../options.ts";
import type { RateLimit } from "../resolve-options.ts";
import { begin, dropAbandoned, isBehind, newStart, place, placeAll, postpone, queueOf, release } from "./schedule.ts";
import { createSharedLimit } from "./shared.ts";
import { sleep } from "../timer.ts";

/** What a client knows of its rate limit at this moment. */
export interface RateLimitState {
  /** Calls of this process that wait for their turn with this key. */
  waiting: number;
  /** How many of them are of each priority. */
  waitingByPriority: Record<Priority, number>;
  /** Milliseconds until the next of them has its turn; `undefined` where none waits. */
  nextTurnMs: number | undefined;
  /** Milliseconds until the cool-down after a 429 is over; 0 where there is none. */
  coolingDownMs: number;
  /** Most requests in a window: declared or learned; `undefined` while unknown. */
  limit: number | undefined;
  /** The window that `limit` is for, in milliseconds: declared, or named by the service. */
  windowMs: number | undefined;
  /** Whether `limit` was learned from the server and not declared. */
  learned: boolean;
  /** Requests that the service last said are left; `undefined` where it says nothing, or the window it spoke of is over. */
  remaining: number | undefined;
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
  arrived(answer: { status: number; headers: { get(name: string): string | null } }): void;
  /** The request was answered with anything but a 429. */
  accepted(): void;
  /** The request was answered with a 429. Tells what is left of the cool-down, and the limit that the server named. */
  rejected(retryAfterMs: number | undefined): { coolDownMs: number; limit: number | undefined };
  /** The request has come to its end, whether it was answered or not. */
  ended(): void;
}

export interface RateLimiter {
  turn(key: string, report: Report, priority?: Priority): Turn;
  state(key: string | undefined): RateLimitState;
}

const policy = {
  // The server counts arrivals: a start and its arrival differ by connection set-up and queues on the way.
  marginShare: 1 / 60,
  minMarginMs: 250,
  // How much later than that a request may arrive while a process makes its first connections, or is busy.
  coldMs: 1_000,
  // Cool-downs without a hint: the last outlasts the documented window of a minute.
  unhintedCoolDownsMs: [5_000, 20_000, 60_000],
  // A hint from a broken clock must not silence a process for hours.
  maxCoolDownMs: 300_000,
  // Only ever later: coming back before the server's own time earns another 429.
  jitter: 0.1,
  // A turn moves up when those in front give theirs back; nothing but a look of its own tells a caller.
  lookAgainMs: 1_000,
  // What becomes of a probe is known when its head comes, long before the time that it has.
  probeLookMs: 100,
  // Timers of the same moment fire in any order.
  yieldMs: 5,
  // So often a process looks whether it stands still while a request leaves.
  watchMs: 50,
  // What speaks of more windows than this is another limit.
  longestWindows: 2,
};

/** Keeps the requests of a key within its limit: at most `limit` starts in any window and a margin. */
export function createRateLimiter(rateLimit: RateLimit, origin: string, sharesByKey: boolean): RateLimiter {
  const { limit, windowMs, maxWaitMs } = rateLimit;
  const marginMs = marginOf(windowMs);
  const spanMs = windowMs + marginMs;
  // A key function stands for one account, whatever key it gives this time.
  const ownBudget = sharesByKey ? undefined : newBudget();
  let lastName: { key: string; name: string } | undefined;
  const shared = rateLimit.store && limit !== undefined ? createSharedLimit(rateLimit.store, limit) : undefined;

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

  function turn(key: string, report: Report, priority: Priority = rateLimit.priority): Turn {
    let waitLeftMs = maxWaitMs;
    let ticket: number | undefined;
    let start: Start | undefined;
    let startedAt = 0;
    let watch: ReturnType<typeof setTimeout> | undefined;
    let told: ToldLimit | undefined;

    async function wait(signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      let sharedMs: number | undefined;
      if (shared) {
        const span = () => spanMs + budgetOf(key, performance.now()).lateMs;
        const waiting = {
          budget: nameOf(key),
          key,
          priority,
          span,
          signal,
          waitLeftMs: () => waitLeftMs,
          spend,
          report,
        };
        sharedMs = await shared.wait(waiting);
      }
      let now = performance.now();
      const budget = budgetOf(key, now);
      if (sharedMs) refuseIfTooLate(budget, sharedMs, waitLeftMs);
      ticket ??= budget.lastTicket += 1;
      const own = newStart(queueOf(budget, { priority, limit, windowMs, spanMs }), ticket, now);
      try {
        // What the store has counted goes at once, unless only this process knows better.
        if (sharedMs !== 0 || Math.max(budget.coolDownUntil, budget.heldUntil) > now) place(budget, own, now);
        if (own.at > now) {
          refuseIfTooLate(budget, own.at - now, waitLeftMs);
          report({ type: "queued", waitMs: Math.ceil(own.at - now), reason: own.reason });
        }
        while (own.at > now || isBehind(budget, own)) {
          const nextLookMs = own.reason === "probe" ? policy.probeLookMs : policy.lookAgainMs;
          const sleepMs = own.at > now ? Math.min(own.at - now, nextLookMs) : policy.yieldMs;
          await sleep(sleepMs, signal);
          const slept = performance.now() - now;
          spend(slept);
          own.seenAt = now += slept;
          notice(budget, slept - sleepMs, now);
          tend(budget, now);
          // Those that wait for long need not know to the millisecond; with thousands of them it counts.
          if (!own.waits || own.at - now <= policy.lookAgainMs) place(budget, own, now);
          else if (now - budget.plannedAt >= policy.lookAgainMs) placeAll(budget, now);
          // Timers in front that fired late move a turn a little; that alone must not make a wait end in vain.
          refuseIfTooLate(budget, own.at - now, waitLeftMs + marginMs + budget.lateMs);
        }
      } catch (error) {
        release(budget, own);
        throw error;
      }
      begin(budget, own, now);
      start = own;
      startedAt = now;
      watchLeaving(budget);
    }

    function spend(milliseconds: number): void {
      waitLeftMs -= milliseconds;
    }

    function refuseIfTooLate(budget: Budget, waitMs: number, allowedMs: number): void {
      if (waitMs <= Math.max(0, allowedMs)) return;
      const known = knownLimit(budget);
      throw new RateLimitError(
        `The rate limit of this API key${known === undefined ? "" : ` (${known} requests in ${windowOf(budget) / 1000} s)`} gives this call its turn in ${inSeconds(waitMs)}, later than rateLimit.maxWaitMs allows (${inSeconds(Math.max(0, waitLeftMs))} of ${inSeconds(maxWaitMs)} left). No request was sent. Try again after that time, raise rateLimit.maxWaitMs (Infinity in batch jobs), or use a plan with a higher limit.`,
        { retryAfterMs: Math.ceil(waitMs), attempts: 0, code: "rate_limit_wait_too_long" },
      );
    }

    /** While the event loop stands still, a request does not leave: it arrives as much later as that takes. */
    function watchLeaving(budget: Budget): void {
      let lookedAt = startedAt;
      let stoodMs = 0;
      const look = () => {
        const now = performance.now();
        const lateMs = now - lookedAt - policy.watchMs;
        if (lateMs > policy.watchMs) notice(budget, (stoodMs += lateMs), now);
        lookedAt = now;
        if (now - startedAt < policy.coldMs) watch = setTimeout(look, policy.watchMs);
      };
      clearTimeout(watch);
      watch = setTimeout(look, policy.watchMs);
    }

    /** Widens the margin by as much as this process was late. */
    function notice(budget: Budget, lateMs: number, now: number): void {
      const bounded = Math.min(lateMs, windowMs);
      // What a timer is late anyway, the margin covers.
      if (bounded <= policy.watchMs || bounded < budget.lateMs) return;
      if (bounded > budget.lateMs) clearPlan(budget);
      budget.lateMs = bounded;
      budget.lateAt = now;
    }

    function arrived({ status, headers }: { status: number; headers: { get(name: string): string | null } }): void {
      if (!start) return;
      const now = performance.now();
      const budget = budgetOf(key, now);
      budget.warmAt ??= now;
      const arrivedBy = Math.min(now - marginMs, startedAt + policy.coldMs);
      const mayBeLate = startedAt <= budget.warmAt || budget.lateMs > 0;
      if (mayBeLate && arrivedBy > startedAt) {
        postpone(budget, start, arrivedBy);
        // The store has counted it already: a wider window makes up for that.
        if (shared) notice(budget, arrivedBy - startedAt, now);
      }
      start.answered = status !== 429;
      told = readRateLimit(headers, policy.longestWindows * windowMs, Date.now());
      if (told)
        listen(budget, told, told.windowMs === undefined ? spanMs : told.windowMs + marginOf(told.windowMs), now);
      start = undefined;
      clearTimeout(watch);
    }

    function ended(): void {
      if (!start) return;
      const budget = budgetOf(key, performance.now());
      // Without an answer it has shown nothing: another one may.
      if (budget.probe === start) {
        budget.probe = undefined;
        clearPlan(budget);
      }
      start = undefined;
      clearTimeout(watch);
    }

    function accepted(): void {
      const budget = budgetOf(key, performance.now());
      // An answer to a request from before the cool-down proves nothing about the time after it.
      if (startedAt >= budget.coolDownUntil) budget.unhinted = 0;
    }

    function rejected(retryAfterMs: number | undefined): { coolDownMs: number; limit: number | undefined } {
      const now = performance.now();
      const budget = budgetOf(key, now);
      budget.rejections.push(now);
      if (told?.limit === undefined) learn(budget, now);
      const coolDownMs = nextCoolDown(budget, startedAt, retryAfterMs);
      if (coolDownMs > 0) shared?.coolDown(nameOf(key), coolDownMs, spanMs);
      if (now + coolDownMs > budget.coolDownUntil) {
        budget.coolDownUntil = now + coolDownMs;
        budget.coolDownSetAt = now;
        budget.recovering = true;
      }
      budget.learning.quietSince = Math.max(now, budget.coolDownUntil);
      clearPlan(budget);
      return { coolDownMs: Math.max(0, budget.coolDownUntil - now), limit: told?.limit };
    }

    return {
      wait,
      waitLeftMs: () => waitLeftMs,
      spend,
      arrived,
      accepted,
      rejected,
      ended,
    };
  }

  function knownLimit({ learning }: Budget): number | undefined {
    return limit ?? (learning.known ? learning.limit : undefined);
  }

  function windowOf({ learning }: Budget): number {
    return limit === undefined ? (learning.windowMs ?? windowMs) : windowMs;
  }

  function state(key: string | undefined): RateLimitState {
    if (key === undefined) return idleState(rateLimit);
    const now = performance.now();
    const budget = budgetOf(key, now);
    const waiting = { interactive: 0, batch: 0 };
    let nextAt = Infinity;
    for (const { priority, waiting: starts } of budget.queues) {
      waiting[priority] += starts.length;
      nextAt = Math.min(nextAt, starts[0]!.at);
    }
    return {
      waiting: waiting.interactive + waiting.batch,
      waitingByPriority: waiting,
      nextTurnMs: nextAt === Infinity ? undefined : Math.max(0, Math.round(nextAt - now)),
      coolingDownMs: Math.max(0, Math.round(budget.coolDownUntil - now)),
      limit: knownLimit(budget),
      windowMs: windowOf(budget),
      learned: limit === undefined && budget.learning.known,
      remaining: now < budget.remainingUntil ? budget.remaining : undefined,
    };
  }

  return { turn, state };
}

/** What is known before the first call. */
export function idleState(rateLimit: RateLimit | undefined): RateLimitState {
  return {
    waiting: 0,
    waitingByPriority: { interactive: 0, batch: 0 },
    nextTurnMs: undefined,
    coolingDownMs: 0,
    limit: rateLimit?.limit,
    windowMs: rateLimit?.windowMs,
    learned: false,
    remaining: undefined,
  };
}

/** Brings a budget up to date before somebody goes by it. */
function tend(budget: Budget, now: number): void {
  if (now - budget.checkedAt >= policy.lookAgainMs) {
    budget.checkedAt = now;
    dropAbandoned(budget, now);
    // By then what was sent late has left the window.
    if (now - budget.lateAt > 2 * budget.spanMs) budget.lateMs = 0;
  }
  forget(budget, now);
  conclude(budget, now);
}

function marginOf(windowMs: number): number {
  return Math.max(policy.minMarginMs, windowMs * policy.marginShare);
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
