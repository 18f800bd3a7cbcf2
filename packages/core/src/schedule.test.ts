import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RateLimitError } from "./errors.ts";
import { createRateLimiter, type Turn } from "./rate-limiter.ts";

// The rules of the limiter on a clock that runs as fast as the test likes: thousands of situations that sockets and
// real seconds cannot show. What sockets show stands in rate-limiter.test.ts.

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const windowMs = 6_000;
const spanMs = windowMs + 250;

interface Made {
  call: number;
  client: number;
  at: number;
  limit: number | undefined;
}

let key = 0;

/** Clients of one new key, with a limit each, and the starts that they have made. */
function createClients(limits: (number | undefined)[], maxWaitMs = Infinity) {
  key += 1;
  const made: Made[] = [];
  const limiters = limits.map((limit) =>
    createRateLimiter({ limit, windowMs, maxWaitMs, store: undefined }, "https://schedule.test", true),
  );
  let calls = 0;
  function start(client: number, signal: AbortSignal = new AbortController().signal) {
    const call = (calls += 1);
    const turn: Turn = limiters[client]!.turn(`key ${key}`, () => {});
    const take = () =>
      turn.wait(signal).then(() => void made.push({ call, client, at: performance.now(), limit: limits[client] }));
    return { call, turn, take };
  }
  return { made, start, state: () => limiters[0]!.state(`key ${key}`) };
}

/** The most starts of anybody in a window that ends with a start of one client. */
function mostInWindow(made: Made[], client: number): number {
  const counts = made.map(({ client: by, at }, index) =>
    by === client ? made.slice(0, index + 1).filter((other) => other.at > at - spanMs).length : 0,
  );
  return Math.max(...counts);
}

/** Whether no call of a client started before an older one; in the same millisecond the order is nobody's loss. */
function isInOrder(made: Made[], client: number): boolean {
  const last = new Map(made.filter((start) => start.client === client).map(({ call, at }) => [call, at]));
  const times = [...last].toSorted(([a], [b]) => a - b).map(([, at]) => at);
  return times.every((at, index) => index === 0 || at >= times[index - 1]! - 1);
}

