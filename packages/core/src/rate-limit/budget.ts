import type { Priority } from "../options.ts";

/** What is known of one key's rate limit. Plain data, shared by every copy of this module in the process. */
export interface Budget {
  /** All starts: those that were made, which are the log of the sliding window, and those that are planned. */
  starts: Sequence;
  /** Those of them that are batch calls'. */
  batches: Sequence;
  /** Who waits: a queue for each priority and each limit that clients declare. */
  queues: Queue[];
  /** Grows when the plan is thrown away; a start with another number is not planned. */
  planNumber: number;
  /** When all that wait were last planned. */
  plannedAt: number;
  /** Interactive starts that were made since the last one of a batch call. */
  streak: number;
  /** The number of the last call that asked for a turn. */
  lastTicket: number;
  /** Times of the 429s within the window. */
  rejections: number[];
  /** No start before this time. */
  coolDownUntil: number;
  /** When the present cool-down was set. */
  coolDownSetAt: number;
  /** Cool-downs in a row that the server gave no time for. */
  unhinted: number;
  /** Nothing that started after the last cool-down has been accepted yet. */
  recovering: boolean;
  /** The service said that nothing is left before this time. */
  heldUntil: number;
  /** What the service last said is left, and until when that holds. */
  remaining: number | undefined;
  remainingUntil: number;
  learning: Learning;
  /** The probe that was made and not judged yet, and the one that is planned. */
  probe: Start | undefined;
  plannedProbe: Start | undefined;
  /** When the first answer came; the requests made until then had to wait for connections. */
  warmAt: number | undefined;
  /** By how much this process has lately been late, and when that was seen. */
  lateMs: number;
  lateAt: number;
  /** When it was last looked whether those that wait are still there. */
  checkedAt: number;
  /** The longest window, margin included, of the clients that use this budget: how long the log reaches back. */
  spanMs: number;
}

/** In the order of time. */
export interface Sequence {
  made: Start[];
  /** What comes next, as far as it has been planned. */
  planned: Start[];
}

/** Those of one priority that go by one rule, in the order of their calls. */
export interface Queue {
  readonly priority: Priority;
  /** Declared by its clients; undefined where they go by what the budget has learned. */
  readonly limit: number | undefined;
  readonly windowMs: number;
  /** The window and its margin. */
  readonly spanMs: number;
  readonly waiting: Start[];
  /** How many of them are planned. */
  planned: number;
}

/** A request that was or will be made. */
export interface Start {
  /** Monotonic milliseconds; may still move while it lies ahead. */
  at: number;
  readonly queue: Queue;
  /** The call's number; the lower goes first. A call keeps it over its attempts. */
  readonly ticket: number;
  /** When its caller began to wait for it, and when the caller last looked. */
  readonly since: number;
  seenAt: number;
  waits: boolean;
  /** Of the plan that holds it. */
  planNumber: number;
  /** Interactive starts since the last one of a batch call, this one included, by the plan. */
  streak: number;
  /** What it waits for. */
  reason: WaitReason;
  /** It is the one that is one too many for the limit so far. */
  probes: boolean;
  /** The head of an answer has come that is no 429. */
  answered: boolean;
}

/** Why a call waits. */
export type WaitReason = "limit" | "headroom" | "cool-down" | "probe";

/** What is known of a limit that nobody has declared. */
export interface Learning {
  /** The most starts in a window: what was learned, or the step that is tried. */
  limit: number;
  /** The window that the server named, without and with its margin. */
  windowMs: number | undefined;
  spanMs: number | undefined;
  /** Whether the server has named or shown it. */
  known: boolean;
  /** Whether one start more than the limit may find out if there is room above it. */
  probing: boolean;
  /** Since when no 429 has spoken for the limit. */
  quietSince: number;
  /** Quiet windows before the next probe. */
  patience: number;
}

