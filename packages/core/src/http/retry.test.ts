import { describe, expect, test } from "vitest";
import { isTransientStatus } from "../transient-status.ts";
import { decide, type Outcome, parseRetryAfter, type RetryState } from "./retry.ts";

const fresh: RetryState = {
  attempts: 1,
  transient: 1,
  maxRetries: 2,
  maxAttempts: Infinity,
  waitLeftMs: 120_000,
  canRenewKey: false,
  random: 0.5,
};

const rateLimit = (waitMs?: number): Outcome => ({ kind: "rate-limit", waitMs });
const transient = (waitMs?: number): Outcome => ({ kind: "transient", waitMs });
const stop = { action: "stop" };
const stopAll = { action: "stop", final: true };
const day = 86_400_000;
const turn = { action: "turn" };
const wait = (delayMs: number) => ({ action: "wait", delayMs });

describe("a 429 whose wait fits maxWaitMs belongs to core; any other to nobody", () => {
  test.each<[string, Outcome, Partial<RetryState>, object]>([
    ["without a hint", rateLimit(), {}, turn],
    ["the wait fits", rateLimit(119_000), {}, turn],
    ["the wait is exactly what is left", rateLimit(120_000), {}, turn],
    ["the wait does not fit", rateLimit(120_001), {}, stop],
    ["what is left is spent", rateLimit(1), { waitLeftMs: 0 }, stop],
    ["maxWaitMs is Infinity", rateLimit(86_400_000), { waitLeftMs: Infinity }, turn],
    ["after the third request", rateLimit(), { attempts: 3 }, turn],
    ["after the fourth request: at most 4 in all", rateLimit(), { attempts: 4 }, stop],
    ["rateLimit: false leaves it to the framework", rateLimit(), { waitLeftMs: undefined }, stop],
    ["the call allows one request", rateLimit(), { maxAttempts: 1 }, stop],
    ["maxRetries does not count 429s", rateLimit(), { maxRetries: 0 }, turn],
  ])("%s", (_, outcome, state, decision) => {
    expect(decide(outcome, { ...fresh, ...state })).toEqual(decision);
  });
});

describe("408, 5xx and connection failures: full jitter of 0.5 s · 2ⁿ up to 8 s, or Retry-After where that is longer", () => {
  test.each<[string, Outcome, Partial<RetryState>, object]>([
    ["first retry, half of 0.5 s", transient(), {}, wait(250)],
    ["second retry, half of 1 s", transient(), { transient: 2 }, wait(500)],
    ["third retry, half of 2 s", transient(), { transient: 3, maxRetries: 9 }, wait(1000)],
    ["never over 8 s", transient(), { transient: 30, maxRetries: 99, random: 1 }, wait(8000)],
    ["jitter reaches down to 0", transient(), { random: 0 }, wait(0)],
    ["maxRetries are used up", transient(), { transient: 3 }, stop],
    ["maxRetries: 0 leaves it to the framework", transient(), { maxRetries: 0 }, stop],
    ["the server's Retry-After, without jitter", transient(3000), { random: 1 }, wait(3000)],
    ["Retry-After: 0, or a date that has passed, takes no backoff away", transient(0), {}, wait(250)],
    ["a Retry-After shorter than the backoff takes none of it away", transient(100), {}, wait(250)],
    ["a Retry-After above what is left of maxWaitMs ends it for everybody", transient(120_001), {}, stopAll],
    ["also where a framework is to try again", transient(120_001), { maxRetries: 0 }, stopAll],
    ["5 min with maxWaitMs: Infinity", transient(300_000), { waitLeftMs: Infinity }, wait(300_000)],
    ["more than 5 min with maxWaitMs: Infinity", transient(300_001), { waitLeftMs: Infinity }, stopAll],
    ["a day with maxWaitMs: Infinity", transient(day), { waitLeftMs: Infinity }, stopAll],
    ["longer than any timer holds", transient(Number.MAX_VALUE), { waitLeftMs: Infinity }, stopAll],
    ["a backoff above what is left of maxWaitMs", transient(), { waitLeftMs: 100 }, stop],
    ["rateLimit: false has no maxWaitMs: 5 min", transient(300_000), { waitLeftMs: undefined }, wait(300_000)],
    ["rateLimit: false and more than that", transient(300_001), { waitLeftMs: undefined }, stopAll],
    ["the call allows two requests", transient(), { attempts: 2, transient: 2, maxAttempts: 2 }, stop],
  ])("%s", (_, outcome, state, decision) => {
    expect(decide(outcome, { ...fresh, ...state })).toEqual(decision);
  });
});

