/** What is known of one key's rate limit. Plain data, shared by every copy of this module in the process. */
export interface Budget {
  /** In the order of time: first those that were made, the log of the sliding window; then those that wait. */
  starts: Start[];
  /** Somebody who waited has left, and those behind have not moved up yet. */
  hasGaps: boolean;
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
  learned: RateLimitRule | undefined;
  /** Since when what was learned has not been confirmed by another 429. */
  quietSince: number;
  /** When the first answer came; the requests made until then had to wait for connections. */
  warmAt: number | undefined;
  /** When it was last looked whether those that wait are still there. */
  checkedAt: number;
  /** The longest window, margin included, of the clients that use this budget: how long the log reaches back. */
  spanMs: number;
}

/** At most `limit` starts in any `spanMs`. */
export interface RateLimitRule {
  limit: number;
  spanMs: number;
}

/** A request that was or will be made. */
export interface Start {
  /** Monotonic milliseconds; may still move while it lies ahead. */
  at: number;
  /** The call's number; the lower goes first. A call keeps it over its attempts. */
  readonly ticket: number;
  /** Declared by its client; undefined where it goes by what the budget has learned. */
  readonly rule: RateLimitRule | undefined;
  /** When its caller last looked. */
  seenAt: number;
}

// Two bundles, or the ESM and the CommonJS copy, each have a module of their own but one global object. The version is
// part of the name, so that a later release with another shape does not meet this one's data.
const registryKey = Symbol.for("celuxe.rate-limits.v1");

const policy = {
  // After so many windows without a 429, what was learned may be outdated.
  quietWindows: 5,
  // A process that serves thousands of keys must not look through all of them at every new one.
  sweepEveryMs: 1_000,
};

export function newBudget(): Budget {
  return {
    starts: [],
    hasGaps: false,
    lastTicket: 0,
    rejections: [],
    coolDownUntil: -Infinity,
    coolDownSetAt: -Infinity,
    unhinted: 0,
    learned: undefined,
    quietSince: -Infinity,
    warmAt: undefined,
    checkedAt: -Infinity,
    spanMs: 0,
  };
}

let sweptAt = -Infinity;

/** The budget with a name. */
export function findBudget(name: string, now: number): Budget {
  const scope = globalThis as { [registryKey]?: Map<string, Budget> };
  const budgets = (scope[registryKey] ??= new Map());
  let budget = budgets.get(name);
  if (!budget) {
    if (now - sweptAt > policy.sweepEveryMs) dropIdle(budgets, now);
    budget = newBudget();
    budgets.set(name, budget);
  }
  return budget;
}

/** Forgets what no decision looks at any more. Returns whether a time that waiting calls were given may have changed. */
export function forget(budget: Budget, now: number): boolean {
  const horizon = now - budget.spanMs;
  const { starts, rejections, learned } = budget;
  // Once half of the log has left the window: dropping one by one would move the rest each time.
  if (starts.length > 0 && starts[starts.length >> 1]!.at <= horizon) {
    budget.starts = starts.filter(({ at }) => at > horizon);
  }
  if (rejections.length > 0 && rejections[rejections.length >> 1]! <= horizon) {
    budget.rejections = rejections.filter((at) => at > horizon);
  }
  if (!learned || now - budget.quietSince <= policy.quietWindows * learned.spanMs) return false;
  // A queue that were let loose at once would run into the limit as one. Twice as much finds out more gently.
  const waiting = budget.starts.length > 0 && budget.starts.at(-1)!.at > now;
  budget.learned = waiting ? { ...learned, limit: 2 * learned.limit } : undefined;
  budget.quietSince = now;
  return waiting;
}

function dropIdle(budgets: Map<string, Budget>, now: number): void {
  sweptAt = now;
  for (const [name, budget] of budgets) {
    forget(budget, now);
    if (budget.starts.length === 0 && budget.coolDownUntil <= now && !budget.learned) budgets.delete(name);
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
