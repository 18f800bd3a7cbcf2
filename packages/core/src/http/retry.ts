// What a failed attempt leads to: pure, so that every rule can be read and tested as a table.

/** How one attempt failed. */
export interface Outcome {
  /** `rate-limit`: a 429 that waiting can cure. `transient`: 408, 5xx, no connection. `key`: a 401. `final`: the rest. */
  kind: "rate-limit" | "transient" | "key" | "final";
  /** What the server asked to wait, or, after a 429, what is left of the key's cool-down. Milliseconds. */
  waitMs?: number | undefined;
}

/** What the call has used up so far. */
export interface RetryState {
  /** Requests made, this one included. */
  attempts: number;
  /** Requests that failed transiently, this one included. */
  transient: number;
  /** Most retries of transient failures. */
  maxRetries: number;
  /** Most requests of the call in all. */
  maxAttempts: number;
  /** What is left of `maxWaitMs`; undefined where 429s are the caller's to handle. */
  waitLeftMs: number | undefined;
  /** Whether a new key can be asked for and has not been. */
  canRenewKey: boolean;
  /** 0–1, from the caller, so that the decision stays pure. */
  random: number;
}

/** `turn`: again as soon as the rate limiter allows. `wait`: again after `delayMs`. `stop`: `final` for everybody above. */
export type Decision = { action: "stop"; final?: true } | { action: "turn" } | { action: "wait"; delayMs: number };

const policy = {
  // A first request and those after cool-downs of 5, 20 and 60 s: together they outlast the documented window.
  maxRateLimitedRequests: 4,
  // First step of the backoff: a restart of a server behind a balancer takes about as long.
  backoffMs: 500,
  // Above this a person has given up; longer waits are the server's to ask for.
  maxBackoffMs: 8_000,
  // Who is asked to come back later than this is better told than kept.
  maxHintMs: 300_000,
};

/** Decides between another attempt and the end of the call. */
export function decide(outcome: Outcome, state: RetryState): Decision {
  const stop: Decision = { action: "stop" };
  if (state.attempts >= state.maxAttempts) return stop;
  switch (outcome.kind) {
    case "rate-limit":
      if (state.waitLeftMs === undefined || state.attempts >= policy.maxRateLimitedRequests) return stop;
      return (outcome.waitMs ?? 0) > state.waitLeftMs ? stop : { action: "turn" };
    case "transient": {
      const hintMs = outcome.waitMs ?? 0;
      const longestMs = Math.min(state.waitLeftMs ?? Infinity, policy.maxHintMs);
      if (hintMs > longestMs) return { action: "stop", final: true };
      if (state.transient > state.maxRetries) return stop;
      // Full jitter: callers that failed together must not come back together. A hint of 0 asks for no wait, not for none.
      const ceiling = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (state.transient - 1));
      const delayMs = Math.max(hintMs, state.random * ceiling);
      return delayMs > longestMs ? stop : { action: "wait", delayMs };
    }
    case "key":
      return state.canRenewKey ? { action: "wait", delayMs: 0 } : stop;
    case "final":
      return stop;
  }
}

/**
 * Milliseconds that the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date
 * (RFC 9110, section 10.2.3). `undefined` where there is none or it makes no sense; a moment that has passed is 0.
 * `now` is the wall clock; a date is measured from the server's own, where the answer has one.
 */
export function parseRetryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const milliseconds = parseNumber(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const value = headers.get("retry-after");
  const seconds = parseNumber(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = parseDate(value);
  return date === undefined ? undefined : Math.max(0, date - (parseDate(headers.get("date")) ?? now));
}

function parseNumber(text: string | null): number | undefined {
  const number = text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

function parseDate(text: string | null): number | undefined {
  // Date.parse takes "-5" and "soon 1" for dates: an HTTP date begins with the name of a day. It is always GMT, also
  // in the one old form that does not say so.
  if (text === null || !/^\s*(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  const date = Date.parse(/gmt\s*$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : date;
}
