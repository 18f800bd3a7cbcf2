import type { RateLimitOptions as EmulatorRateLimit } from "@celuxe/emulator";
import { beforeAll, describe, expect, test } from "vitest";
import { canaryKey, createCanaryClient, rejection, startCanaryEmulator, until } from "../../test/canary.ts";
import { APIError, type CeluxeClientOptions, RateLimitError } from "../index.ts";

// Over real sockets and in real time, with windows of 3 s instead of a minute. The cases wait most of the time, so they
// do it together. What needs thousands of situations stands in schedule.test.ts.

const limit = 10;
const windowMs = 3_000;
const marginMs = 250;
const plan = { limit, windowMs };
const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

const windows = ["sliding", "fixed", "token-bucket"] as const;
const hints = ["seconds", "date", "ms", "none"] as const;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Outcome {
  answered: number;
  rejected: number;
  lastAnswerMs: number;
}

/** 60 calls at once on a server with a limit of 10. */
async function callAtOnce(rateLimit: EmulatorRateLimit, declared: number | "auto", calls = 60): Promise<Outcome> {
  await using emulator = await startCanaryEmulator({ rateLimit: { plan, ...rateLimit } });
  const client = createCanaryClient(emulator, { rateLimit: { limit: declared, windowMs, maxWaitMs: Infinity } });
  const began = performance.now();
  const results = await Promise.allSettled(Array.from({ length: calls }, () => client.chat(body)));
  return {
    answered: results.filter(({ status }) => status === "fulfilled").length,
    rejected: emulator.journal.requests.filter(({ status }) => status === 429).length,
    lastAnswerMs: performance.now() - began,
  };
}

/** The latest moment of the last of 60 answers with a declared limit, in milliseconds: less than a window too many. */
const latestMs = (60 / limit - 1) * (windowMs + marginMs) + 2_500;

/**
 * The same with the limit declared. Where something else holds this machine up for longer than the margin, requests do
 * arrive too close together; then, and only then, it is measured again. What is wrong with the limiter is wrong each time.
 */
async function callAtOnceInTime(rateLimit: EmulatorRateLimit): Promise<Outcome> {
  let outcome = await callAtOnce(rateLimit, limit);
  for (let again = 0; again < 2 && (outcome.rejected > 0 || outcome.lastAnswerMs >= latestMs); again++) {
    outcome = await callAtOnce(rateLimit, limit);
  }
  return outcome;
}

const cases = windows.flatMap((window) =>
  (["seconds", "none"] as const).flatMap((retryAfter) =>
    [false, true].map((countRejected) => ({
      name: `${window} window, Retry-After ${retryAfter === "none" ? "not sent" : "sent"}, rejected calls ${countRejected ? "" : "not "}counted`,
      rateLimit: { window, retryAfter, countRejected },
    })),
  ),
);

/** 12 calls at once inside a window that another process has just spent. */
async function callInSpentWindow(window: (typeof windows)[number], countRejected: boolean, declared: number | "auto") {
  await using emulator = await startCanaryEmulator({ rateLimit: { plan, window, countRejected, retryAfter: "none" } });
  const spend = () => fetch(`${emulator.url}/models`, { headers: { authorization: `Bearer ${canaryKey}` } });
  await Promise.all(Array.from({ length: limit }, spend));
  const client = createCanaryClient(emulator, { rateLimit: { limit: declared, windowMs } });
  const answers = await Promise.allSettled(Array.from({ length: 12 }, () => client.chat(body)));
  return {
    answered: answers.filter(({ status }) => status === "fulfilled").length,
    rejected: emulator.journal.requests.filter(({ status }) => status === 429).length,
  };
}

const spentCases = windows.flatMap((window) =>
  [false, true].flatMap((countRejected) =>
    ([limit, "auto"] as const).map((declared) => ({ window, countRejected, declared })),
  ),
);

