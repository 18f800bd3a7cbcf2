import { describe, expect, it } from "vitest";
import { createEmulator, type WindowKind } from "../index.ts";
import { limitOf } from "../plans.ts";
import { createRandom } from "../random.ts";
import { createLimiter } from "./limiter.ts";

const KINDS: WindowKind[] = ["sliding", "fixed", "token-bucket"];
const LIMIT = { limit: 10, windowMs: 1000 };

/** The definitions, written down a second time: whether these accepted times are within the limit. */
const withinLimit: Record<WindowKind, (accepted: number[]) => boolean> = {
  // The request `limit` places later is at least a window later.
  sliding: (accepted) =>
    accepted.every((time, index) => (accepted[index + LIMIT.limit] ?? Infinity) - time >= LIMIT.windowMs),
  // Whoever is accepted after a window's end begins the next one.
  fixed: (accepted) => {
    let windowStart = -Infinity;
    let used = 0;
    return accepted.every((time) => {
      if (time >= windowStart + LIMIT.windowMs) [windowStart, used] = [time, 0];
      return ++used <= LIMIT.limit;
    });
  },
  // Between any two accepted requests: no more than the capacity and what flowed in.
  "token-bucket": (accepted) => {
    const rate = LIMIT.limit / LIMIT.windowMs;
    let least = Infinity;
    return accepted.every((time, index) => {
      least = Math.min(least, index - rate * time);
      return index + 1 - rate * time - least <= LIMIT.limit + 1e-6;
    });
  },
};

/** Arrivals in bursts and pauses, 10,000 of them, about twice what the limit allows. */
function* arrivals(): Iterable<number> {
  const random = createRandom(5);
  let time = 0;
  for (let request = 0; request < 10_000; request++) {
    time += random() < 0.7 ? Math.floor(random() * 5) : Math.floor(random() * 300);
    yield time;
  }
}

describe.each(KINDS)("10,000 requests against a %s limit", (window) => {
  it("through the emulator: never one more than allowed, and a good part of what is", async () => {
    const { fetch, apiKey, clock } = createEmulator({ clock: "manual", rateLimit: { plan: LIMIT, window } });
    const start = clock.now();
    const accepted: number[] = [];
    let refused = 0;
    for (const time of arrivals()) {
      const wait = start + time - clock.now();
      if (wait > 0) await clock.advance(wait);
      const response = await fetch("http://x/v1/models", { headers: { authorization: `Bearer ${apiKey}` } });
      await response.text();
      if (response.status === 200) accepted.push(time);
      else refused += Number(response.status === 429);
    }
    expect(accepted.length + refused).toBe(10_000);
    expect(withinLimit[window](accepted)).toBe(true);
    const allowed = ((accepted.at(-1) ?? 0) / LIMIT.windowMs) * LIMIT.limit;
    expect(accepted.length).toBeGreaterThan(allowed * 0.8);
    expect(refused).toBeGreaterThan(1000);
  }, 60_000);

  it.each([false, true])("alone, refused ones counted: %s", (countRejected) => {
    const limiter = createLimiter(window, LIMIT, countRejected);
    const accepted = [...arrivals()].filter((time) => limiter.take(time).accepted);
    expect(withinLimit[window](accepted)).toBe(true);
    expect(accepted.length).toBeGreaterThan(LIMIT.limit);
  });

  it.each([false, true])("whoever waits as told is accepted, counted: %s", (countRejected) => {
    const limiter = createLimiter(window, LIMIT, countRejected);
    let time = 0;
    for (let request = 0; request < 500; request++) {
      const { accepted, retryAfterMs } = limiter.take(time);
      if (accepted) continue;
      time += Math.ceil(retryAfterMs);
      expect(limiter.take(time).accepted).toBe(true);
    }
  });

  it("the whole limit is there at once, after resetMs again, and remaining counts down", () => {
    const limiter = createLimiter(window, LIMIT, false);
    const burst = () => Array.from({ length: 11 }, (_, index) => limiter.take(time + index));
    let time = 0;
    for (let round = 0; round < 3; round++) {
      const decisions = burst();
      expect(decisions.map((decision) => decision.accepted)).toEqual([...Array<boolean>(10).fill(true), false]);
      expect(decisions.map((decision) => decision.remaining)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
      time += 10 + Math.ceil(decisions.at(-1)?.resetMs ?? 0);
    }
  });
});

describe("refused requests that count", () => {
  it("keep a sliding window shut", () => {
    const [counted, uncounted] = [true, false].map((countRejected) => {
      const limiter = createLimiter("sliding", LIMIT, countRejected);
      let accepted = 0;
      for (let time = 0; time < 10_000; time += 10) accepted += Number(limiter.take(time).accepted);
      return accepted;
    });
    expect([counted, uncounted]).toEqual([10, 100]);
  });

  it("keep a token bucket empty", () => {
    const limiter = createLimiter("token-bucket", LIMIT, true);
    let accepted = 0;
    for (let time = 0; time < 10_000; time += 10) accepted += Number(limiter.take(time).accepted);
    expect(accepted).toBeLessThan(15);
  });
});

it("the documented plans: free 10 and pro 500 requests a minute", () => {
  expect(limitOf("free")).toEqual({ limit: 10, windowMs: 60_000 });
  expect(limitOf("pro")).toEqual({ limit: 500, windowMs: 60_000 });
  expect(limitOf("unlimited")).toBeUndefined();
});
