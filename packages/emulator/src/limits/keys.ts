import { type ErrorBody, Refusal } from "../errors.ts";
import { limitOf, type Plan } from "../plans.ts";
import { hash } from "../random.ts";
import { createLimiter, type Limiter, type WindowKind } from "./limiter.ts";

/** An API key of the emulator. `emulator.keys` holds these objects; a change to one counts from the next request on. */
export interface KeyOptions {
  /** The key itself, as clients send it. */
  key: string;
  /** Its rate limit. Default: the plan of `rateLimit`, else unlimited. */
  plan?: Plan;
  /** US dollars left. Falls with the tokens used; at 0 and below, chat answers 402. Default: never runs out. */
  balance?: number;
  /** Answers 401, as a key does that was revoked. */
  revoked?: boolean;
  /** Refuses every request with this status, as an IP whitelist (403) or a spending limit (402) would. */
  refuse?: number | ({ status: number } & Partial<ErrorBody>);
}

/** The rate limit and what a 429 tells. Celuxe documents neither, so each is a switch. */
export interface RateLimitOptions {
  /** The limit of keys without a plan of their own. Default: "unlimited". */
  plan?: Plan;
  /** How the window is counted. Default: "sliding". */
  window?: WindowKind;
  /**
   * What a 429 says about when to come back: `retry-after` in whole seconds (rounded up) or as an HTTP date,
   * `retry-after-ms`, or nothing. Default: "seconds".
   */
  retryAfter?: "seconds" | "date" | "ms" | "none";
  /** Whether refused requests count against the limit too. Default: false. */
  countRejected?: boolean;
  /** Whether answers carry `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests`. Default: false. */
  headers?: boolean;
}

/** The key of an emulator that was given none. */
export const DEFAULT_KEY = "sk-celuxe-emulator";

export interface Keys {
  readonly list: KeyOptions[];
  /** The key that the header names. @throws Refusal 401, or as the key says */
  authenticate(authorization: string | null): KeyOptions;
  planOf(key: KeyOptions): Plan;
  /** Counts a request; the rate-limit headers of its answer. @throws Refusal 429 */
  admit(key: KeyOptions, now: number): Record<string, string>;
}

export function createKeys(list: KeyOptions[], options: RateLimitOptions = {}): Keys {
  const { plan: defaultPlan = "unlimited", window = "sliding", countRejected = false } = options;
  const limiters = new Map<KeyOptions, { plan: Plan; limiter: Limiter | undefined }>();
  const planOf = (key: KeyOptions) => key.plan ?? defaultPlan;

  const limiterOf = (key: KeyOptions): Limiter | undefined => {
    const plan = planOf(key);
    const known = limiters.get(key);
    if (known?.plan === plan) return known.limiter;
    const limit = limitOf(plan);
    const limiter = limit && createLimiter(window, limit, countRejected);
    limiters.set(key, { plan, limiter });
    return limiter;
  };

  return {
    list,
    planOf,
    authenticate(authorization) {
      if (!authorization)
        throw new Refusal(401, { message: "Missing API key: send it as 'Authorization: Bearer <key>'" });
      const secret = bearerToken(authorization);
      const key = list.find((candidate) => candidate.key === secret);
      if (!key) throw new Refusal(401);
      if (key.revoked) throw new Refusal(401, { message: "This API key has been revoked" });
      if (typeof key.refuse === "number") throw new Refusal(key.refuse);
      if (key.refuse) {
        const { status, ...error } = key.refuse;
        throw new Refusal(status, error);
      }
      return key;
    },
    admit(key, now) {
      const limit = limitOf(planOf(key));
      const decision = limiterOf(key)?.take(now);
      if (!limit || !decision) return {};
      const headers: Record<string, string> = {};
      if (options.headers) {
        headers["x-ratelimit-limit-requests"] = String(limit.limit);
        headers["x-ratelimit-remaining-requests"] = String(decision.remaining);
        headers["x-ratelimit-reset-requests"] = duration(decision.resetMs);
      }
      if (decision.accepted) return headers;
      Object.assign(headers, retryAfter(options.retryAfter ?? "seconds", decision.retryAfterMs, now));
      throw new Refusal(
        429,
        { message: `Rate limit exceeded: ${limit.limit} requests per ${duration(limit.windowMs)}` },
        headers,
      );
    },
  };
}

/** What the journal shows of an authorization header: enough to tell keys apart, not the key. */
export function fingerprint(authorization: string): string {
  return `key-${hash(bearerToken(authorization) ?? authorization)
    .toString(16)
    .padStart(8, "0")}`;
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
}

function retryAfter(form: "seconds" | "date" | "ms" | "none", waitMs: number, now: number): Record<string, string> {
  if (form === "none") return {};
  if (form === "ms") return { "retry-after-ms": String(Math.ceil(waitMs)) };
  // Both forms know whole seconds only: rounded up, so that nobody who obeys comes back early.
  if (form === "seconds") return { "retry-after": String(Math.ceil(waitMs / 1000)) };
  return { "retry-after": new Date(Math.ceil((now + waitMs) / 1000) * 1000).toUTCString() };
}

/** As OpenAI writes it: `250ms`, `6s`, `1.5s`, `1m0s`. */
function duration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  return `${minutes > 0 ? `${minutes}m` : ""}${(whole % 60_000) / 1000}s`;
}
