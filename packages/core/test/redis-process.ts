// One of several processes that share a rate limit: makes its calls at once and prints how many were answered.
import { createCeluxeClient } from "../src/index.ts";
import { createRedisStore } from "../src/rate-limit/redis.ts";
import { connectRedis } from "./redis.ts";

const [port, apiKey, baseURL, calls, limit, windowMs] = process.argv.slice(2) as [string, ...string[]];
const { send, close } = await connectRedis(Number(port));
const client = createCeluxeClient({
  apiKey,
  baseURL,
  rateLimit: { limit: Number(limit), windowMs: Number(windowMs), maxWaitMs: Infinity, store: createRedisStore(send) },
});
const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };
// The first request of a process is slow, and would arrive long after the store has counted it.
await fetch(new URL("/__celuxe/journal", baseURL));
const results = await Promise.allSettled(Array.from({ length: Number(calls) }, () => client.chat(body)));
console.log(results.filter(({ status }) => status === "fulfilled").length);
close();