// Two bundles, or the ESM and the CommonJS copy, each have a module of their own but one global object. The version is
// part of the name, so that a later release with another shape does not meet this one's data.
const registryKey = Symbol.for("celuxe.rate-limits.v1");

/** After so many windows without a 429, what was learned may be outdated. */
export const quietWindows = 5;

/** The lowest documented limit. */
export const firstStep = 10;

// A process that serves thousands of keys must not look through all of them at every new one.
const sweepEveryMs = 1_000;

export function newBudget(): Budget {
  return {
    starts: { made: [], planned: [] },
    batches: { made: [], planned: [] },
    queues: [],
    planNumber: 1,
    plannedAt: -Infinity,
    streak: 0,
    lastTicket: 0,
    rejections: [],
    coolDownUntil: -Infinity,
    coolDownSetAt: -Infinity,
    unhinted: 0,
    recovering: false,
    heldUntil: -Infinity,
    remaining: undefined,
    remainingUntil: -Infinity,
    learning: newLearning(),
    probe: undefined,
    plannedProbe: undefined,
    warmAt: undefined,
    lateMs: 0,
    lateAt: -Infinity,
    checkedAt: -Infinity,
    spanMs: 0,
  };
}

export function newLearning(): Learning {
  return {
    limit: firstStep,
    windowMs: undefined,
    spanMs: undefined,
    known: false,
    probing: true,
    quietSince: -Infinity,
    patience: 1,
  };
}

let sweptAt = -Infinity;

/** The budget with a name. */
export function findBudget(name: string, now: number): Budget {
  const scope = globalThis as { [registryKey]?: Map<string, Budget> };
  const budgets = (scope[registryKey] ??= new Map());
  let budget = budgets.get(name);
  if (!budget) {
    if (now - sweptAt > sweepEveryMs) dropIdle(budgets, now);
    budget = newBudget();
    budgets.set(name, budget);
  }
  return budget;
}

/** Throws the plan away, because something has changed that it was made on. */
export function clearPlan(budget: Budget): void {
  budget.planNumber += 1;
  budget.plannedProbe = undefined;
  budget.starts.planned.length = budget.batches.planned.length = 0;
  for (const queue of budget.queues) queue.planned = 0;
}

/** The first of `length` things in order from which on something is so. */
export function firstIndex(length: number, isSo: (index: number) => boolean): number {
  // Mostly it is so for none: nobody waits.
  if (length === 0 || !isSo(length - 1)) return length;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Forgets what no decision looks at any more. */
export function forget(budget: Budget, now: number): void {
  const { starts, batches, rejections } = budget;
  const horizon = now - budget.spanMs - budget.lateMs;
  // Once half of the log has left the window: dropping one by one would move the rest each time.
  if (starts.made.length > 0 && starts.made[starts.made.length >> 1]!.at <= horizon) {
    for (const sequence of [starts, batches]) sequence.made = sequence.made.filter(({ at }) => at > horizon);
  }
  if (rejections.length > 0 && rejections[rejections.length >> 1]! <= horizon) {
    budget.rejections = rejections.filter((at) => at > horizon);
  }
}

function dropIdle(budgets: Map<string, Budget>, now: number): void {
  sweptAt = now;
  for (const [name, budget] of budgets) {
    forget(budget, now);
    const { starts, queues, coolDownUntil, learning } = budget;
    const isQuiet = !learning.known || now - learning.quietSince > quietWindows * (learning.spanMs ?? budget.spanMs);
    if (starts.made.length === 0 && queues.length === 0 && coolDownUntil <= now && isQuiet) budgets.delete(name);
  }
}

/** What a budget goes by, without the key; a key function stands for one account, whatever key it gives this time. */
export function budgetName(origin: string, key: string | undefined): string {
  return `${origin} ${key === undefined ? "function" : fingerprint(key)}`;
}

/** 53 bits of a string (cyrb53): enough to tell keys apart, too little to find one in a heap dump or a log. */
function fingerprint(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