describe("401 and everything final", () => {
  test.each<[string, Outcome, Partial<RetryState>, object]>([
    ["a key function is asked once more on 401", { kind: "key" }, { canRenewKey: true }, wait(0)],
    ["but not twice, and a plain key not at all", { kind: "key" }, {}, stop],
    ["what is final stays so", { kind: "final" }, { canRenewKey: true, maxRetries: 99 }, stop],
  ])("%s", (_, outcome, state, decision) => {
    expect(decide(outcome, { ...fresh, ...state })).toEqual(decision);
  });
});

test("the statuses that another try can cure are 408, 500, 502–504 and 52x", () => {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index).filter((status) => isTransientStatus(status));
  expect(statuses).toEqual([408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529]);
  expect(isTransientStatus(undefined)).toBe(false);
});

describe("Retry-After in all its forms", () => {
  const now = Date.parse("Sun, 06 Nov 1994 08:49:37 GMT");
  test.each<[string, Record<string, string>, number | undefined]>([
    ["none", {}, undefined],
    ["retry-after-ms", { "retry-after-ms": "250" }, 250],
    ["retry-after-ms with a fraction", { "retry-after-ms": "250.2" }, 251],
    ["retry-after-ms before retry-after", { "retry-after-ms": "250", "retry-after": "9" }, 250],
    ["rubbish in retry-after-ms does not hide retry-after", { "retry-after-ms": "soon", "retry-after": "9" }, 9000],
    ["seconds", { "retry-after": "30" }, 30_000],
    ["seconds with spaces", { "retry-after": " 30 " }, 30_000],
    ["seconds with a fraction", { "retry-after": "1.5" }, 1500],
    ["0", { "retry-after": "0" }, 0],
    ["days, as seconds", { "retry-after": "259200" }, 3 * day],
    ["days, as a date", { "retry-after": "Wed, 09 Nov 1994 08:49:37 GMT" }, 3 * day],
    ["an HTTP date", { "retry-after": "Sun, 06 Nov 1994 08:49:40 GMT" }, 3000],
    ["the obsolete RFC 850 form", { "retry-after": "Sunday, 06-Nov-94 08:49:40 GMT" }, 3000],
    ["the obsolete asctime form, which is GMT as well", { "retry-after": "Sun Nov  6 08:49:40 1994" }, 3000],
    ["a date that has passed", { "retry-after": "Sun, 06 Nov 1994 08:00:00 GMT" }, 0],
    [
      "a date, measured from the server's own clock where that is known",
      { "retry-after": "Sun, 06 Nov 1994 10:00:05 GMT", date: "Sun, 06 Nov 1994 10:00:00 GMT" },
      5000,
    ],
    ["a date beside a rubbish clock", { "retry-after": "Sun, 06 Nov 1994 08:49:40 GMT", date: "yesterday" }, 3000],
    ["rubbish", { "retry-after": "soon" }, undefined],
    ["rubbish that Date.parse would take", { "retry-after": "soon 1" }, undefined],
    ["rubbish that begins like a day", { "retry-after": "sunny" }, undefined],
    ["empty", { "retry-after": "" }, undefined],
    ["negative", { "retry-after": "-5" }, undefined],
    ["negative milliseconds", { "retry-after-ms": "-5" }, undefined],
    ["an exponent", { "retry-after": "1e3" }, undefined],
    ["hexadecimal", { "retry-after": "0x10" }, undefined],
    ["two values joined by a proxy", { "retry-after": "3, 3" }, undefined],
    ["infinitely many digits", { "retry-after": "9".repeat(400) }, undefined],
  ])("%s", (_, headers, milliseconds) => {
    expect(parseRetryAfter(new Headers(headers), now)).toBe(milliseconds);
  });
});
