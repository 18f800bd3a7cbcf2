// The line of the README for each client of Redis, on a real one, as built.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { RateLimitStore } from "@celuxe/core";
import { createRedisStore } from "@celuxe/core/redis";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, Redis as IoRedis } from "ioredis";
import { createClient, createCluster } from "redis";
import { expect, test } from "vitest";
import { hasRedis, type Send, startRedis } from "../packages/core/test/redis.ts";
import { evaluate, useStore } from "./runtimes/use-store.ts";

if (!hasRedis) console.info("Skipped: the Redis clients need redis-server (apt-get install -y redis-server).");

const readme = readFileSync(join(import.meta.dirname, "../packages/core/README.md"), "utf8");

/** The line for a client in the README's table, where the client itself is called `redis`. */
function lineFor(client: string): string {
  const line = readme.split("\n").find((row) => row.startsWith(`| ${client} `));
  return /`(createRedisStore\(.+\))`/.exec(line ?? "")![1]!;
}

/** What the line makes of a client. */
function storeOf(client: string, redis: unknown): RateLimitStore {
  return evaluate(lineFor(client), createRedisStore, redis);
}

/** What a store with a limit of 2 in a minute answers to four, of which the third gives its place back. */
const used = { rounds: [0, 0, 1, 1], coolDownKept: true };

test.runIf(hasRedis)("node-redis", async () => {
  await using redis = await startRedis();
  const client = await createClient({ url: `redis://127.0.0.1:${redis.port}` }).connect();
  expect(await useStore(storeOf("node-redis", client))).toEqual(used);
  client.destroy();
});

test.runIf(hasRedis)("node-redis, a cluster", async () => {
  await using redis = await startRedis({ cluster: true });
  const client = await createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${redis.port}` }] }).connect();
  expect(await useStore(storeOf("node-redis, a cluster", client))).toEqual(used);
  client.destroy();
});

test.runIf(hasRedis)("ioredis", async () => {
  await using redis = await startRedis();
  const client = new IoRedis(redis.port, "127.0.0.1");
  expect(await useStore(storeOf("ioredis, also a cluster", client))).toEqual(used);
  client.disconnect();
});

test.runIf(hasRedis)("ioredis, a cluster", async () => {
  await using redis = await startRedis({ cluster: true });
  const client = new Cluster([{ host: "127.0.0.1", port: redis.port }]);
  expect(await useStore(storeOf("ioredis, also a cluster", client))).toEqual(used);
  client.disconnect();
});

test.runIf(hasRedis)("Bun", async () => {
  await using redis = await startRedis();
  const program = join(import.meta.dirname, "runtimes/redis-bun.mjs");
  const path = `${join(import.meta.dirname, "node_modules/.bin")}:${process.env["PATH"]}`;
  const { stdout } = await promisify(execFile)("bun", [program, lineFor("Bun")], {
    cwd: import.meta.dirname,
    env: { ...process.env, PATH: path, REDIS_URL: `redis://127.0.0.1:${redis.port}` },
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual(used);
});

test.runIf(hasRedis)("@upstash/redis", async () => {
  await using redis = await startRedis();
  await using bridge = await startBridge(redis.send);
  const client = new Upstash({ url: bridge.url, token: "none" });
  expect(await useStore(storeOf("@upstash/redis", client))).toEqual(used);
});

/** Redis behind Upstash's REST interface, as far as its client uses it here. */
async function startBridge(send: Send) {
  const encode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(encode);
    return typeof value === "string" ? Buffer.from(value).toString("base64") : value;
  };
  const run = async (command: unknown[]) => {
    try {
      return { result: encode(await send(...command.map(String))) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await text(request)) as unknown[];
      const isPipeline = request.url === "/pipeline";
      const answer = isPipeline ? await Promise.all((body as unknown[][]).map(run)) : await run(body);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
