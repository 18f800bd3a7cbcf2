/** A request that was or will be made; `at` may still move later while it lies in the future. */
export interface Start {
  at: number;
}

/** What is known of one key's rate limit. Plain data, shared by every copy of this module in the process. */
export interface Budget {
  /** In the order of turns; what lies in the past is the log of the sliding window. Monotonic milliseconds. */
  starts: Start[];
  /** Times of the 429s within the window. */
  rejections: number[];
  rejectedAt: number;
  coolDownUntil: number;
  /** When the present unhinted cool-down was set. */
  coolDownSetAt: number;
  /** Cool-downs in a row that the server gave no time for. */
  unhinted: number;
  /** Nothing has been accepted since the last cool-down. */
  unproven: boolean;
  learned: number | undefined;
  /** The longest window, margin included, of the clients that use this budget: how long the log reaches back. */
  spanMs: number;
}

// Two bundles, or the ESM and the CommonJS copy, each have a module of their own but one global object. The version is
// part of the name, so that a later release with another shape does not meet this one's data.
const registryKey = Symbol.for("celuxe.rate-limits.v1");

export function newBudget(): Budget {
  return {
    starts: [],
    rejections: [],
    rejectedAt: -Infinity,
    coolDownUntil: -Infinity,
    coolDownSetAt: -Infinity,
    unhinted: 0,
    unproven: false,
    learned: undefined,
    spanMs: 0,
  };
}

/** The budget of a key at an origin. */
export function findBudget(origin: string, key: string, now: number): Budget {
  const scope = globalThis as { [registryKey]?: Map<string, Budget> };
  const budgets = (scope[registryKey] ??= new Map());
  const name = `${origin} ${fingerprint(key)}`;
  let budget = budgets.get(name);
  if (!budget) {
    dropIdle(budgets, now);
    budget = newBudget();
    budgets.set(name, budget);
  }
  return budget;
}

/** Forgets what has left the window, once that is half of the log: dropping one by one would move the rest each time. */
export function prune(budget: Budget, now: number): void {
  const horizon = now - budget.spanMs;
  const { starts, rejections } = budget;
  if (starts.length > 0 && starts[starts.length >> 1]!.at <= horizon) {
    budget.starts = starts.filter(({ at }) => at > horizon);
  }
  if (rejections.length > 0 && rejections[rejections.length >> 1]! <= horizon) {
    budget.rejections = rejections.filter((at) => at > horizon);
  }
}

function dropIdle(budgets: Map<string, Budget>, now: number): void {
  for (const [name, budget] of budgets) {
    prune(budget, now);
    if (budget.starts.length === 0 && budget.coolDownUntil <= now && budget.learned === undefined) budgets.delete(name);
  }
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
