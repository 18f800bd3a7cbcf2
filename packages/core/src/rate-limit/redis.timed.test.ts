import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { canaryKey, startCanaryEmulator } from "../../test/canary.ts";
import { startPlainServer } from "../../test/plain-server.ts";
import type { RedisProcessResult, RedisProcessTask } from "../../test/redis-process.ts";
import { hasRedis, startRedis } from "../../test/redis.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const execute = promisify(execFile);

async function runProcess(task: RedisProcessTask): Promise<RedisProcessResult> {
  const script = join(import.meta.dirname, "../../test/redis-process.ts");
  const { stdout } = await execute(process.execPath, ["--conditions=@celuxe/source", script, JSON.stringify(task)]);
  return JSON.parse(stdout) as RedisProcessResult;
}

// Processes that start all at once on a busy machine are late by more than any margin: then it is measured again.
describe.runIf(hasRedis)("one rate limit for several processes", { retry: 2 }, () => {
  test("3 processes with 10 calls each at once, limit 10 in 1.5 s: 30 answers, no 429, none late", async () => {
    await using redis = await startRedis();
    const [limit, windowMs, marginMs] = [10, 1_500, 250];
    await using emulator = await startCanaryEmulator({ rateLimit: { plan: { limit, windowMs } } });
    const task = { port: redis.port, apiKey: canaryKey, baseURL: emulator.url, limit, windowMs, calls: 10 };
    const results = await Promise.all([1, 2, 3].map(() => runProcess(task)));
    expect(results.map(({ answered }) => answered)).toEqual([10, 10, 10]);
    const requests = emulator.journal.requests.filter(({ path }) => path.startsWith("/v1"));
    expect(requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(requests.at(-1)!.start - requests[0]!.start).toBeLessThan(2 * (windowMs + marginMs) + 2_000);
  }, 60_000);

  test("3 processes with 20 batch calls each, limit 10 in 3 s: two interactive calls in a window start at once, no 429", async () => {
    await using redis = await startRedis();
    const [limit, windowMs] = [10, 3_000];
    await using server = await startPlainServer({ limit, windowMs });
    const task = { port: redis.port, apiKey: canaryKey, baseURL: server.url, limit, windowMs, calls: 20 };
    const [first, ...others] = await Promise.all(
      [1, 2, 3].map((number) => {
        const interactiveAtMs = number === 1 ? [1_000, 5_000, 9_000, 13_000] : [];
        return runProcess({ ...task, priority: "batch", interactiveAtMs });
      }),
    );
    expect([first!, ...others].map(({ answered }) => answered)).toEqual([20, 20, 20]);
    const arrivals = await server.arrivals();
    expect(arrivals.filter(({ status }) => status === 429)).toEqual([]);
    expect(Math.max(...first!.interactiveMs)).toBeLessThan(1_000);
    const batch = arrivals.filter(({ call }) => call === "other").map(({ at }) => at);
    const inWindow = batch.map((at) => batch.filter((other) => other > at - windowMs && other <= at).length);
    expect(Math.max(...inWindow)).toBe(8);
    expect(batch.at(-1)! - batch[0]!).toBeLessThan(7 * 3_250 + 3_000);
  }, 90_000);

  test("8 processes go on where Redis loses its data in the middle: all answered, no 429, a window later at most", async () => {
    await using redis = await startRedis();
    const [limit, windowMs] = [10, 1_500];
    await using server = await startPlainServer({ limit, windowMs });
    const task = { port: redis.port, apiKey: canaryKey, baseURL: server.url, limit, windowMs, calls: 10 };
    const results = Promise.all(Array.from({ length: 8 }, () => runProcess(task)));
    while ((await server.arrivals()).length < 25) await pause(100);
    await redis.send("FLUSHALL");
    expect((await results).map(({ answered }) => answered)).toEqual(Array.from({ length: 8 }, () => 10));
    const arrivals = await server.arrivals();
    expect(arrivals.filter(({ status }) => status === 429)).toEqual([]);
    // 80 calls are 8 windows; one more for what was lost, and one for the places of those that find that out late.
    expect(arrivals.at(-1)!.at - arrivals[0]!.at).toBeLessThan(9 * 1_750 + 5_000);
  }, 90_000);
});