describe("in windows of 3 s", () => {
  const declared = new Map<string, Promise<Outcome>>();
  const learned = new Map<string, Promise<Outcome>>();
  const spent = new Map<object, ReturnType<typeof callInSpentWindow>>();
  const hinted = new Map<string, Promise<Outcome>>();

  beforeAll(async () => {
    // The first requests of a process are slow; here they would all be of one case.
    await callAtOnce({ plan: "unlimited" }, "auto");
    // The emulators live in this process: bursts that coincide would hold up each other's arrivals.
    for (const { name, rateLimit } of cases) {
      declared.set(name, callAtOnceInTime(rateLimit));
      await pause(50);
    }
    for (const { name, rateLimit } of cases) {
      learned.set(name, callAtOnce(rateLimit, "auto"));
      await pause(100);
    }
    for (const spentCase of spentCases) {
      spent.set(spentCase, callInSpentWindow(spentCase.window, spentCase.countRejected, spentCase.declared));
      await pause(20);
    }
    for (const retryAfter of hints) hinted.set(retryAfter, callAtOnce({ retryAfter }, "auto", 12));
    await Promise.all([...declared.values(), ...learned.values(), ...spent.values(), ...hinted.values()]);
    if (process.env["MEASURE"]) {
      for (const [kind, outcomes] of Object.entries({ declared, learned, hinted })) {
        for (const [name, outcome] of outcomes) console.info(kind, name, JSON.stringify(await outcome));
      }
    }
  }, 180_000);

  test.each(cases)("60 calls at once, limit 10 declared, $name: 60 answers, no 429, none late", async ({ name }) => {
    const outcome = await declared.get(name)!;
    expect(outcome).toMatchObject({ answered: 60, rejected: 0 });
    expect(outcome.lastAnswerMs).toBeLessThan(latestMs);
  });

  test.each(cases)("60 calls at once, auto, $name: 60 answers, at most 0.9 × 429 per call", async ({ name }) => {
    const outcome = await learned.get(name)!;
    expect(outcome.answered).toBe(60);
    expect(outcome.rejected).toBeLessThanOrEqual(0.9 * 60);
    expect(outcome.rejected).toBeGreaterThan(0);
  });

  test.each(spentCases)(
    "a process that starts inside a spent window without Retry-After, $window window, rejected counted: $countRejected, limit: $declared: all its calls succeed",
    async (spentCase) => {
      const outcome = await spent.get(spentCase)!;
      expect(outcome.answered).toBe(12);
      expect(outcome.rejected).toBeGreaterThan(0);
    },
  );

  test.each(hints)("Retry-After as %s: 12 calls on a limit of 10 see at most two 429s", async (retryAfter) => {
    const outcome = await hinted.get(retryAfter)!;
    expect(outcome.answered).toBe(12);
    expect(outcome.rejected).toBeLessThanOrEqual(2);
  });
});

