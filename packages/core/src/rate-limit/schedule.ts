// Who may start when: decisions on the plain data of a budget, without clock, timer or promise. On some runtimes
// (workerd) one request may not wait on another's promise, so each caller sleeps on a timer of its own and looks here
// when it wakes.

import type { Budget, RateLimitRule, Start } from "./budget.ts";

/**
 * Gives a start its place and its time: behind those that can be made before it and behind those of older calls, but
 * not behind those that wait only because their own client declares a lower limit.
 */
export function reserve(budget: Budget, start: Start, now: number): void {
  const { starts } = budget;
  let index = firstWaiting(budget, now);
  const last = index < starts.length ? starts.at(-1)! : undefined;
  // Mostly those that wait are older and of the same kind; with thousands of them it counts not to ask one by one.
  if (last && last.ticket < start.ticket && isSameRule(last.rule, start.rule)) index = starts.length;
  for (; index < starts.length; index++) {
    const other = starts[index]!;
    const at = earliest(budget, start, index, now);
    if (at < other.at || (at === other.at && start.ticket < other.ticket)) break;
  }
  if (index === starts.length) starts.push(start);
  else starts.splice(index, 0, start);
  reschedule(budget, now, index);
}

/** Gives a place back. Those behind it move up when somebody looks next: thousands may leave at once. */
export function release(budget: Budget, start: Start): void {
  const index = budget.starts.lastIndexOf(start);
  if (index < 0) return;
  budget.starts.splice(index, 1);
  budget.hasGaps = true;
}

/** Counts a start that was made from a later moment, which has passed as well. */
export function postpone(budget: Budget, start: Start, at: number, now: number): void {
  const { starts } = budget;
  const index = starts.lastIndexOf(start);
  if (index < 0) return;
  starts.splice(index, 1);
  start.at = at;
  starts.splice(firstWaiting(budget, at), 0, start);
  reschedule(budget, now);
}

/** Gives those that wait, or those from an index on, new times after something has changed. */
export function reschedule(budget: Budget, now: number, from: number = firstWaiting(budget, now)): void {
  const { starts } = budget;
  for (let index = from; index < starts.length; index++) {
    const start = starts[index]!;
    start.at = earliest(budget, start, index, now);
  }
}

/**
 * Drops the reservations of callers that have not looked for a while: workerd ends a request whose client has gone
 * without running anything of it any more. One that was only slow finds its place again by its ticket.
 */
export function dropAbandoned(budget: Budget, now: number, abandonedMs: number): void {
  const from = firstWaiting(budget, now);
  const waiting = budget.starts.slice(from);
  const alive = waiting.filter(({ seenAt }) => now - seenAt < abandonedMs);
  if (alive.length === waiting.length) return;
  budget.starts = [...budget.starts.slice(0, from), ...alive];
  budget.hasGaps = true;
}

/** The index behind all starts whose time has come. */
export function firstWaiting({ starts }: Budget, now: number): number {
  return firstAfter(starts.length, (index) => starts[index]!.at, now);
}

/** The first of `length` ascending times that lies after a moment. */
export function firstAfter(length: number, timeAt: (index: number) => number, moment: number): number {
  // Mostly all of them lie behind: nobody waits.
  if (length === 0 || timeAt(length - 1) <= moment) return length;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeAt(middle) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSameRule(one: RateLimitRule | undefined, other: RateLimitRule | undefined): boolean {
  return one?.limit === other?.limit && one?.spanMs === other?.spanMs;
}

/** When a start may be made at an index, given those in front of it. */
function earliest(budget: Budget, start: Start, index: number, now: number): number {
  const { starts, coolDownUntil } = budget;
  const { limit, spanMs } = start.rule ?? budget.learned ?? noRule;
  const previousAt = index > 0 ? starts[index - 1]!.at : -Infinity;
  const allowedAt = index >= limit ? starts[index - limit]!.at + spanMs : -Infinity;
  const at = Math.max(now, coolDownUntil, previousAt, allowedAt);
  // A 429 means that the server has counted what is not in this log. For a window after it, what comes evenly spaced
  // is accepted by every kind of window, and a burst by none but a lucky one.
  const spaced = previousAt >= coolDownUntil && at < coolDownUntil + spanMs;
  return spaced ? Math.max(at, previousAt + spanMs / limit) : at;
}

const noRule: RateLimitRule = { limit: Infinity, spanMs: 0 };
