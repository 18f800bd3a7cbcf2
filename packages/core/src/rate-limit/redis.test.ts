import { describe, expect, test, vi } from "vitest";
import { canaryKey, createCanaryClient, rejection, startCanaryEmulator } from "../../test/canary.ts";
import { hasRedis, startRedis } from "../../test/redis.ts";
import { createRedisStore } from "./redis.ts";

if (!hasRedis) console.info("Skipped: the shared rate limit needs redis-server (apt-get install -y redis-server).");

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };
const request = {
  budget: "b",
  id: undefined,
  priority: "interactive" as const,
  limit: 2,
  spanMs: 60_000,
  maxWaitMs: Infinity,
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
describe.runIf(hasRedis)("a client with a store", () => {
  test("the key is not in Redis, and everything there expires", async () => {
    await using redis = await startRedis();
    await using emulator = await startCanaryEmulator();
    const store = createRedisStore(redis.send);
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, windowMs: 200, store } });
    await Promise.all([client.chat(body), client.chat(body)]);
    await store.coolDown({ ...request, milliseconds: 10 });
    const names = (await redis.send("KEYS", "*")) as string[];
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      expect(name).toMatch(/^celuxe:\{.+\}:(starts|batches|interactive|batch|seen|state)$/);
      expect(await redis.send("PTTL", name)).toBeGreaterThan(0);
      expect(await redis.send("DUMP", name)).not.toContain("canary");
    }
    expect(names.join()).not.toContain("canary");
  });

  test("an aborted call gives its place back", async () => {
    await using redis = await startRedis();
    await using emulator = await startCanaryEmulator();
    const store = createRedisStore(redis.send);
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, store } });
    await client.chat(body);
    const controller = new AbortController();
    const call = rejection(client.chat(body, { signal: controller.signal }));
    await pause(200);
    const [waiting] = (await redis.send("KEYS", "*:interactive")) as string[];
    expect(await redis.send("ZCARD", waiting!)).toBe(1);
    controller.abort("enough");
    expect(await call).toBe("enough");
    await pause(50);
    expect(await redis.send("ZCARD", waiting!)).toBe(0);
  });

  test("a call whose turn comes too late fails at once and takes no place", async () => {
    await using redis = await startRedis();
    await using emulator = await startCanaryEmulator();
    const rateLimit = { limit: 1, maxWaitMs: 1_000, store: createRedisStore(redis.send) };
    const client = createCanaryClient(emulator, { rateLimit });
    await client.chat(body);
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "RateLimitError", attempts: 0, code: "rate_limit_wait_too_long" });
    expect(error).toHaveProperty("retryAfterMs", expect.closeTo(61_000, -3));
    expect(emulator.journal.requests).toHaveLength(1);
  });
});

describe.runIf(hasRedis)("the store", () => {
  test("gives at most `limit` starts in a span, in the order of arrival", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const waits: number[] = [];
    for (let call = 0; call < 6; call++) waits.push((await store.reserve(request)).waitMs);
    const spans = waits.map((waitMs) => Math.round(waitMs / 60_000));
    expect(spans).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("moves those behind up when a place is given back, at their next look", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const places = [];
    for (let call = 0; call < 5; call++) places.push(await store.reserve(request));
    expect(places[4]!.waitMs).toBeGreaterThan(110_000);
    await store.release("b", places[2]!.id);
    const { id, waitMs } = await store.reserve({ ...request, id: places[4]!.id });
    expect(id).toBe(places[4]!.id);
    expect(waitMs).toBeLessThan(60_001);
  });

  test("keeps the order over a cool-down and spaces the starts after it", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const places = [];
    for (let call = 0; call < 5; call++) places.push(await store.reserve(request));
    await store.coolDown({ ...request, milliseconds: 200_000 });
    await store.coolDown({ ...request, milliseconds: 100_000 });
    const waits: number[] = [];
    for (const { id } of places.slice(2)) waits.push((await store.reserve({ ...request, id })).waitMs);
    expect(waits.map((waitMs) => Math.round(waitMs / 1_000))).toEqual([200, 230, 260]);
  });

  test("drops the places of those who have not looked when they should have", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    for (let call = 0; call < 10; call++) await store.reserve(request);
    const seen = "celuxe:{b}:seen";
    for (const id of (await redis.send("ZRANGE", seen, "0", "-1")) as string[]) {
      await redis.send("ZINCRBY", seen, "-8001", id);
    }
    expect(Math.round((await store.reserve(request)).waitMs / 60_000)).toBe(1);
  });

  test("lets interactive calls by, leaves them a fifth of the limit, and gives batch calls every tenth start", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const ask = async (priority: "interactive" | "batch", id?: string) => {
      const place = await store.reserve({ ...request, limit: 10, priority, id });
      return { ...place, window: Math.round(place.waitMs / 60_000) };
    };
    const batch = [];
    for (let call = 0; call < 10; call++) batch.push(await ask("batch"));
    expect(batch.map(({ window }) => window)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([await ask("interactive"), await ask("interactive")].map(({ window }) => window)).toEqual([0, 0]);
    const person = await ask("interactive");
    expect(person.window).toBe(1);
    // It goes first.
    expect((await ask("batch", batch[8]!.id)).waitMs).toBeGreaterThanOrEqual(person.waitMs - 100);
    const persons = [person];
    for (let call = 0; call < 20; call++) persons.push(await ask("interactive"));
    // Two have started since the last batch call: seven go before the next one, and nine more before the one after it.
    expect((await ask("batch", batch[8]!.id)).window).toBe(1);
    expect((await ask("batch", batch[9]!.id)).window).toBe(2);
  });

  test("keeps those with a lower limit from starving", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const ask = (limit: number, id?: string) => store.reserve({ ...request, spanMs: 400, limit, id });
    for (let call = 0; call < 4; call++) expect((await ask(10)).waitMs).toBe(0);
    const low = await ask(2);
    expect(low.waitMs).toBeGreaterThan(0);
    // There is room for it by its own limit, but it is younger.
    const high = await ask(10);
    expect(high.waitMs).toBeGreaterThan(0);
    await pause(low.waitMs);
    expect((await ask(2, low.id)).waitMs).toBe(0);
    expect((await ask(10, high.id)).waitMs).toBe(0);
  });

  test("gives no place twice after its data is lost, and holds starts for the window that it knows nothing of", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    const before = [];
    for (let call = 0; call < 6; call++) before.push(await store.reserve(request));
    await redis.send("FLUSHALL");
    const { id, waitMs } = await store.reserve({ ...request, id: before[5]!.id });
    expect(id).toBe(before[5]!.id);
    expect(Math.round(waitMs / 1_000)).toBe(60);
    const after = await store.reserve(request);
    expect(before.map((place) => place.id)).not.toContain(after.id);
    expect(after.waitMs).toBeGreaterThan(59_000);
  });

  test("knows no budget by the prefix of another", async () => {
    await using redis = await startRedis();
    await createRedisStore(redis.send).reserve({ ...request, limit: 1 });
    const other = createRedisStore(redis.send, { prefix: "other" });
    expect((await other.reserve({ ...request, limit: 1 })).waitMs).toBe(0);
  });
});