describe("maxWaitMs", () => {
  test("calls whose turn comes later fail at once, without a request, and say when to come again", async () => {
    await using emulator = await startCanaryEmulator({ rateLimit: { plan } });
    // The default, 120 s for a window of 60 s, scaled down.
    const client = createCanaryClient(emulator, { rateLimit: { limit, windowMs, maxWaitMs: 2 * windowMs } });
    const began = performance.now();
    const refusals: { error: unknown; afterMs: number }[] = [];
    const calls = Array.from({ length: 60 }, () =>
      client.chat(body).catch((error: unknown) => void refusals.push({ error, afterMs: performance.now() - began })),
    );
    await pause(1_000);
    // Turns at 0 and 3.25 s are in time, those from 6.5 s on are not; nobody waits in vain, so that all see the third.
    expect(refusals).toHaveLength(40);
    await Promise.all(calls);
    expect(refusals).toHaveLength(40);
    expect(emulator.journal.requests).toHaveLength(20);
    for (const { error, afterMs } of refusals) {
      expect(afterMs).toBeLessThan(1_000);
      if (!RateLimitError.isInstance(error)) throw error;
      expect(error).toMatchObject({ status: undefined, attempts: 0, code: "rate_limit_wait_too_long" });
      expect(error.retryAfterMs).toBeGreaterThan(2 * (windowMs + marginMs) - 1_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(2 * (windowMs + marginMs));
      expect(error.message).toMatch(/10 requests in 3 s.*turn in 6\.\d s.*No request was sent.*maxWaitMs/);
    }
  });

  test("a 429 whose wait does not fit fails at once with what the server said", async () => {
    await using emulator = await startCanaryEmulator({
      faults: [{ fault: { type: "status", status: 429, headers: { "retry-after": "30" } } }],
    });
    const client = createCanaryClient(emulator, { rateLimit: { maxWaitMs: 29_000 } });
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "RateLimitError", status: 429, retryAfterMs: 30_000, attempts: 1 });
    // The key is cooling down: the next call fails without a request.
    const next = await rejection(client.chat(body));
    expect(next).toMatchObject({ name: "RateLimitError", status: undefined, attempts: 0 });
    expect(RateLimitError.isInstance(next) && next.retryAfterMs).toBeGreaterThan(28_000);
    expect(emulator.journal.requests).toHaveLength(1);
  });

  test("without a hint the error says when the key's cool-down ends", async () => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault: { type: "status", status: 429 } }] });
    const client = createCanaryClient(emulator, { rateLimit: { maxWaitMs: 100 } });
    const error = await rejection(client.chat(body));
    expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeGreaterThanOrEqual(5_000);
    expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeLessThanOrEqual(5_500);
  });

  test("a turn that comes too late after a 429 fails with what the server said about that", async () => {
    await using emulator = await startCanaryEmulator({
      faults: [{ call: 1, fault: { type: "status", status: 429, headers: { "retry-after-ms": "100" } } }],
    });
    // The cool-down fits, but with a limit of 1 the turn comes a whole window later.
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, windowMs, maxWaitMs: 1_000 } });
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "RateLimitError", status: 429, code: "rate_limit_exceeded", attempts: 1 });
    expect(RateLimitError.isInstance(error) && error.retryAfterMs).toBeGreaterThan(2_000);
    expect(RateLimitError.isInstance(error) && error.message).toContain("No further request was sent.");
  });
});

describe("what a budget is", () => {
  async function twoClients(first: CeluxeClientOptions, second: CeluxeClientOptions) {
    await using emulator = await startCanaryEmulator({
      keys: [{ key: canaryKey }, { key: "sk-other" }],
    });
    const rateLimit = { limit: 1, maxWaitMs: 0 };
    const clients = [first, second].map((options) => createCanaryClient(emulator, { rateLimit, ...options }));
    await clients[0]!.listModels();
    return await clients[1]!.chat(body).then(
      () => "two budgets",
      (error: unknown) => {
        if (!APIError.isInstance(error) || error.attempts !== 0) throw error;
        return "one budget";
      },
    );
  }

  test("clients of one key share it, and /models counts", async () => {
    expect(await twoClients({}, {})).toBe("one budget");
  });
  test("another key is another budget", async () => {
    expect(await twoClients({}, { apiKey: "sk-other" })).toBe("two budgets");
  });
  test("spaces around the key do not make another one", async () => {
    expect(await twoClients({}, { apiKey: ` ${canaryKey}\n` })).toBe("one budget");
  });
  test("a client with a key function has its own, whatever key it gives", async () => {
    expect(await twoClients({}, { apiKey: () => canaryKey })).toBe("two budgets");
    await using emulator = await startCanaryEmulator({ keys: [{ key: canaryKey }, { key: "sk-other" }] });
    const keys = [canaryKey, "sk-other"];
    const client = createCanaryClient(emulator, {
      apiKey: () => keys.shift()!,
      rateLimit: { limit: 1, maxWaitMs: 0 },
    });
    await client.chat(body);
    expect(await rejection(client.chat(body))).toMatchObject({ attempts: 0 });
  });
  test("another origin is another budget", async () => {
    await using other = await startCanaryEmulator();
    expect(await twoClients({}, { baseURL: other.url })).toBe("two budgets");
  });
  test("a call that failed otherwise counts as well", async () => {
    await using emulator = await startCanaryEmulator({ faults: [{ call: 1, fault: { type: "status", status: 400 } }] });
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, maxWaitMs: 0 } });
    await rejection(client.chat(body));
    expect(await rejection(client.chat(body))).toMatchObject({ attempts: 0 });
  });
});

