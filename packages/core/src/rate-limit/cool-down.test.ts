import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClients, spanMs } from "../../test/limiter.ts";
import { RateLimitError } from "../errors.ts";

// How long a 429 keeps a key from starting, and what comes after it.

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("cool-downs without a hint are 5, 20 and 60 s, counted per cool-down and not per 429, until one is accepted", async () => {
  const { start, state } = createClients([undefined]);
  const seconds: number[] = [];
  async function burst() {
    const turns = Array.from({ length: 3 }, () => start(0));
    const taken = turns.map(({ take }) => take());
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(taken);
    for (const { refuse } of turns) refuse();
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
  proof.refuse();
  expect(state().coolingDownMs).toBeLessThanOrEqual(5_500);
});

test("a cool-down is the hint and up to 10 % more, never over 5 min, and a hint of 0 is none", async () => {
  const coolDown = (retryAfterMs: number) => {
    return createClients([undefined]).start(0).refuse(retryAfterMs);
  };
  for (let round = 0; round < 50; round++) {
    expect(coolDown(10_000)).toBeGreaterThanOrEqual(10_000);
    expect(coolDown(10_000)).toBeLessThanOrEqual(11_000);
  }
  expect(coolDown(3 * 86_400_000)).toBe(300_000);
  expect(coolDown(0)).toBeGreaterThanOrEqual(5_000);
});

test("maxWaitMs counts turn, cool-down and backoff of a call in all", async () => {
  const { start } = createClients([1], { maxWaitMs: 10_000 });
  const blocker = start(0);
  await blocker.take();
  const { turn, take, refuse } = start(0);
  const first = take();
  await vi.advanceTimersByTimeAsync(spanMs);
  await first;
  expect(turn.waitLeftMs()).toBeCloseTo(10_000 - spanMs, 0);
  turn.spend(1_000);
  expect(turn.waitLeftMs()).toBeCloseTo(9_000 - spanMs, 0);
  refuse(2_000);
  // The turn after this start comes a whole window later, which is more than is left.
  const error: unknown = await take().catch((reason: unknown) => reason);
  expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeCloseTo(spanMs, 0);
});

test("after a cool-down the starts are spaced until one is accepted; then the window alone decides", async () => {
  const { made, start, state } = createClients([6]);
  const refused = start(0);
  await refused.take();
  refused.refuse(1_000);
  const calls = Array.from({ length: 4 }, () => start(0));
  const taken = calls.map(({ take }) => take());
  await vi.advanceTimersByTimeAsync(state().coolingDownMs + 1_300);
  // The first went, the second comes a sixth of the window later.
  expect(made).toHaveLength(3);
  expect(made[2]!.at - made[1]!.at).toBeGreaterThanOrEqual(spanMs / 6 - 1);
  calls[0]!.answer();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(made).toHaveLength(5);
  await Promise.all(taken);
});

test("a start that has gone for a second and a half without a 429 is as good as accepted", async () => {
  const { made, start, state } = createClients([undefined]);
  const refused = start(0);
  await refused.take();
  refused.refuse(1_000);
  const calls = Array.from({ length: 4 }, () => start(0).take());
  // No limit is known: one tries alone.
  await vi.advanceTimersByTimeAsync(state().coolingDownMs + 1_300);
  expect(made).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(200);
  expect(made).toHaveLength(5);
  await Promise.all(calls);
});
