// Who may start when: decisions on the plain data of a budget, without clock, timer or promise. On some runtimes
// (workerd) one request may not wait on another's promise, so each caller sleeps on a timer of its own and looks here
// when it wakes.

import {
  type Budget,
  clearPlan,
  firstIndex,
  type Queue,
  type Sequence,
  type Start,
  type WaitReason,
} from "./budget.ts";
import { judgeMs } from "./learning.ts";

const policy = {
  // Batch calls leave one place in so many, and at least one, to those that a person waits for.
  headroomShare: 5,
  // While a batch call waits, one start in so many is a batch call's.
  batchShare: 10,
  // Behind so many that have to be planned anew, a time is what was known of it last: those behind thousands need not
  // know to the second, and each newcomer would plan them all.
  exactUpTo: 1_000,
  soonMs: 1_000,
  // A caller looks every second: one that has missed so many looks is gone, or the event loop stands still.
  abandonedMs: 10_000,
  // One whose time has come holds up those behind it.
  overdueMs: 3_000,
};

/** A start that may be made now, or has a place in the queue after {@link place}. */
export function newStart(queue: Queue, ticket: number, now: number): Start {
  return {
    at: now,
    queue,
    ticket,
    since: now,
    seenAt: now,
    waits: false,
    planNumber: 0,
    streak: 0,
    reason: "limit",
    probes: false,
    answered: false,
  };
}

/** Gives a start a place in its queue and a time, or a new time after something has changed. */
export function place(budget: Budget, start: Start, now: number): void {
  if (!start.waits) enqueue(budget, start);
  if (start.planNumber === budget.planNumber) return;
  const { queue } = start;
  const previous = queue.waiting[queue.waiting.lastIndexOf(start) - 1];
  if (queue.planned < queue.waiting.length - policy.exactUpTo && previous && previous.at > now + policy.soonMs) {
    // Not before the one in front of it, and exactly when it looks next.
    start.at = previous.at;
    start.reason = previous.reason;
  } else plan(budget, now, start);
}

/** Gives everybody a time. With thousands that wait this is work: not more often than they look. */
export function placeAll(budget: Budget, now: number): void {
  budget.plannedAt = now;
  plan(budget, now, undefined);
}

/** Whether a start has to let one go first that has the same time by another limit: it would lose its turn. */
export function isBehind({ queues, starts }: Budget, start: Start): boolean {
  if (queues.length < 2 || !start.waits) return false;
  for (const other of starts.planned) {
    if (other === start) return false;
    if (other.queue.limit !== start.queue.limit) return true;
  }
  return false;
}

/** The queue for a priority and a rule. */
export function queueOf(budget: Budget, rule: Omit<Queue, "waiting" | "planned">): Queue {
  const { priority, limit, windowMs } = rule;
  const isIt = (queue: Queue) => queue.priority === priority && queue.limit === limit && queue.windowMs === windowMs;
  return budget.queues.find(isIt) ?? { ...rule, waiting: [], planned: 0 };
}

/** Gives a place back. Those behind it move up when somebody looks next: thousands may leave at once. */
export function release(budget: Budget, start: Start): void {
  if (!start.waits) return;
  start.waits = false;
  const { queue } = start;
  queue.waiting.splice(queue.waiting.indexOf(start), 1);
  clearPlan(budget);
  if (queue.waiting.length === 0) budget.queues.splice(budget.queues.indexOf(queue), 1);
}

/** Counts a start, which leaves its queue. */
export function begin(budget: Budget, start: Start, now: number): void {
  release(budget, start);
  clearPlan(budget);
  start.at = now;
  const isBatch = start.queue.priority === "batch";
  budget.starts.made.push(start);
  if (isBatch) budget.batches.made.push(start);
  budget.streak = isBatch ? 0 : budget.streak + 1;
  if (start.probes) budget.probe = start;
}

/** Counts a start that was made from a later moment, which has passed as well. */
export function postpone(budget: Budget, start: Start, at: number): void {
  for (const { made } of [budget.starts, budget.batches]) {
    const index = made.lastIndexOf(start);
    if (index < 0) continue;
    made.splice(index, 1);
    made.splice(
      firstIndex(made.length, (other) => made[other]!.at > at),
      0,
      start,
    );
  }
  start.at = at;
  clearPlan(budget);
}

/** Drops the places of callers that have not looked for a while: workerd ends a request whose client has gone without
 * running anything of it any more. One that was only slow finds its place again by its ticket. */
export function dropAbandoned(budget: Budget, now: number): void {
  const isGone = ({ at, seenAt }: Start) => now - seenAt >= (at <= now ? policy.overdueMs : policy.abandonedMs);
  for (const queue of budget.queues.slice()) {
    for (const start of queue.waiting.filter(isGone)) release(budget, start);
  }
}

function enqueue(budget: Budget, start: Start): void {
  const { queue } = start;
  const { waiting } = queue;
  if (waiting.length === 0) budget.queues.push(queue);
  let index = waiting.length;
  while (index > 0 && waiting[index - 1]!.ticket > start.ticket) index -= 1;
  if (index === waiting.length) waiting.push(start);
  else waiting.splice(index, 0, start);
  start.waits = true;
  if (index > queue.planned) return;
  // Up to the one in front of it in its queue, the plan is what it would be with it.
  const previous = waiting[index - 1];
  if (index < queue.planned || !previous) return clearPlan(budget);
  const { planned } = budget.starts;
  while (planned.at(-1) !== previous) {
    const dropped = planned.pop()!;
    dropped.planNumber = 0;
    if (dropped === budget.plannedProbe) budget.plannedProbe = undefined;
    dropped.queue.planned -= 1;
    if (dropped.queue.priority === "batch") budget.batches.planned.pop();
  }
}