test("budgets that nobody uses any more are dropped", async () => {
  const keys = Array.from({ length: 50 }, (_, index) => ({ key: `sk-idle-${index}` }));
  await using emulator = await startCanaryEmulator({ keys });
  const list = (apiKey: string) => createCanaryClient(emulator, { apiKey, rateLimit: { windowMs: 100 } }).listModels();
  const count = () => {
    const scope = globalThis as Record<symbol, unknown>;
    const budgets = scope[Symbol.for("celuxe.rate-limits.v1")] as Map<string, unknown>;
    return [...budgets.keys()].filter((name) => emulator.url.startsWith(name.split(" ")[0]!)).length;
  };
  await Promise.all(keys.slice(1).map(({ key }) => list(key)));
  expect(count()).toBe(49);
  // A window and its margin are over, and so is the second in which nobody looks.
  await pause(1_100);
  await list(keys[0]!.key);
  expect(count()).toBe(1);
});

test("rateLimit: false waits for nothing and leaves every 429 to the framework", async () => {
  await using emulator = await startCanaryEmulator({ rateLimit: { plan } });
  const client = createCanaryClient(emulator, { rateLimit: false });
  const results = await Promise.allSettled(Array.from({ length: 15 }, () => client.chat(body)));
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(5);
  expect(emulator.journal.requests).toHaveLength(15);
  expect(client.events.filter(({ type }) => type === "cooldown" || type === "retry")).toEqual([]);
});

test("state() tells who waits, for how long, and what is known of the limit", async () => {
  await using emulator = await startCanaryEmulator({
    faults: [
      {
        call: 2,
        fault: {
          type: "status",
          status: 429,
          headers: {
            "retry-after": "3",
            "x-ratelimit-limit-requests": "40",
            "x-ratelimit-remaining-requests": "7",
            "x-ratelimit-reset-requests": "3s",
          },
        },
      },
    ],
  });
  const client = createCanaryClient(emulator, { rateLimit: { limit: "auto", windowMs } });
  expect(client.rateLimit.state()).toEqual({
    waiting: 0,
    waitingByPriority: { interactive: 0, batch: 0 },
    nextTurnMs: undefined,
    coolingDownMs: 0,
    limit: undefined,
    windowMs,
    learned: false,
    remaining: undefined,
  });
  await client.chat(body);
  const rejected = client.chat(body);
  await until(() => client.rateLimit.state().coolingDownMs > 0);
  const waiting = client.chat(body, { priority: "batch" });
  await until(() => client.rateLimit.state().waiting === 2);
  const state = client.rateLimit.state();
  expect(state).toMatchObject({
    waiting: 2,
    waitingByPriority: { interactive: 1, batch: 1 },
    limit: 40,
    windowMs,
    learned: true,
    remaining: 7,
  });
  expect(state.coolingDownMs).toBeGreaterThan(0);
  expect(state.nextTurnMs).toBeGreaterThan(0);
  await Promise.all([rejected, waiting]);
  const queued = client.events.filter((event) => event.type === "queued");
  expect(queued.map(({ reason }) => reason)).toEqual(["cool-down", "cool-down"]);
  expect(client.rateLimit.state()).toMatchObject({ waiting: 0, coolingDownMs: 0 });
  const declared = createCanaryClient(emulator, { rateLimit: "free" });
  expect(declared.rateLimit.state()).toMatchObject({ limit: 10, learned: false });
});
