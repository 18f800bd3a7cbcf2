import type { RateLimitStore } from "../options.ts";

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
export function createRedisStore(
  send: SendCommand,
  { prefix = "celuxe" }: { prefix?: string | undefined } = {},
): RateLimitStore {
  /** The braces keep the names of one budget on one node of a cluster. */
  const run = (budget: string, ...parameters: string[]) => {
    const [first, ...rest] = names.map((name) => `${prefix}:{${budget}}:${name}`);
    return send("EVAL", script, String(names.length), first!, ...rest, ...parameters);
  };
  return {
    async reserve({ budget, id = "", priority, limit, spanMs, maxWaitMs }) {
      const most = Math.min(maxWaitMs, Number.MAX_SAFE_INTEGER);
      const answer = await run(budget, "reserve", id, ...[limit, spanMs, most].map(toInteger), priority);
      const [ticket, waitMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
      if (typeof ticket !== "string" || !Number.isFinite(Number(waitMs ?? Number.NaN))) {
        throw new TypeError("Redis gave an answer of another kind: the function must resolve with what EVAL returns.");
      }
      return { id: ticket, waitMs: Number(waitMs) };
    },
    async release(budget, id) {
      await run(budget, "release", id);
    },
    async coolDown({ budget, milliseconds, limit, spanMs }) {
      await run(budget, "cool-down", "", ...[limit, spanMs, milliseconds].map(toInteger));
    },
  };
}

const toInteger = (value: number) => String(Math.ceil(value));

/** `starts` and `batches` are the log; `interactive` and `batch` those that wait. */
const names = ["starts", "batches", "interactive", "batch", "seen", "state"];

// One script, so that nothing comes between reading and writing. Who waits has no time of its own: each look finds out
// anew how many go before, so that an interactive call need not move thousands of batch calls.
const script = `
local starts, batches, seen, state = KEYS[1], KEYS[2], KEYS[5], KEYS[6]
local queues = { interactive = KEYS[3], batch = KEYS[4] }
local operation, id = ARGV[1], ARGV[2]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function leave(member)
  redis.call("ZREM", queues.interactive, member)
  redis.call("ZREM", queues.batch, member)
  redis.call("ZREM", seen, member)
end

if operation == "release" then
  leave(id)
  redis.call("ZREM", starts, id)
  redis.call("ZREM", batches, id)
  return 1
end

local limit, span = tonumber(ARGV[3]), tonumber(ARGV[4])

local function stay(milliseconds)
  for _, name in ipairs(KEYS) do redis.call("PEXPIRE", name, math.ceil(milliseconds + span) + 86400000) end
end

-- Tickets go on from the clock, in microseconds: a Redis that has lost its data must not give one out twice.
local epoch = redis.call("HGET", state, "epoch")
if not epoch then
  epoch = string.format("%.0f", now * 1000)
  redis.call("HSET", state, "epoch", epoch, "ticket", epoch)
end
local coolDownUntil = tonumber(redis.call("HGET", state, "coolDownUntil") or 0)

if operation == "cool-down" then
  local milliseconds = tonumber(ARGV[5])
  if now + milliseconds > coolDownUntil then redis.call("HSET", state, "coolDownUntil", now + milliseconds) end
  stay(milliseconds)
  return 1
end

local maxWait, priority = tonumber(ARGV[5]), ARGV[6]
local ticket = id ~= "" and tonumber(string.match(id, "%d+"))
if not ticket then
  ticket = redis.call("HINCRBY", state, "ticket", 1)
  id = string.format("t%.0f:%.0f", ticket, limit)
elseif ticket < tonumber(epoch) then
  -- The log was lost as well: nobody knows what was started within the last window.
  coolDownUntil = math.max(coolDownUntil, tonumber(epoch) / 1000 + span)
  redis.call("HSET", state, "coolDownUntil", coolDownUntil)
end

-- A process that has been late counts a longer window, and the others with it: its requests may arrive late.
local widest = redis.call("HMGET", state, "span", "spanUntil")
if widest[1] and now < tonumber(widest[2]) and tonumber(widest[1]) > span then
  span = tonumber(widest[1])
else
  redis.call("HSET", state, "span", span, "spanUntil", now + 2 * span)
end
for _, name in ipairs({ starts, batches }) do redis.call("ZREMRANGEBYSCORE", name, "-inf", now - 3 * span) end
for _, member in ipairs(redis.call("ZRANGEBYSCORE", seen, "-inf", now - 3000)) do
  if member ~= id then leave(member) end
end

local function countIn(log) return redis.call("ZCOUNT", log, "(" .. now - span, "+inf") end

local function lastTime(log, back)
  return tonumber(redis.call("ZRANGE", log, -back, -back, "WITHSCORES")[2]) or -math.huge
end

-- When the start may be made that has so many in front of it, at most so many in a window.
local function slot(log, count, inFront, most)
  local at = now
  local freed = count + inFront % most - most
  if freed >= 0 then at = math.max(now, lastTime(log, count - freed) + span) end
  return at + math.floor(inFront / most) * span
end

redis.call("ZADD", queues[priority], ticket, id)
local rank = redis.call("ZRANK", queues[priority], id)
local made, madeBatches = countIn(starts), countIn(batches)
local mostBatches = math.max(1, limit - math.max(1, math.floor(limit / 5)))
local untilBatch = math.max(0, 9 - tonumber(redis.call("HGET", state, "streak") or 0))
local at = now
local others
if priority == "batch" then
  others = math.min(redis.call("ZCARD", queues.interactive), untilBatch + 9 * rank)
  at = slot(batches, madeBatches, rank, mostBatches)
else
  others = rank < untilBatch and 0 or 1 + math.floor((rank - untilBatch) / 9)
  others = math.min(others, redis.call("ZCARD", queues.batch), math.max(0, mostBatches - madeBatches))
end
local inFront = rank + others
at = math.max(at, coolDownUntil, slot(starts, made, inFront, limit))
if now < coolDownUntil + span then
  -- What comes evenly spaced is accepted by every kind of window.
  local last = lastTime(starts, 1)
  local first = last >= coolDownUntil and last + span / limit or coolDownUntil
  at = math.max(at, math.min(first + inFront * span / limit, coolDownUntil + span))
end

-- Nobody passes one whose client declares a lower limit: it would never have its turn.
if at <= now then
  local position = 0
  for _, name in ipairs({ queues[priority], queues[priority == "batch" and "interactive" or "batch"] }) do
    local most = name == queues[priority] and rank or others
    for _, member in ipairs(most > 0 and redis.call("ZRANGE", name, 0, most - 1) or {}) do
      local its = tonumber(string.match(member, ":(%d+)"))
      if its < limit then at = math.max(at, slot(starts, made, position, its)) end
      position = position + 1
    end
  end
end

local wait = math.ceil(at - now)
if wait > 0 and wait <= maxWait then
  redis.call("ZADD", seen, now + math.min(wait, 5000), id)
else
  leave(id)
  if wait <= 0 then
    wait = 0
    redis.call("ZADD", starts, now, id)
    if priority == "batch" then
      redis.call("ZADD", batches, now, id)
      redis.call("HSET", state, "streak", 0)
    else
      redis.call("HINCRBY", state, "streak", 1)
    end
  end
end
stay(math.max(wait, coolDownUntil - now))
return { id, wait }
`;