/** Goes on with the plan until a start, or everybody, is in it. */
function plan(budget: Budget, now: number, until: Start | undefined): void {
  let next: Start | undefined;
  do {
    next = chooseNext(budget, now);
    if (!next) return;
    const isBatch = next.queue.priority === "batch";
    next.streak = isBatch ? 0 : streakOf(budget) + 1;
    next.planNumber = budget.planNumber;
    next.queue.planned += 1;
    budget.starts.planned.push(next);
    if (next.probes) budget.plannedProbe = next;
    if (isBatch) budget.batches.planned.push(next);
  } while (next !== until);
}

/**
 * Who comes next. Interactive calls go before batch calls, and older ones before younger ones; who can start only later,
 * because its own client declares a lower limit, lets others by, but for no longer than a window.
 */
function chooseNext(budget: Budget, now: number): Start | undefined {
  const heads: Start[] = [];
  for (const { waiting, planned } of budget.queues) {
    const head = waiting[planned];
    if (!head) continue;
    schedule(budget, head, now);
    if (budget.queues.length === 1) return head;
    heads.push(head);
  }
  if (heads.length < 2) return heads[0];
  const first = streakOf(budget) >= policy.batchShare - 1 ? "batch" : "interactive";
  heads.sort((one, other) =>
    one.queue.priority === other.queue.priority ? one.ticket - other.ticket : one.queue.priority === first ? -1 : 1,
  );
  let chosen = heads[0]!;
  // A batch call waits for as long as interactive ones leave it its share.
  const latest = { interactive: Infinity, batch: Infinity };
  for (const head of heads) {
    const { priority, spanMs } = head.queue;
    const bound = priority === "batch" ? Math.min(latest.batch, latest.interactive) : latest.interactive;
    if (head.at < chosen.at && head.at < bound) chosen = head;
    latest[priority] = Math.min(latest[priority], head.since + spanMs);
  }
  return chosen;
}

function streakOf({ starts, streak }: Budget): number {
  return starts.planned.at(-1)?.streak ?? streak;
}

/** When a start may be made, given those made and planned, and what it has to wait for until then. */
function schedule(budget: Budget, start: Start, now: number): void {
  const { starts, batches, learning, coolDownUntil } = budget;
  const { queue } = start;
  const isLearning = queue.limit === undefined;
  const limit = queue.limit ?? learning.limit;
  const isKnown = !isLearning || learning.known;
  const windowMs = isLearning ? (learning.windowMs ?? queue.windowMs) : queue.windowMs;
  const spanMs = (isLearning ? (learning.spanMs ?? queue.spanMs) : queue.spanMs) + budget.lateMs;
  const last = starts.planned.at(-1);
  let reason: WaitReason = last?.reason ?? "limit";
  let at = last && last.at > now ? last.at : now;
  // No closure and no list here: with thousands that wait, this runs for each of them again and again.
  if (coolDownUntil > at) {
    at = coolDownUntil;
    reason = "cool-down";
  }
  if (budget.heldUntil > at) {
    at = budget.heldUntil;
    reason = "limit";
  }
  if (budget.recovering && at < coolDownUntil + spanMs) {
    const lastAt = nthLast(starts, 1);
    if (lastAt >= coolDownUntil) {
      // A 429 means that the server has counted what is not in this log: what comes evenly spaced is accepted by every
      // kind of window, and a burst by none but a lucky one. Where no limit is known, the first one tries alone.
      const spacedAt = isKnown
        ? lastAt + spanMs / limit
        : firstSince(starts, coolDownUntil).at + judgeMs + budget.lateMs;
      if (spacedAt > at) {
        at = spacedAt;
        reason = isKnown ? "cool-down" : "probe";
      }
    }
  }
  const isProbing = isLearning && learning.probing;
  if (queue.priority === "batch" && isKnown && !isProbing) {
    const most = Math.max(1, limit - Math.max(1, Math.floor(limit / policy.headroomShare)));
    const roomAt = nthLast(batches, most) + spanMs;
    if (roomAt > at) {
      at = roomAt;
      reason = "headroom";
    }
  }
  start.probes = false;
  let freeAt = nthLast(starts, limit) + spanMs;
  if (freeAt > at && isProbing) {
    const probe = budget.plannedProbe ?? budget.probe;
    // The one that is one too many goes; those behind it wait for what becomes of it. Where the starts before it lie so
    // far back that the server may have forgotten one, it would be accepted and prove nothing.
    if (probe) freeAt = Math.min(freeAt, probe.at + judgeMs + budget.lateMs);
    else if (nthLast(starts, limit) > at - (2 * windowMs - spanMs)) {
      start.probes = true;
      freeAt = at;
    }
  }
  if (freeAt > at) {
    at = freeAt;
    reason = isProbing ? "probe" : "limit";
  }
  start.at = at;
  start.reason = reason;
}

/** The time of the n-th last start, made or planned. */
function nthLast({ made, planned }: Sequence, n: number): number {
  return (planned[planned.length - n] ?? made[made.length + planned.length - n])?.at ?? -Infinity;
}

/** The first start of a sequence that is not before a moment. */
function firstSince({ made, planned }: Sequence, moment: number): Start {
  return made[firstIndex(made.length, (index) => made[index]!.at >= moment)] ?? planned[0]!;
}