describe.runIf(hasRedis)("where Redis fails", () => {
  test("or hangs, the call goes on under the limit of its own process, and an event says so", async () => {
    const warn = vi.spyOn(console, "warn");
    await using redis = await startRedis();
    await using emulator = await startCanaryEmulator();
    const store = createRedisStore(redis.send);
    const client = createCanaryClient(emulator, { rateLimit: { limit: 3, maxWaitMs: 0, store } });
    await client.chat(body);
    redis.pause();
    const began = performance.now();
    await client.chat(body);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(client.events.find(({ type }) => type === "store-failed")).toMatchObject({
      error: "Error",
      reason: "The rate-limit store did not answer in time.",
    });
    // It is not asked again for some seconds, and the process has counted all along.
    await client.chat(body);
    expect(client.events.filter(({ type }) => type === "store-failed")).toHaveLength(1);
    expect(await rejection(client.chat(body))).toMatchObject({ name: "RateLimitError", attempts: 0 });
    redis.resume();
    // It has worked before: that is an event and no matter of the console.
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

describe("a store that is no store", () => {
  const failures: [what: string, command: () => Promise<unknown>, reason: RegExp][] = [
    ["fails", () => Promise.reject(new Error("READONLY You can't write")), /READONLY You can't write\.$/],
    [
      "throws",
      () => {
        throw new TypeError("redis.sendCommand is not a function");
      },
      /is not a function\.$/,
    ],
    ["answers with something else", async () => "PONG", /another kind/],
    ["answers with an empty list", async () => [], /another kind/],
    ["answers with nothing", async () => null, /another kind/],
  ];
  test.each(failures)("%s: the call goes on, the console says so once, the event why", async (_, command, reason) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    try {
      await using emulator = await startCanaryEmulator();
      const store = createRedisStore(command);
      const clients = [1, 2].map(() => createCanaryClient(emulator, { rateLimit: { limit: 10, store } }));
      for (const client of clients) await client.chat(body);
      for (const { events } of clients) {
        expect(events.find(({ type }) => type === "store-failed")).toMatchObject({
          reason: expect.stringMatching(reason) as string,
        });
      }
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]![0]).toMatch(/^\[celuxe\] rateLimit\.store does not work: .+ README/);
    } finally {
      warn.mockRestore();
    }
  });

  test("its reason holds neither the API key nor a password, and no script", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    try {
      await using emulator = await startCanaryEmulator();
      const message = `NOAUTH ${canaryKey} redis://user:secret@host:6379\n${"script ".repeat(100)}`;
      const store = createRedisStore(() => Promise.reject(new Error(message)));
      const client = createCanaryClient(emulator, { rateLimit: { limit: 10, store } });
      await client.chat(body);
      const event = client.events.find(({ type }) => type === "store-failed");
      expect(event).toMatchObject({
        reason: expect.stringMatching(/^NOAUTH \[redacted\] redis:\/\/\[redacted\]@host:6379 script .+…$/) as string,
      });
      expect(warn.mock.calls.flat().join()).not.toMatch(/canary|secret/);
    } finally {
      warn.mockRestore();
    }
  });
});