test("at most `limit` starts lie in any window, also where calls are aborted and clients of other limits share the key", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          afterMs: fc.nat(2_000),
          client: fc.nat(1),
          abortAfterMs: fc.option(fc.nat(20_000), { nil: undefined, freq: 2 }),
        }),
        { minLength: 1, maxLength: 50 },
      ),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      async (arrivals, lower, higher) => {
        const { made, start } = createClients([lower, higher]);
        let aborted = 0;
        const calls: Promise<unknown>[] = [];
        for (const { afterMs, client, abortAfterMs } of arrivals) {
          await vi.advanceTimersByTimeAsync(afterMs);
          const controller = new AbortController();
          calls.push(
            start(client, controller.signal)
              .take()
              .catch((reason: unknown) => {
                expect(reason).toBe("enough");
                aborted += 1;
              }),
          );
          if (abortAfterMs !== undefined) setTimeout(() => controller.abort("enough"), abortAfterMs);
        }
        await vi.advanceTimersByTimeAsync(arrivals.length * spanMs + 20_000);
        await Promise.all(calls);
        expect(made.length + aborted).toBe(arrivals.length);
        expect(mostInWindow(made, 0)).toBeLessThanOrEqual(lower);
        expect(mostInWindow(made, 1)).toBeLessThanOrEqual(higher);
        expect(isInOrder(made, 0)).toBe(true);
        expect(isInOrder(made, 1)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test("no start is made in a cool-down, and after it the calls go on in the order in which they came", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3_000), { minLength: 2, maxLength: 30 }),
      fc.nat(29),
      fc.integer({ min: 1, max: 15_000 }),
      fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      async (gaps, refused, retryAfterMs, limit) => {
        const { made, start } = createClients([limit]);
        let coolDown = { from: Infinity, until: Infinity };
        const calls = gaps.map(async (_, index) => {
          await new Promise((resolve) =>
            setTimeout(
              resolve,
              gaps.slice(0, index + 1).reduce((a, b) => a + b, 0),
            ),
          );
          const { turn, take } = start(0);
          await take();
          if (index === refused) {
            const coolDownMs = turn.rejected({ retryAfterMs });
            coolDown = { from: performance.now(), until: performance.now() + coolDownMs };
            await take();
          }
          turn.accepted();
        });
        await vi.advanceTimersByTimeAsync(gaps.length * spanMs + 120_000);
        await Promise.all(calls);
        expect(made.filter(({ at }) => at > coolDown.from && at < coolDown.until)).toEqual([]);
        // The refused call goes again before the younger ones that have not started.
        if (
          !isInOrder(
            made.filter(({ at }) => at >= coolDown.until),
            0,
          )
        )
          console.log(JSON.stringify(made), coolDown);
        expect(
          isInOrder(
            made.filter(({ at }) => at >= coolDown.until),
            0,
          ),
        ).toBe(true);
        if (limit !== undefined) expect(mostInWindow(made, 0)).toBeLessThanOrEqual(limit);
        // For a window after the cool-down the starts are spaced: nobody knows how much room there is.
        const spacing = spanMs / (limit ?? 10);
        const after = made.filter(({ at }) => at >= coolDown.until && at < coolDown.until + spanMs);
        for (const [index, { at }] of after.entries()) {
          if (index > 0) expect(at - after[index - 1]!.at).toBeGreaterThanOrEqual(spacing - 0.001);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("when waiting calls are aborted, those behind them move up within a second", async () => {
  const { made, start } = createClients([2]);
  const controller = new AbortController();
  const first = Array.from({ length: 2 }, () => start(0).take());
  const given = Array.from({ length: 40 }, () => start(0, controller.signal).take());
  const last = start(0).take();
  await vi.advanceTimersByTimeAsync(1);
  controller.abort("enough");
  await Promise.allSettled([...first, ...given]);
  await vi.advanceTimersByTimeAsync(spanMs + 1_000);
  await last;
  expect(made).toHaveLength(3);
  expect(made[2]!.at - made[0]!.at).toBeLessThanOrEqual(spanMs + 1_000);
});

test("a client of a higher limit does not wait behind the calls of one that declares a lower one", async () => {
  const { made, start } = createClients([2, 5]);
  const low = Array.from({ length: 10 }, () => start(0).take());
  const high = Array.from({ length: 3 }, () => start(1).take());
  await vi.advanceTimersByTimeAsync(0);
  expect(made.map(({ client }) => client)).toEqual([0, 0, 1, 1, 1]);
  await vi.advanceTimersByTimeAsync(20 * spanMs);
  await Promise.all([...low, ...high]);
  expect(mostInWindow(made, 0)).toBeLessThanOrEqual(2);
});

test("reservations of callers that were ended without a word (workerd) are forgotten after ten seconds", async () => {
  const { made, start, state } = createClients([2]);
  await Promise.all([start(0).take(), start(0).take()]);
  const setTimeoutOfTheLiving = globalThis.setTimeout;
  // What workerd does to a request whose client has gone: its timers never fire and nothing of it runs any more.
  globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
  for (let dead = 0; dead < 100; dead++) void start(0).take();
  await vi.advanceTimersByTimeAsync(0);
  globalThis.setTimeout = setTimeoutOfTheLiving;
  expect(state().waiting).toBe(100);
  await vi.advanceTimersByTimeAsync(10_000);
  const living = start(0).take();
  await vi.advanceTimersByTimeAsync(2 * spanMs);
  await living;
  expect(made).toHaveLength(3);
});

test("one that was only slow to look finds its place again", async () => {
  const { made, start, state } = createClients([1]);
  await start(0).take();
  const setTimeoutOfTheAwake = globalThis.setTimeout;
  // A browser tab in the background: timers fire once a minute.
  globalThis.setTimeout = ((callback: () => void, ms: number) =>
    setTimeoutOfTheAwake(callback, Math.max(ms, 60_000))) as unknown as typeof setTimeout;
  const slow = start(0).take();
  await vi.advanceTimersByTimeAsync(0);
  globalThis.setTimeout = setTimeoutOfTheAwake;
  await vi.advanceTimersByTimeAsync(11_000);
  const later = start(0).take();
  await vi.advanceTimersByTimeAsync(70_000);
  await Promise.all([slow, later]);
  expect(state().waiting).toBe(0);
  expect(mostInWindow(made, 0)).toBe(1);
});

test("a limit that was learned is forgotten after 5 quiet windows", async () => {
  const { start, state } = createClients([undefined]);
  const turns = Array.from({ length: 30 }, () => start(0));
  await Promise.all(turns.map(({ take }) => take()));
  for (const { turn } of turns.slice(20)) turn.rejected({ retryAfterMs: 1 });
  expect(state()).toMatchObject({ limit: 20, learned: true });
  await vi.advanceTimersByTimeAsync(5 * spanMs);
  expect(state()).toMatchObject({ limit: 20, learned: true });
  await vi.advanceTimersByTimeAsync(10);
  expect(state()).toMatchObject({ limit: undefined, learned: false });
});

test("while calls wait for a learned limit, 5 quiet windows double it: a queue let loose would run into the real one", async () => {
  const { made, start, state } = createClients([undefined]);
  const refused = start(0);
  await refused.take();
  refused.turn.rejected({ retryAfterMs: 1, limit: 10 });
  const calls = Array.from({ length: 150 }, () => start(0).take());
  await vi.advanceTimersByTimeAsync(5.5 * spanMs);
  expect(state()).toMatchObject({ limit: 20, learned: true });
  await vi.advanceTimersByTimeAsync(20 * spanMs);
  await Promise.all(calls);
  expect(mostInWindow(made, 0)).toBeLessThanOrEqual(20);
});

test("rate-limit headers say the limit; without them it is what the server let through, never below 10", async () => {
  const { start, state } = createClients([undefined]);
  const turns = Array.from({ length: 60 }, () => start(0));
  await Promise.all(turns.map(({ take }) => take()));
  const learned = turns.slice(10).map(({ turn }) => {
    turn.rejected({});
    return state().limit;
  });
  expect(learned[0]).toBe(59);
  expect(learned.at(-1)).toBe(10);
  turns[0]!.turn.rejected({});
  expect(state().limit).toBe(10);
  turns[0]!.turn.rejected({ limit: 500 });
  expect(state().limit).toBe(500);
});

test("cool-downs without a hint are 5, 20 and 60 s, counted per cool-down and not per 429, until one is accepted", async () => {
  const { start, state } = createClients([undefined]);
  const seconds: number[] = [];
  async function burst() {
    const turns = Array.from({ length: 3 }, () => start(0));
    const taken = turns.map(({ take }) => take());
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(taken);
    for (const { turn } of turns) turn.rejected({});
    seconds.push(state().coolingDownMs / 1000);
    await vi.advanceTimersByTimeAsync(state().coolingDownMs + 1);
    return turns[2]!.turn;
  }
  await burst();
  await burst();
  await burst();
  const turn = await burst();
  turn.accepted();
  await burst();
  const between = [
    [5, 5.5],
    [20, 22],
    [60, 66],
    [60, 66],
  ] as const;
  for (const [index, [least, most]] of between.entries()) {
    expect(seconds[index]).toBeGreaterThanOrEqual(least);
    expect(seconds[index]).toBeLessThanOrEqual(most);
  }
  // That turn started before the last cool-down, so its being accepted says nothing about the time after it.
  expect(seconds[4]).toBeGreaterThanOrEqual(60);
  const proof = start(0);
  const taken = proof.take();
  await vi.advanceTimersByTimeAsync(30_000);
  await taken;
  proof.turn.accepted();
  proof.turn.rejected({});
  expect(state().coolingDownMs).toBeLessThanOrEqual(5_500);
});

test("a cool-down is the hint and up to 10 % more, never over 5 min, and a hint of 0 is none", async () => {
  const coolDown = (retryAfterMs: number) => {
    const { turn } = createClients([undefined]).start(0);
    return turn.rejected({ retryAfterMs });
  };
  for (let round = 0; round < 50; round++) {
    expect(coolDown(10_000)).toBeGreaterThanOrEqual(10_000);
    expect(coolDown(10_000)).toBeLessThanOrEqual(11_000);
  }
  expect(coolDown(3 * 86_400_000)).toBe(300_000);
  expect(coolDown(0)).toBeGreaterThanOrEqual(5_000);
});

test("a clock that is set while calls wait changes nothing", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const { made, start } = createClients([1]);
  await start(0).take();
  const next = start(0).take();
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(spanMs - 1);
  expect(made).toHaveLength(1);
  vi.setSystemTime(Date.now() + 7_200_000);
  await vi.advanceTimersByTimeAsync(1);
  await next;
  expect(made[1]!.at - made[0]!.at).toBeCloseTo(spanMs, 0);
});

test("maxWaitMs counts turn, cool-down and backoff of a call in all", async () => {
  const { start } = createClients([1], 10_000);
  const blocker = start(0);
  await blocker.take();
  const { turn, take } = start(0);
  const first = take();
  await vi.advanceTimersByTimeAsync(spanMs);
  await first;
  expect(turn.waitLeftMs).toBeCloseTo(10_000 - spanMs, 0);
  turn.spend(1_000);
  expect(turn.waitLeftMs).toBeCloseTo(9_000 - spanMs, 0);
  turn.rejected({ retryAfterMs: 2_000 });
  // The turn after this start comes a whole window later, which is more than is left.
  const error: unknown = await take().catch((reason: unknown) => reason);
  expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeCloseTo(spanMs, 0);
});

test("10,000 calls at once are placed in less than a few seconds", async () => {
  const { made, start } = createClients([undefined]);
  const began = Date.now();
  const turns = Array.from({ length: 10_000 }, () => start(0));
  await Promise.all(turns.map(({ take }) => take()));
  expect(made).toHaveLength(10_000);
  const waiting = turns.slice(500).map(({ turn, take }) => {
    turn.rejected({ retryAfterMs: 1_000 });
    return take();
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(Date.now() - began).toBeLessThan(20_000);
  void waiting;
});
