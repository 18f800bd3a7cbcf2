import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClients, spanMs, windowMs } from "../../test/limiter.ts";

// What answers teach about a limit that nobody has declared, on a clock that runs as fast as the test likes.

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

type Clients = ReturnType<typeof createClients>;

/** Calls at once, of which `started` go. */
async function startMany({ start, made }: Clients, calls: number, started: number) {
  const before = made.length;
  const turns = Array.from({ length: calls }, () => start(0));
  const taken = turns.map(({ take }) => take());
  await vi.advanceTimersByTimeAsync(0);
  expect(made.length - before).toBe(started);
  return { turns, taken };
}

test("a burst sends one request more than the free plan allows, and goes on when all that were sent have their heads", async () => {
  const clients = createClients([undefined]);
  const { turns, taken } = await startMany(clients, 600, 11);
  expect(clients.state()).toMatchObject({ limit: undefined, waiting: 589 });
  // Requests overtake each other: the last one's head alone says nothing of the others.
  turns[10]!.answer();
  await vi.advanceTimersByTimeAsync(200);
  expect(clients.made).toHaveLength(11);
  for (const { answer } of turns.slice(0, 10)) answer();
  await vi.advanceTimersByTimeAsync(200);
  // The next step is the pro plan.
  expect(clients.made).toHaveLength(501);
  await vi.advanceTimersByTimeAsync(1_600);
  expect(clients.made).toHaveLength(600);
  await Promise.all(taken);
});

test("a second and a half without a 429 passes the step too: answers may take their time", async () => {
  const clients = createClients([undefined]);
  await startMany(clients, 60, 11);
  await vi.advanceTimersByTimeAsync(1_300);
  expect(clients.made).toHaveLength(11);
  await vi.advanceTimersByTimeAsync(200);
  expect(clients.made).toHaveLength(60);
});

test("a probe that is lost with its connection has another take its place", async () => {
  const clients = createClients([undefined]);
  const { turns } = await startMany(clients, 14, 11);
  turns[10]!.turn.ended();
  await vi.advanceTimersByTimeAsync(100);
  expect(clients.made).toHaveLength(12);
});

test("a 429 teaches what was accepted in the window, and nothing where fewer than 10 were started", async () => {
  const many = createClients([undefined]);
  const { turns } = await startMany(many, 11, 11);
  turns[3]!.refuse(1_000);
  expect(many.state()).toMatchObject({ limit: 10, learned: true });
  for (const { refuse } of turns.slice(4, 9)) refuse(1_000);
  expect(many.state().limit).toBe(5);

  const few = createClients([undefined]);
  const { turns: nine } = await startMany(few, 9, 9);
  nine[8]!.refuse(1_000);
  expect(few.state()).toMatchObject({ limit: undefined, learned: false });
});

test("where nothing at all was accepted, somebody else has spent the window: no limit is learned from it", async () => {
  const clients = createClients([undefined]);
  const { turns } = await startMany(clients, 11, 11);
  for (const { refuse } of turns) refuse(1_000);
  expect(clients.state()).toMatchObject({ limit: undefined, learned: false });
});

test("a limit that was learned is forgotten after 5 quiet windows in which nobody waited", async () => {
  const clients = createClients([undefined]);
  const { turns } = await startMany(clients, 11, 11);
  turns[10]!.refuse(1);
  await vi.advanceTimersByTimeAsync(5 * spanMs);
  expect(clients.state()).toMatchObject({ limit: 10, learned: true });
  await vi.advanceTimersByTimeAsync(10);
  expect(clients.state()).toMatchObject({ limit: undefined, learned: false });
});

test("while calls wait, a quiet window has one request more tried: accepted, it doubles the limit", async () => {
  const clients = createClients([undefined]);
  const { turns } = await startMany(clients, 120, 11);
  turns[10]!.refuse(1);
  for (const { answer } of turns.slice(0, 10)) answer();
  await vi.advanceTimersByTimeAsync(spanMs - 100);
  expect(clients.made).toHaveLength(11);
  await vi.advanceTimersByTimeAsync(1_000);
  // The window of the burst is over; what nobody refuses within 1.5 s is accepted.
  expect(clients.made).toHaveLength(22);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(clients.state().limit).toBe(20);
});

test("a probe that fails leaves the limit, and the next comes after twice as many windows", async () => {
  const clients = createClients([undefined]);
  const turns = Array.from({ length: 300 }, () => clients.start(0));
  let refused = 0;
  const log: number[] = [];
  // A server with a limit of 10, which takes no time.
  for (const turn of turns) {
    void (async () => {
      for (;;) {
        await turn.take();
        const now = performance.now();
        if (log.filter((at) => at > now - windowMs).length < 10) {
          log.push(now);
          return turn.answer();
        }
        refused += 1;
        turn.refuse(1_000);
      }
    })();
  }
  await vi.advanceTimersByTimeAsync(40 * spanMs);
  expect(log).toHaveLength(300);
  // At the start, and after 1, 2, 4, 8 quiet windows.
  expect(refused).toBeLessThanOrEqual(6);
});

test("headers of any answer say the limit, and none left is a wait until the reset", async () => {
  const clients = createClients([undefined]);
  const first = clients.start(0);
  await first.take();
  first.answer({ "x-ratelimit-limit": "40", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "5" });
  expect(clients.state()).toMatchObject({ limit: 40, learned: true, remaining: 0, windowMs });
  const next = clients.start(0).take();
  await vi.advanceTimersByTimeAsync(4_900);
  expect(clients.made).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  await next;
  expect(clients.state().remaining).toBeUndefined();
});

test("where all that was counted are our own starts, the log knows when the next may go", async () => {
  const clients = createClients([undefined]);
  const first = clients.start(0);
  await first.take();
  await vi.advanceTimersByTimeAsync(spanMs - 1_000);
  const second = clients.start(0);
  await second.take();
  // By the log the first one's place is free in a second; the reset speaks of the whole limit.
  second.answer({ "ratelimit-limit": "2", "ratelimit-remaining": "0", "ratelimit-reset": "6" });
  const third = clients.start(0).take();
  await vi.advanceTimersByTimeAsync(1_100);
  await third;
  expect(clients.made).toHaveLength(3);
});

test("a window that headers name is the limit's", async () => {
  const clients = createClients([undefined]);
  const first = clients.start(0);
  await first.take();
  first.answer({ "ratelimit-limit": "10, 10;w=1" });
  expect(clients.state()).toMatchObject({ limit: 10, windowMs: 1_000 });
  const calls = Array.from({ length: 39 }, () => clients.start(0).take());
  await vi.advanceTimersByTimeAsync(3 * 1_300);
  await Promise.all(calls);
  expect(clients.made).toHaveLength(40);
});

test("a declared limit stays as it is, whatever answers say", async () => {
  const clients = createClients([3]);
  const first = clients.start(0);
  await first.take();
  first.answer({ "x-ratelimit-limit": "500" });
  expect(clients.state()).toMatchObject({ limit: 3, learned: false });
  await startMany(clients, 5, 2);
});
