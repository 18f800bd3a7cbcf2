/** What the headers of an answer say of the rate limit on requests. */
export interface ToldLimit {
  limit?: number | undefined;
  /** Requests that are left. */
  remaining?: number | undefined;
  /** Milliseconds until nothing is spent. */
  resetMs?: number | undefined;
  windowMs?: number | undefined;
}

interface HeaderSource {
  get(name: string): string | null;
}

/**
 * Reads OpenAI's form, the common one, and the drafts of the IETF, old (`ratelimit-limit: 10, 10;w=60`) and new
 * (`ratelimit: "default";r=5;t=30` with `ratelimit-policy: "default";q=10;w=60`). What speaks of more than `longestMs`
 * is another limit, by the day or the month. `now` is the wall clock: some name a moment and not a time.
 */
export function readRateLimit(headers: HeaderSource, longestMs: number, now: number): ToldLimit | undefined {
  const read = (prefix: string, suffix = "") => {
    const get = (name: string) => headers.get(`${prefix}${name}${suffix}`);
    const limit = get("limit");
    return limit === null && get("remaining") === null
      ? undefined
      : toldBy(limit, get("remaining"), get("reset"), limit, longestMs, now);
  };
  return (
    read("x-ratelimit-", "-requests") ??
    read("x-ratelimit-") ??
    read("ratelimit-") ??
    readStructured(headers.get("ratelimit"), headers.get("ratelimit-policy"), longestMs, now)
  );
}

function readStructured(text: string | null, policies: string | null, longestMs: number, now: number) {
  if (text === null && policies === null) return undefined;
  // A draft in between had `limit=10, remaining=5, reset=30`.
  const named = (name: string) => new RegExp(`\\b${name}\\s*=\\s*(\\d+)`).exec(text ?? "")?.[1] ?? null;
  const reset = named("t") ?? named("reset");
  return toldBy(named("limit"), named("r") ?? named("remaining"), reset, policies, longestMs, now);
}

function toldBy(
  limitText: string | null,
  remainingText: string | null,
  resetText: string | null,
  policyText: string | null,
  longestMs: number,
  now: number,
): ToldLimit | undefined {
  const resetMs = parseReset(resetText, now);
  const isOurs = resetMs === undefined || resetMs <= longestMs;
  const policies = parsePolicies(policyText ?? "");
  // Of several windows the one with the fewest requests is the one to run into.
  const [policy] = policies.filter(({ windowMs }) => windowMs <= longestMs).toSorted((a, b) => a.limit - b.limit);
  const limit = policies.length > 0 ? policy?.limit : isOurs ? parseCount(limitText) : undefined;
  const remaining = isOurs ? parseCount(remainingText) : undefined;
  if (!limit && remaining === undefined) return undefined;
  return { limit: limit || undefined, remaining, resetMs: isOurs ? resetMs : undefined, windowMs: policy?.windowMs };
}

/** `10;w=60`, or `"default";q=10;w=60`. */
function parsePolicies(text: string): { limit: number; windowMs: number }[] {
  return text.split(",").flatMap((item) => {
    const windowS = /;\s*w\s*=\s*(\d+)/.exec(item)?.[1];
    const limit = /;\s*q\s*=\s*(\d+)/.exec(item)?.[1] ?? /^\s*(\d+)/.exec(item)?.[1];
    return windowS && Number(limit) > 0 ? [{ limit: Number(limit), windowMs: Number(windowS) * 1000 }] : [];
  });
}

function parseCount(text: string | null): number | undefined {
  const digits = /^\s*(\d{1,15})\b/.exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const unitsMs: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** `1m0s`, `6ms`; seconds; a moment in seconds or milliseconds since 1970, or as a date. */
function parseReset(text: string | null, now: number): number | undefined {
  const value = text?.trim() ?? "";
  if (/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(value)) {
    let sum = 0;
    for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|[dhms])/g)) sum += Number(amount) * unitsMs[unit!]!;
    return Math.ceil(sum);
  }
  if (/^\d+(\.\d+)?\b/.test(value) && !/^\d+-/.test(value)) {
    const number = Number.parseFloat(value);
    // Nobody waits 30 years: a number that large is a moment.
    if (number < 1e9) return Math.ceil(number * 1000);
    return Math.max(0, Math.ceil(number < 1e12 ? number * 1000 - now : number - now));
  }
  const date = /^(\d{4}-|[a-z]{3})/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
