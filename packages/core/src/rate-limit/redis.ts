import type { RateLimitStore } from "../options.ts";

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
export function createRedisStore(
  send: SendCommand,
  { prefix = "celuxe" }: { prefix?: string | undefined } = {},
): RateLimitStore {
  /** The braces keep the names of one budget on one node of a cluster. */
  const run = (budget: string, ...parameters: string[]) => {
    const names = ["starts", "seen", "cool-down", "ticket"].map((name) => `${prefix}:{${budget}}:${name}`);
    return send("EVAL", script, String(names.length), ...names, ...parameters);
  };
  return {
    async reserve({ budget, id = "", limit, spanMs, maxWaitMs }) {
      const most = Math.min(maxWaitMs, Number.MAX_SAFE_INTEGER);
      const answer = await run(
        budget,
        "reserve",
        id,
        ...[limit, spanMs, most].map((value) => String(Math.ceil(value))),
      );
      const [ticket, waitMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
      if (typeof ticket !== "string" || typeof waitMs !== "number") {
        throw new TypeError("Redis gave an answer of another kind: the function must resolve with what EVAL returns.");
      }
      return { id: ticket, waitMs };
    },
    async release(budget, id) {
      await run(budget, "release", id);
    },
    async coolDown({ budget, milliseconds, limit, spanMs }) {
      await run(budget, "cool-down", "", ...[limit, spanMs, milliseconds].map((value) => String(Math.ceil(value))));
    },
  };
}

// One script, so that nothing comes between reading and writing. Tickets are numbers of one length: among equal times
// Redis orders by name, which then is the order of arrival.
const script = `
local starts, seen, coolDown, tickets = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local operation, id = ARGV[1], ARGV[2]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function remove(member)
  redis.call("ZREM", starts, member)
  redis.call("ZREM", seen, member)
end

local function timeAt(index)
  if index < 0 then return -math.huge end
  return tonumber(redis.call("ZRANGE", starts, index, index, "WITHSCORES")[2]) or -math.huge
end

if operation == "release" then
  remove(id)
  return 1
end

local limit, span = tonumber(ARGV[3]), tonumber(ARGV[4])
local coolDownUntil = tonumber(redis.call("GET", coolDown) or 0)

if operation == "cool-down" then
  local at = now + tonumber(ARGV[5])
  if at > coolDownUntil then
    -- Kept for longer than it lasts, because the starts after it are spaced.
    redis.call("SET", coolDown, at, "PX", at - now + 86400000)
    -- Those that wait keep their order.
    local waiting = redis.call("ZRANGEBYSCORE", starts, "(" .. now, "+inf", "WITHSCORES")
    for index = 1, #waiting, 2 do
      at = math.max(at, tonumber(waiting[index + 1]))
      redis.call("ZADD", starts, at, waiting[index])
      at = at + math.ceil(span / limit)
    end
  end
  return 1
end

local maxWait = tonumber(ARGV[5])
redis.call("ZREMRANGEBYSCORE", starts, "-inf", now - span)
for _, member in ipairs(redis.call("ZRANGEBYSCORE", seen, "-inf", now - 30000)) do remove(member) end

local inFront
local rank = id ~= "" and redis.call("ZRANK", starts, id)
if rank then
  -- Who comes late counts those that have started since.
  inFront = math.max(rank, redis.call("ZCOUNT", starts, "-inf", now) - 1)
  if tonumber(redis.call("ZSCORE", starts, id)) > now then inFront = rank end
  redis.call("ZREM", starts, id)
else
  if id == "" then id = string.format("%016d", redis.call("INCR", tickets)) end
  inFront = redis.call("ZCARD", starts)
end

local previous = timeAt(inFront - 1)
local at = math.max(now, coolDownUntil, previous, timeAt(inFront - limit) + span)
if previous >= coolDownUntil and at < coolDownUntil + span then at = math.max(at, previous + span / limit) end
at = math.ceil(at)

if at - now > maxWait then
  redis.call("ZREM", seen, id)
  return { id, at - now }
end
redis.call("ZADD", starts, at, id)
if at > now then redis.call("ZADD", seen, now, id) else redis.call("ZREM", seen, id) end
for _, name in ipairs({ starts, seen, tickets }) do redis.call("PEXPIRE", name, at - now + span + 86400000) end
return { id, at - now }
`;
