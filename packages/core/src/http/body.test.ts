import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { WirePiece } from "@celuxe/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  collect,
  done,
  finish,
  messages,
  role,
  type ScriptedServer,
  startScripted,
  text,
} from "../../test/scripted.ts";
import { RequestTimeoutError } from "../index.ts";

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

async function lastRequestIsClosed() {
  const { journal } = server.emulator;
  await journal.idle();
  expect(journal.requests.at(-1)?.clientGone).toBeDefined();
}

function toLines(events: WirePiece[]): string {
  return events
    .map((event) => `data: ${JSON.stringify((event as { data: unknown }).data)}\n\n`)
    .join("")
    .replace('"[DONE]"', "[DONE]");
}

/** Keep-alive comments, one every 20 ms. */
function* comments(count: number): Generator<WirePiece> {
  for (let comment = 0; comment < count; comment++) yield* [": keep-alive\n\n", { waitMs: 20 }];
}

/** A server that writes these lines, one every 100 ms, and has a thread of its own: it goes on while this one is blocked. */
async function startThread(wire: string[]) {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
    require("node:http").createServer((request, response) => {
      parentPort.postMessage("request");
      const wire = ${JSON.stringify(wire)};
      setTimeout(() => response.writeHead(200, { "content-type": "text/event-stream" }), 50);
      wire.forEach((lines, index) => setTimeout(() => response.write(lines), (index + 1) * 100));
    }).listen(0, "127.0.0.1", function () {
      parentPort.postMessage(this.address().port);
    });`,
    { eval: true },
  );
  const [port] = (await once(worker, "message")) as [number];
  let requests = 0;
  worker.on("message", () => requests++);
  return { port, requests: () => requests, stop: () => worker.terminate() };
}

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe("idleMs", () => {
  test("a server that falls silent: RequestTimeoutError behind what came, and the connection is closed", async () => {
    const timeout = { idleMs: 300 };
    const played = await server.play({ chunks: [role, text("Hel")], end: "stay-open" }, { timeout });
    expect(played.text).toBe("Hel");
    expect(played.error).toBeInstanceOf(RequestTimeoutError);
    expect(played.error).toMatchObject({ phase: "idle", message: expect.stringContaining("timeout.idleMs") });
    await lastRequestIsClosed();
  });

  test("a server that falls silent before any content: RequestTimeoutError of streamChat", async () => {
    const played = await server.play({ chunks: [role], end: "stay-open" }, { timeout: { idleMs: 300 } });
    expect(played).toMatchObject({ opened: false, error: { phase: "idle" } });
    await lastRequestIsClosed();
  });

  test("a server that falls silent behind the finish reason: complete", async () => {
    const timeout = { idleMs: 300 };
    const played = await server.play({ chunks: [role, text("Hi"), finish()], end: "stay-open" }, { timeout });
    expect(played).toMatchObject({ text: "Hi", error: undefined, finish: { reason: "stop" } });
  });

  test("a whole answer that stops half-way", async () => {
    const chunks = ['{"choices":[{"message":{"con'];
    const { emulator } = server;
    emulator.faults.add({ match: "half-way", fault: { type: "script", chunks, end: "stay-open" } });
    const asked = [{ role: "user" as const, content: "half-way" }];
    const call = server.client({ timeout: { idleMs: 300 } }).chat({ model: "m", messages: asked });
    await expect(call).rejects.toMatchObject({ name: "RequestTimeoutError", phase: "idle" });
    await lastRequestIsClosed();
  });

  test("any byte counts: comments between slow data keep the stream", async () => {
    const slow = function* (): Generator<WirePiece> {
      yield role;
      for (const token of ["a", "b", "c"]) {
        yield* comments(20);
        yield text(token);
      }
      yield* [finish(), done];
    };
    const played = await server.play(slow(), { timeout: { idleMs: 300, progressMs: 4_000 } });
    expect(played).toMatchObject({ text: "abc", error: undefined });
  });
});

describe("progressMs", () => {
  test("keep-alive comments alone end in it, and the connection is closed", async () => {
    const chunks = function* (): Generator<WirePiece> {
      yield* [role, text("Hel")];
      yield* comments(1_000);
    };
    const played = await server.play(chunks(), { timeout: { idleMs: 5_000, progressMs: 300 } });
    expect(played.text).toBe("Hel");
    expect(played.error).toBeInstanceOf(RequestTimeoutError);
    expect(played.error).toMatchObject({ phase: "progress", message: expect.stringContaining("timeout.progressMs") });
    await lastRequestIsClosed();
  });

  test("keep-alive comments alone from the beginning on", async () => {
    const played = await server.play(comments(1_000), { timeout: { progressMs: 300 } });
    expect(played).toMatchObject({ opened: false, error: { phase: "progress" } });
  });

  test("empty data is a comment, too", async () => {
    const chunks = function* (): Generator<WirePiece> {
      for (let event = 0; event < 1_000; event++) yield* ["data:\n\n", { waitMs: 20 }];
    };
    const played = await server.play(chunks(), { timeout: { progressMs: 300 } });
    expect(played).toMatchObject({ error: { phase: "progress" } });
  });

  test.each([
    ["comments", ": keep-alive\n\n"],
    ["comments without end", ": keep-alive\n"],
    ["ids", "id: 7\n\n"],
    ["names of events", "event: ping\n\n"],
    ["times to come again", "retry: 1000\n\n"],
    ["parts of a line", "x"],
  ])("%s every millisecond are no progress", async (_, line) => {
    const chunks = function* (): Generator<WirePiece> {
      yield* [role, text("Hel")];
      for (;;) yield* [line, { waitMs: 1 }];
    };
    const played = await server.play(chunks(), { timeout: { idleMs: 5_000, progressMs: 300, totalMs: 5_000 } });
    expect(played).toMatchObject({ text: "Hel", error: { phase: "progress" } });
    await lastRequestIsClosed();
  });

  test("every data event starts it anew", async () => {
    const slow = function* (): Generator<WirePiece> {
      yield role;
      for (let token = 0; token < 30; token++) yield* [text("x"), { waitMs: 30 }];
      yield* [finish(), done];
    };
    const played = await server.play(slow(), { timeout: { idleMs: 500, progressMs: 500 } });
    expect(played).toMatchObject({ text: "x".repeat(30), error: undefined });
  });
});

describe("the time bounds", () => {
  test("Infinity takes them away, and more than a timer can hold is no rush", async () => {
    for (const ms of [Infinity, 2 ** 40]) {
      const chunks = [role, text("Hi"), { waitMs: 50 }, finish(), done];
      const played = await server.play(chunks, { timeout: { idleMs: ms, progressMs: ms, headersMs: ms, totalMs: ms } });
      expect(played).toMatchObject({ text: "Hi", error: undefined });
    }
  });

  test("a consumer that pauses longer is not the server's silence", async () => {
    const tokens = Array.from({ length: 3000 }, () => "x".repeat(300));
    const wire = [role, ...tokens.map((token) => text(token)), finish(), done];
    const stream = await server.stream(wire, { timeout: { idleMs: 600, progressMs: 600 } });
    let pauses = 0;
    const played = await collect(stream, async () => {
      if (pauses++ < 2) await sleep(1_500);
    });
    expect(played.error).toBeUndefined();
    expect(played.text).toBe(tokens.join(""));
  });

  test("the time in which a consumer paused counts for neither of them afterwards", async () => {
    // More than is read ahead, so that nobody reads during the pause; then nothing but silence until the end.
    const chunks = [
      role,
      ...Array.from({ length: 30 }, () => text("x".repeat(5_000))),
      { waitMs: 2_800 },
      finish(),
      done,
    ];
    const stream = await server.stream(chunks, { timeout: { idleMs: 2_000, progressMs: 2_000 } });
    let paused = false;
    const played = await collect(stream, async () => {
      if (paused) return;
      paused = true;
      await sleep(1_600);
    });
    expect(played).toMatchObject({ text: "x".repeat(150_000), error: undefined });
  });

  test("a process that is busy itself does not take that for silence", async () => {
    const { port, stop } = await startThread([[role, text("Hel")], [text("lo")], [finish(), done]].map(toLines));
    const client = server.client({ baseURL: `http://127.0.0.1:${port}/v1`, timeout: { idleMs: 500 } });
    const stream = await client.streamChat({ model: "m", messages });
    let blocked = false;
    const played = await collect(stream, async () => {
      if (blocked) return;
      blocked = true;
      block(1_500);
    });
    await stop();
    expect(played).toMatchObject({ text: "Hello", error: undefined });
  });

  test("nor for an answer that does not begin: what stands in the socket is taken, and asked for once", async () => {
    const { port, requests, stop } = await startThread(
      [[role, text("Hel")], [text("lo")], [finish(), done]].map(toLines),
    );
    const timeout = { headersMs: 500 };
    const client = server.client({ baseURL: `http://127.0.0.1:${port}/v1`, timeout, maxRetries: 2 });
    const stream = client.streamChat({ model: "m", messages });
    while (requests() === 0) await sleep(1);
    block(1_500);
    const played = await collect(await stream);
    await stop();
    expect(played).toMatchObject({ text: "Hello", error: undefined });
    expect(requests()).toBe(1);
  });

  test("nor where it could not even send the request: the server gets its time", async () => {
    const { port, requests, stop } = await startThread(
      [
        [role, text("Hello")],
        [finish(), done],
      ].map(toLines),
    );
    const fetch: typeof globalThis.fetch = (...parameters) => {
      const response = globalThis.fetch(...parameters);
      block(1_500);
      return response;
    };
    const timeout = { headersMs: 500 };
    const client = server.client({ baseURL: `http://127.0.0.1:${port}/v1`, timeout, maxRetries: 2, fetch });
    const played = await collect(await client.streamChat({ model: "m", messages }));
    await stop();
    expect(played).toMatchObject({ text: "Hello", error: undefined });
    expect(requests()).toBe(1);
  });

  test("a stream that nobody reads any more has no timer that ends it", async () => {
    const endless = function* (): Generator<WirePiece> {
      yield role;
      for (;;) yield text("x".repeat(4000));
    };
    const stream = await server.stream(endless(), { timeout: { idleMs: 200, progressMs: 200 } });
    await sleep(1_000);
    expect((await stream.next()).value).toMatchObject({ type: "start" });
    expect((await stream.next()).value).toMatchObject({ type: "text" });
    expect(server.emulator.journal.open).toBe(1);
    await stream.cancel();
  });

  test("totalMs ends a stream behind what came", async () => {
    const chunks = [role, text("Hel")];
    const played = await server.play({ chunks, end: "stay-open" }, { timeout: { totalMs: 300 } });
    expect(played).toMatchObject({ text: "Hel", error: { phase: "total" } });
    await lastRequestIsClosed();
  });
});
