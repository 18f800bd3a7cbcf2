import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { canaryKey, createCanaryClient, rejection, startCanaryEmulator } from "../../test/canary.ts";
import { hasRedis, startRedis } from "../../test/redis.ts";
import { createRedisStore } from "./redis.ts";

if (!hasRedis) console.info("Skipped: the shared rate limit needs redis-server (apt-get install -y redis-server).");

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };
const request = { budget: "b", id: undefined, limit: 2, spanMs: 60_000, maxWaitMs: Infinity };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const run = promisify(execFile);

describe.runIf(hasRedis)("one rate limit for several processes", () => {
  test("3 processes with 10 calls each at once, limit 10 in 1.5 s: 30 answers, no 429, none late", async () => {
    await using redis = await startRedis();
    const [limit, windowMs, marginMs] = [10, 1_500, 250];
    await using emulator = await startCanaryEmulator({ rateLimit: { plan: { limit, windowMs } } });
    const script = join(import.meta.dirname, "../../test/redis-process.ts");
    const parameters = [redis.port, canaryKey, emulator.url, 10, limit, windowMs].map(String);
    const outputs = await Promise.all(
      [1, 2, 3].map(() => run(process.execPath, ["--conditions=@celuxe/source", script, ...parameters])),
    );
    expect(outputs.map(({ stdout }) => stdout.trim())).toEqual(["10", "10", "10"]);
    const { requests } = emulator.journal;
    expect(requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(requests.at(-1)!.start - requests[0]!.start).toBeLessThan(2 * (windowMs + marginMs) + 2_000);
  }, 60_000);

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
      expect(name).toMatch(/^celuxe:\{.+\}:(starts|seen|cool-down|ticket)$/);
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
    const starts = ((await redis.send("KEYS", "*:starts")) as string[])[0]!;
    expect(await redis.send("ZCARD", starts)).toBe(2);
    controller.abort("enough");
    expect(await call).toBe("enough");
    await pause(50);
    expect(await redis.send("ZCARD", starts)).toBe(1);
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

  test("drops the places of those who have not looked for 30 s", async () => {
    await using redis = await startRedis();
    const store = createRedisStore(redis.send);
    for (let call = 0; call < 10; call++) await store.reserve(request);
    const seen = "celuxe:{b}:seen";
    for (const id of (await redis.send("ZRANGE", seen, "0", "-1")) as string[]) {
      await redis.send("ZINCRBY", seen, "-30001", id);
    }
    expect(Math.round((await store.reserve(request)).waitMs / 60_000)).toBe(1);
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
    await using redis = await startRedis();
    await using emulator = await startCanaryEmulator();
    const store = createRedisStore(redis.send);
    const client = createCanaryClient(emulator, { rateLimit: { limit: 3, maxWaitMs: 0, store } });
    await client.chat(body);
    redis.pause();
    const began = performance.now();
    await client.chat(body);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(client.events.find(({ type }) => type === "store-failed")).toMatchObject({ error: "Error" });
    // It is not asked again for some seconds, and the process has counted all along.
    await client.chat(body);
    expect(client.events.filter(({ type }) => type === "store-failed")).toHaveLength(1);
    expect(await rejection(client.chat(body))).toMatchObject({ name: "RateLimitError", attempts: 0 });
    redis.resume();
  });
});

describe("a store that is no store", () => {
  test("fails, hangs, throws or answers nonsense: the call goes on", async () => {
    await using emulator = await startCanaryEmulator();
    const send = [
      () => Promise.reject(new Error("READONLY")),
      () => {
        throw new Error("closed");
      },
      async () => "PONG",
      async () => [],
      async () => null,
    ];
    for (const command of send) {
      const rateLimit = { limit: 10, store: createRedisStore(command) };
      const client = createCanaryClient(emulator, { rateLimit });
      await client.chat(body);
      expect(client.events.map(({ type }) => type)).toContain("store-failed");
    }
  });
});
