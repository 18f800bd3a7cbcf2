import { o as RateLimitStore } from "./options.js";
/**
 * Sends one command to Redis 5 or later and resolves with its answer; every client has such a function.
 *
 * @example
 * // node-redis
 * const store = createRedisStore((...command) => redis.sendCommand(command));
 * // node-redis, a cluster: the key says which node
 * const store = createRedisStore((...command) => redis.sendCommand(command[3], false, command));
 * // ioredis, also a cluster
 * const store = createRedisStore((name, ...rest) => redis.call(name, ...rest));
 * // Bun
 * const store = createRedisStore((name, ...rest) => redis.send(name, rest));
 * // @upstash/redis
 * const store = createRedisStore((_, script, count, ...rest) => redis.eval(script, rest.slice(0, +count), rest.slice(+count)));
 */
export type SendCommand = (...command: RedisCommand) => Promise<unknown>;
/** `EVAL`, a script, how many keys there are, the keys, and parameters of the script. */
export type RedisCommand = [name: string, script: string, count: string, key: string, ...rest: string[]];
/**
 * One rate limit for all processes that use the same Redis: pass it as `rateLimit.store`, with the `limit` of the key.
 *
 * Redis holds a fingerprint of the API key, times and counts; they expire by themselves. Where Redis fails or takes
 * longer than a second, the call goes on under the limit of its own process, and an event of type `store-failed` says so.
 *
 * @param options.prefix Begins the names of the Redis keys. Default `"celuxe"`. Clients with a key *function* share one
 * budget for each origin: give each account a prefix of its own.
 * @example
 * const redis = await createClient({ url: process.env.REDIS_URL }).connect();
 * const store = createRedisStore((...command) => redis.sendCommand(command));
 * const client = createCeluxeClient({ rateLimit: { limit: "pro", store } });
 */
export declare function createRedisStore(send: SendCommand, { prefix }?: {
  prefix?: string | undefined;
}): RateLimitStore;
//# sourceMappingURL=redis.d.ts.map