import type { RequestLimit } from "../plans.ts";

/**
 * How the window is counted.
 * - `sliding`: at most `limit` in any stretch of `windowMs`.
 * - `fixed`: at most `limit` in each window; a window begins with the first request after the end of the last one.
 * - `token-bucket`: a bucket of `limit` that fills evenly, `limit` per `windowMs`; at most `limit` + what flowed in.
 */
export type WindowKind = "sliding" | "fixed" | "token-bucket";

/** What the limiter says to one request. */
export interface Decision {
  accepted: boolean;
  /** When refused: milliseconds until a request would be accepted, if none is made before. Else 0. */
  retryAfterMs: number;
  /** Requests that would be accepted right now, after this one. */
  remaining: number;
  /** Milliseconds until the whole limit is free again, if no request is made before. */
  resetMs: number;
}

export interface Limiter {
  /** Decides on a request that arrives at `now` (milliseconds, never going back) and counts it. */
  take(now: number): Decision;
}

/** @param countRejected whether a refused request counts against the limit too. */
export function createLimiter(kind: WindowKind, limit: RequestLimit, countRejected: boolean): Limiter {
  if (kind === "fixed") return fixedWindow(limit);
  return kind === "sliding" ? slidingWindow(limit, countRejected) : tokenBucket(limit, countRejected);
}

function slidingWindow({ limit, windowMs }: RequestLimit, countRejected: boolean): Limiter {
  let counted: number[] = [];
  return {
    take(now) {
      counted = counted.filter((time) => time > now - windowMs);
      const accepted = counted.length < limit;
      if (accepted || countRejected) counted.push(now);
      // The newest `limit` entries alone decide: hammering a closed window must not grow the log.
      if (counted.length > limit) counted = counted.slice(-limit);
      const remaining = limit - counted.length;
      return {
        accepted,
        retryAfterMs: accepted ? 0 : (counted[0] ?? now) + windowMs - now,
        remaining,
        resetMs: (counted.at(-1) ?? now) + windowMs - now,
      };
    },
  };
}

// A refused request never changes when a fixed window ends: counting it or not is the same.
function fixedWindow({ limit, windowMs }: RequestLimit): Limiter {
  let windowEnd = -Infinity;
  let used = 0;
  return {
    take(now) {
      if (now >= windowEnd) {
        windowEnd = now + windowMs;
        used = 0;
      }
      const accepted = used < limit;
      if (accepted) used++;
      const resetMs = windowEnd - now;
      return { accepted, retryAfterMs: accepted ? 0 : resetMs, remaining: limit - used, resetMs };
    },
  };
}

/** Refilling in fractions may end a hair below a whole token. */
const ROUNDING = 1e-9;

function tokenBucket({ limit, windowMs }: RequestLimit, countRejected: boolean): Limiter {
  const perMs = limit / windowMs;
  let tokens = limit;
  let last = -Infinity;
  return {
    take(now) {
      tokens = Math.min(limit, tokens + Math.max(0, now - last) * perMs);
      last = now;
      const accepted = tokens >= 1 - ROUNDING;
      // A counted refusal digs the bucket below empty, but never deeper than one window's refill.
      if (accepted || countRejected) tokens = Math.max(-limit, tokens - 1);
      return {
        accepted,
        retryAfterMs: accepted ? 0 : (1 - tokens) / perMs,
        remaining: Math.max(0, Math.floor(tokens + ROUNDING)),
        resetMs: (limit - tokens) / perMs,
      };
    },
  };
}
