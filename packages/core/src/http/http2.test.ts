import type { ServerHttp2Session } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import type { WirePiece } from "@celuxe/emulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canaryKey, createCanaryClient, rejection, until } from "../../test/canary.ts";
import { http2, type Http2Emulator, startHttp2Emulator } from "../../test/http2.ts";
import { collect, done, finish, role, text } from "../../test/scripted.ts";
import { CeluxeError } from "../index.ts";

// What only HTTP/2 has: many answers on one connection, which can end one by one, or all at once with it. Runs where
// http2.long.test.ts runs the suites over it.

const count = 50;
const json = { "content-type": "application/json" };

/** Half an answer, then nothing. */
function* half(): Generator<WirePiece> {
  yield* [role, text("Hel")];
  yield { waitMs: 60_000 };
}

/** An answer that needs half a second. */
function* slow(): Generator<WirePiece> {
  yield role;
  for (let token = 0; token < 10; token++) yield* [text("x"), { waitMs: 50 }];
  yield* [finish(), done];
}

/** What can happen to a session or its streams in the middle of their answers, by what plain `fetch` makes of it. */
const losses: [string, (session: ServerHttp2Session, emulator: Http2Emulator) => void][] = [
  ["its socket is reset", (_, { sockets }) => void sockets[0]!.resetAndDestroy()],
  ["its socket is closed", (session) => session.destroy()],
  ["it is ended with an error (GOAWAY)", (session) => session.destroy(new Error("gone"), 2)],
  [
    "it is sent away as if all were well (GOAWAY 0), and closed",
    (session) => {
      session.goaway(0);
      setTimeout(() => session.destroy(), 20);
    },
  ],
  [
    "each stream is reset (INTERNAL_ERROR)",
    (_, { streams }) => {
      for (const stream of streams) stream.destroy(new Error("reset"));
    },
  ],
  [
    "each stream is reset (NO_ERROR)",
    (_, { streams }) => {
      for (const stream of streams) stream.close(0);
    },
  ],
  [
    "each stream is reset (CANCEL)",
    (_, { streams }) => {
      for (const stream of streams) stream.close(8);
    },
  ],
  [
    "each body ends early",
    (_, { streams }) => {
      for (const stream of streams) stream.end();
    },
  ],
];

describe.skipIf(!http2)("over HTTP/2", () => {
  let emulator: Http2Emulator;
  beforeEach(async () => {
    const kind = (body: unknown) => (body as { model?: string } | undefined)?.model;
    emulator = await startHttp2Emulator({
      keys: [{ key: canaryKey }],
      models: ["deepseek-v3", "silent"],
      faults: [
        { match: ({ body }) => kind(body) === "half", fault: { type: "script", chunks: half } },
        {
          match: ({ body }) => kind(body) === "half JSON",
          fault: { type: "script", headers: json, chunks: ['{"choices":[{"message":{"con'], end: "stay-open" },
        },
        { match: ({ body }) => kind(body) === "slow", fault: { type: "script", chunks: slow } },
        { match: ({ body }) => kind(body) === "silent", fault: { type: "delay-head", ms: 60_000 } },
      ],
    });
  });
  afterEach(() => emulator.close());

  const messages = [{ role: "user" as const, content: "Go." }];
  const open = () => createCanaryClient(emulator, { rateLimit: false, maxRetries: 0 });

  /** A client whose connection stands: a cold burst opens one for each call. */
  async function warm() {
    const client = open();
    await client.listModels();
    return client;
  }

  async function startAll(model: string) {
    const client = await warm();
    return Promise.all(Array.from({ length: count }, () => client.streamChat({ model, messages })));
  }

  test(`${count} streams share a session, and each is whole`, async () => {
    const streams = await startAll("slow");
    expect(emulator.sessions).toHaveLength(1);
    for (const { text: said, error } of await Promise.all(streams.map((stream) => collect(stream)))) {
      expect({ said, error }).toEqual({ said: "x".repeat(10), error: undefined });
    }
    expect(new Set(emulator.journal.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  test.each(losses)(
    `${count} streams on one session where %s: each is its typed error, none is whole`,
    async (_, lose) => {
      const streams = await startAll("half");
      const played = streams.map((stream) => collect(stream));
      await sleep(50);
      lose(emulator.sessions[0]!, emulator);
      for (const { text: said, error, finish: end } of await Promise.all(played)) {
        expect(said).toBe("Hel");
        expect(end).toBeUndefined();
        expect(error).toBeInstanceOf(CeluxeError);
        expect((error as Error).name).toMatch(/^(Connection|Stream)Error$/);
      }
      // And the next call opens a session of its own.
      expect((await collect(await open().streamChat({ model: "deepseek-v3", messages }))).finish).toBeDefined();
    },
  );

  test.each(losses)("a whole answer that is cut where %s is a typed error", async (_, lose) => {
    const client = await warm();
    const call = rejection(client.chat({ model: "half JSON", messages }));
    await until(() => emulator.journal.requests.at(-1)!.bytes > 0);
    await sleep(50);
    lose(emulator.sessions[0]!, emulator);
    const error = await call;
    expect(error).toBeInstanceOf(CeluxeError);
    expect((error as Error).name).toMatch(/^(Connection|Protocol)Error$/);
  });

  test("calls that wait for their heads when the session is lost are asked again on another", async () => {
    const client = createCanaryClient(emulator, { rateLimit: false, maxRetries: 2 });
    await client.listModels();
    const calls = Array.from({ length: count }, () => client.chat({ model: "silent", messages }));
    await until(() => emulator.journal.requests.length === count + 1);
    emulator.faults.clear();
    emulator.sessions[0]!.destroy();
    for (const answer of await Promise.all(calls)) expect(answer.finishReason).toBe("stop");
    expect(emulator.journal.requests).toHaveLength(1 + 2 * count);
  });

  test("an abort, a break and a time bound each close their stream, and no other and not the session", async () => {
    const client = await warm();
    const controller = new AbortController();
    const kept = client.streamChat({ model: "slow", messages }).then((stream) => collect(stream));
    const aborted = client.streamChat({ model: "half", messages }, { signal: controller.signal });
    const left = client.streamChat({ model: "half", messages });
    const headless = rejection(client.chat({ model: "silent", messages }, { signal: controller.signal }));
    const bounded = createCanaryClient(emulator, { rateLimit: false, maxRetries: 0, timeout: { idleMs: 200 } });
    const late = rejection(bounded.chat({ model: "half JSON", messages }));
    const waiting = collect(await aborted);
    for await (const delta of await left) if (delta.type === "text") break;
    controller.abort("enough");
    expect((await waiting).error).toBe("enough");
    expect(await headless).toBe("enough");
    expect(await late).toMatchObject({ name: "RequestTimeoutError", phase: "idle" });
    await until(() => emulator.journal.requests.filter(({ clientGone }) => clientGone !== undefined).length === 4);
    expect(await kept).toMatchObject({ text: "x".repeat(10), error: undefined });
    expect(emulator.sessions).toHaveLength(1);
    expect(emulator.streams).toHaveLength(0);
  });

  test("a session that is sent away gracefully ends its answers whole; a call that crosses it is asked again", async () => {
    const streams = await startAll("slow");
    const played = streams.map((stream) => collect(stream));
    const client = createCanaryClient(emulator, { rateLimit: false, maxRetries: 2 });
    emulator.sessions[0]!.close();
    const later = await client.streamChat({ model: "slow", messages });
    for (const { text: said, error } of await Promise.all([...played, collect(later)])) {
      expect({ said, error }).toEqual({ said: "x".repeat(10), error: undefined });
    }
  });
});
