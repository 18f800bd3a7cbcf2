// Bun's own client of Redis, with the line of the README.
import { createRedisStore } from "@celuxe/core/redis";
import { redis } from "bun";
import { evaluate, useStore } from "./use-store.ts";

const store = evaluate(process.argv[2], createRedisStore, redis);
console.log(JSON.stringify(await useStore(store)));
redis.close();
