/**
 * Keeps the starts of one API key for several processes, so that together they stay within its limit. All times are
 * milliseconds, by one clock for all. `@celuxe/core/redis` has one on Redis; another takes these three methods.
 */
export interface RateLimitStore {
  /**
   * Reserves the next start of a budget, at most `limit` in any `spanMs`, or looks again at the one with `id`. A wait
   * of 0 means: start now, it is counted. One above `maxWaitMs` means: nothing is reserved. Who waits looks again every
   * few seconds; who has not looked for 30 s is gone, and its place goes to those behind it.
   */
  reserve(request: StartRequest): Promise<{ id: string; waitMs: number }>;
  /** Gives a reservation back. */
  release(budget: string, id: string): Promise<void>;
  /** No start of the budget for so long; those that wait keep their order, and for one `spanMs` they are evenly spaced. */
  coolDown(request: CoolDownRequest): Promise<void>;
}

/** What a process asks a {@link RateLimitStore} for. */
export interface StartRequest {
  /** Tells the API keys apart; holds no key. */
  budget: string;
  /** The reservation to look at again; undefined for a new one. */
  id: string | undefined;
  limit: number;
  spanMs: number;
  maxWaitMs: number;
}

/** What a process tells a {@link RateLimitStore} after a 429. */
export interface CoolDownRequest {
  budget: string;
  milliseconds: number;
  limit: number;
  spanMs: number;
}
