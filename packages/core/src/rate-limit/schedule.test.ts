import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClients, isInOrder, mostInWindow, spanMs } from "../../test/limiter.ts";

// The rules of the limiter on a clock that runs as fast as the test likes: thousands of situations that sockets and
// real seconds cannot show. What sockets show stands in rate-limiter.test.ts.

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

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
        // One whose turn it is lets those of the other limit begin first, which takes milliseconds.
        expect(isInOrder(made, 0, 20)).toBe(true);
        expect(isInOrder(made, 1, 20)).toBe(true);
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
          const { take, answer, refuse } = start(0);
          await take();
          if (index === refused) {
            const coolDownMs = refuse(retryAfterMs);
            coolDown = { from: performance.now(), until: performance.now() + coolDownMs };
            await take();
          }
          answer();
        });
        await vi.advanceTimersByTimeAsync(gaps.length * spanMs + 120_000);
        await Promise.all(calls);
        expect(made.filter(({ at }) => at > coolDown.from && at < coolDown.until)).toEqual([]);
        // The refused call goes again before the younger ones that have not started. Once it is accepted there is room
        // for several, which see it at their next look, within a second.
        const after = made.filter(({ at }) => at >= coolDown.until);
        expect(isInOrder(after, 0, 1_000)).toBe(true);
        if (limit !== undefined) expect(mostInWindow(made, 0)).toBeLessThanOrEqual(limit);
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

test("10,000 calls at once, half of them batch calls, are placed in less than a few seconds", async () => {
  const { made, start } = createClients([500, 500], { priorities: ["batch", "interactive"] });
  const began = Date.now();
  for (let call = 0; call < 10_000; call++) void start(call % 2).take();
  await vi.advanceTimersByTimeAsync(0);
  expect(made).toHaveLength(500);
  expect(Date.now() - began).toBeLessThan(20_000);
});
