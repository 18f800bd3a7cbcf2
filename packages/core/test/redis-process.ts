// One of several processes that share a rate limit: makes its calls at once, and interactive ones beside them, two at a
// time. Prints how many were answered, and how long the interactive ones took.
import { setTimeout as pause } from "node:timers/promises";
import { createCeluxeClient } from "../src/index.ts";
import { createRedisStore } from "../src/rate-limit/redis.ts";
import { connectRedis } from "./redis.ts";

export interface RedisProcessTask {
  port: number;
  apiKey: string;
  baseURL: string;
  limit: number;
  windowMs: number;
  calls: number;
  priority?: "interactive" | "batch";
  /** Times at which two interactive calls are made, in milliseconds from the start. */
  interactiveAtMs?: number[];
}

export interface RedisProcessResult {
  answered: number;
  interactiveMs: number[];
}

const task = JSON.parse(process.argv[2]!) as RedisProcessTask;
const { port, apiKey, baseURL, limit, windowMs, calls, priority, interactiveAtMs = [] } = task;
const { send, close } = await connectRedis(port);
const client = createCeluxeClient({
  apiKey,
  baseURL,
  rateLimit: { limit, windowMs, maxWaitMs: Infinity, store: createRedisStore(send) },
});
const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };
// The first request of a process is slow, and would arrive long after the store has counted it.
await (await fetch(new URL("/", baseURL))).text();
const interactiveMs: number[] = [];
async function ask() {
  const began = performance.now();
  await client.chat(body, { headers: { "x-call": "interactive" } });
  interactiveMs.push(performance.now() - began);
}
const asked = interactiveAtMs.map((ms) => pause(ms).then(() => Promise.all([ask(), ask()])));
const results = await Promise.allSettled(
  Array.from({ length: calls }, () => client.chat(body, { priority, headers: { "x-call": "other" } })),
);
await Promise.all(asked);
const answered = results.filter(({ status }) => status === "fulfilled").length;
console.log(JSON.stringify({ answered, interactiveMs } satisfies RedisProcessResult));
close();
