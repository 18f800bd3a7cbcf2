import { a as RateLimitStore } from "./options.js";
/**
 * Sends one command to Redis 5 or later and resolves with its answer; every client has such a function.
 *
 * @example
 * const store = createRedisStore((...command) => nodeRedis.sendCommand(command));
 * const store = createRedisStore((name, ...rest) => ioredis.call(name, ...rest));
 * const store = createRedisStore((name, ...rest) => Bun.redis.send(name, rest));
 */
export type SendCommand = (...command: [name: string, ...parameters: string[]]) => Promise<unknown>;
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