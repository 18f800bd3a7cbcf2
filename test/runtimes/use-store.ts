import { runInThisContext } from "node:vm";
import type { RateLimitStore } from "@celuxe/core";

/** Asks a store for four starts, at most two in a minute; tells in which window each lies, and if a cool-down counts. */
export async function useStore(store: RateLimitStore) {
  const request = { budget: "clients", limit: 2, spanMs: 60_000, maxWaitMs: Infinity };
  const reserve = (id?: string) => store.reserve({ ...request, id, priority: "interactive" });
  const rounds = [];
  for (let call = 0; call < 3; call++) rounds.push(await reserve());
  await store.release("clients", rounds[2]!.id);
  rounds.push(await reserve());
  await store.coolDown({ ...request, milliseconds: 90_000 });
  const { waitMs } = await reserve(rounds[3]!.id);
  return {
    rounds: rounds.map((place) => Math.round(place.waitMs / 60_000)),
    coolDownKept: Math.round(waitMs / 10_000) === 9,
  };
}

/** What a line of the README makes of a client that it calls `redis`. */
export function evaluate(line: string, createRedisStore: unknown, redis: unknown): RateLimitStore {
  const make = runInThisContext(`(createRedisStore, redis) => ${line}`) as (...given: unknown[]) => RateLimitStore;
  return make(createRedisStore, redis);
}
