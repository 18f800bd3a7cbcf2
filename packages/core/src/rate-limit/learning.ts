// What an undeclared limit may be: decisions on the plain data of a budget, without clock, timer or promise.

import { type Budget, clearPlan, firstIndex, firstStep, newLearning, quietWindows, type Start } from "./budget.ts";
import type { ToldLimit } from "./headers.ts";

/**
 * A request that has gone so long without a 429 is accepted: a 429 comes at once, an answer may take its time. A little
 * less than the second and a half that somebody may be held up by it.
 */
export const judgeMs = 1_400;

const policy = {
  // The second documented limit.
  secondStep: 500,
  // A probe that fails costs a 429 and a cool-down: the next one comes after twice as many quiet windows.
  maxPatience: 16,
};

/** Draws the conclusions from time that has passed and answers that have come. */
export function conclude(budget: Budget, now: number): void {
  const { learning, starts, coolDownUntil } = budget;
  const spanMs = learning.spanMs ?? budget.spanMs;
  // While a process stands still, no answer reaches it either.
  const awakeUntil = now - budget.lateMs;
  if (budget.recovering) {
    const { made } = starts;
    const trial = made[firstIndex(made.length, (index) => made[index]!.at >= coolDownUntil)];
    if (trial && isJudged(trial, awakeUntil)) {
      budget.recovering = false;
      clearPlan(budget);
    }
  }
  if (budget.probe && hasPassed(starts.made, budget.probe, awakeUntil)) {
    budget.probe = undefined;
    learning.limit = !learning.known && learning.limit < policy.secondStep ? policy.secondStep : 2 * learning.limit;
    learning.probing = !learning.known;
    learning.quietSince = now;
    learning.patience = 1;
    clearPlan(budget);
  }
  if (!learning.known && learning.probing) return;
  const quietMs = now - learning.quietSince;
  const waits = budget.queues.some(({ limit }) => limit === undefined);
  if (waits && !learning.probing && quietMs > learning.patience * spanMs) {
    // A queue that were let loose at once would run into the limit as one. A single call finds out more gently.
    learning.probing = true;
    clearPlan(budget);
  } else if (!waits && quietMs > quietWindows * spanMs) {
    budget.learning = newLearning();
  }
}

/** What a 429 teaches that names no limit: what was accepted in the window. */
export function learn(budget: Budget, now: number): void {
  const { learning, starts, rejections } = budget;
  const from = now - (learning.spanMs ?? budget.spanMs) - budget.lateMs;
  const made = madeSince(starts.made, from);
  const rejected = rejections.length - firstIndex(rejections.length, (index) => rejections[index]! > from);
  const hasFailed = learning.known && learning.probing;
  // Fewer starts than the lowest documented limit show nothing: somebody else has used the key, or the 429 was a stray.
  if (made >= firstStep) {
    const accepted = made - rejected;
    // Nothing was accepted: the window was somebody else's, and says no more of the limit than that it is there.
    learning.limit = accepted < 1 ? firstStep : learning.known ? Math.min(learning.limit, accepted) : accepted;
    learning.known = accepted >= 1;
    learning.probing = false;
  }
  budget.probe = undefined;
  if (!hasFailed) return;
  learning.patience = Math.min(2 * learning.patience, policy.maxPatience);
  learning.probing = false;
}

/** Takes over what the server says of its limit. */
export function listen(budget: Budget, told: ToldLimit, spanMs: number, now: number): void {
  const { learning, starts } = budget;
  const { limit, remaining, resetMs, windowMs } = told;
  if (limit !== undefined) {
    if (learning.limit !== limit || learning.windowMs !== windowMs || !learning.known || learning.probing) {
      const toldSpanMs = windowMs === undefined ? undefined : spanMs;
      budget.learning = { ...learning, limit, windowMs, spanMs: toldSpanMs, known: true, probing: false };
      budget.probe = undefined;
      clearPlan(budget);
    }
    budget.learning.quietSince = Math.max(now, budget.coolDownUntil);
    budget.spanMs = Math.max(budget.spanMs, spanMs);
  }
  if (remaining === undefined) return;
  budget.remaining = remaining;
  budget.remainingUntil = now + (resetMs ?? spanMs);
  if (remaining > 0 || resetMs === undefined || now + resetMs <= budget.heldUntil) return;
  // Where all that was counted stands in the log, the log knows better than a reset when the first place is free again.
  if (limit !== undefined && madeSince(starts.made, now - spanMs) >= limit && resetMs <= spanMs) return;
  budget.heldUntil = now + resetMs;
  clearPlan(budget);
}

/** Whether a probe was taken, and all that were sent before it. */
function hasPassed(made: Start[], probe: Start, now: number): boolean {
  // Requests overtake each other on their way, and the server's answers do too.
  for (let index = made.lastIndexOf(probe); index >= 0 && now - made[index]!.at < judgeMs; index--) {
    if (!made[index]!.answered) return false;
  }
  return true;
}

function madeSince(made: Start[], from: number): number {
  return made.length - firstIndex(made.length, (index) => made[index]!.at > from);
}

function isJudged(start: Start, now: number): boolean {
  return start.answered || now - start.at >= judgeMs;
}
