import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClients, mostInWindow, spanMs } from "../../test/limiter.ts";
import { RateLimitError } from "../errors.ts";

// What a 429 teaches, and for how long.

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

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

test("maxWaitMs counts turn, cool-down and backoff of a call in all", async () => {
  const { start } = createClients([1], 10_000);
  const blocker = start(0);
  await blocker.take();
  const { turn, take } = start(0);
  const first = take();
  await vi.advanceTimersByTimeAsync(spanMs);
  await first;
  expect(turn.waitLeftMs()).toBeCloseTo(10_000 - spanMs, 0);
  turn.spend(1_000);
  expect(turn.waitLeftMs()).toBeCloseTo(9_000 - spanMs, 0);
  turn.rejected({ retryAfterMs: 2_000 });
  // The turn after this start comes a whole window later, which is more than is left.
  const error: unknown = await take().catch((reason: unknown) => reason);
  expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeCloseTo(spanMs, 0);
});
