import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { WirePiece } from "@celuxe/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { collect, done, finish, role, type ScriptedServer, startScripted, text } from "../../test/scripted.ts";
import type { ChatStream } from "../index.ts";

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
beforeEach(() => server.emulator.journal.clear());
afterAll(() => server.close());

/** Text that never ends, one token every `everyMs`. */
function* endless(everyMs: number): Generator<WirePiece> {
  yield role;
  for (;;) {
    yield text("x");
    yield { waitMs: everyMs };
  }
}

async function lastRequestIsClosed() {
  const { journal } = server.emulator;
  await journal.idle();
  expect(journal.requests.at(-1)?.clientGone).toBeDefined();
}

describe("connections", () => {
  test("20 streamed calls in turn use one connection", async () => {
    const { emulator } = server;
    const client = server.client();
    for (let call = 0; call < 20; call++) {
      const messages = [{ role: "user" as const, content: `${call}` }];
      const played = await collect(await client.streamChat({ model: "deepseek-v3", messages }));
      expect(played.finish).toBeDefined();
    }
    const connections = new Set(emulator.journal.requests.map(({ connection }) => connection));
    expect(emulator.journal.requests).toHaveLength(20);
    expect(connections.size).toBe(1);
  });

  test("calls that leave the loop at the finish use one connection", async () => {
    for (let call = 0; call < 5; call++) {
      for await (const delta of await server.stream([role, text("Hi"), finish(), done, { waitMs: 20 }])) {
        if (delta.type === "finish") break;
      }
      await server.emulator.journal.idle();
      await sleep(50);
    }
    const connections = new Set(server.emulator.journal.requests.map(({ connection }) => connection));
    expect(connections.size).toBe(1);
  });

  test("break closes the connection", async () => {
    for await (const delta of await server.stream(endless(5))) {
      if (delta.type === "text") break;
    }
    await lastRequestIsClosed();
  });

  test("an error thrown in the loop closes the connection", async () => {
    const read = async () => {
      for await (const delta of await server.stream(endless(5))) throw new Error(delta.type);
    };
    await expect(read()).rejects.toThrow("start");
    await lastRequestIsClosed();
  });

  test.each(["return", "cancel"] as const)("%s() closes the connection and ends the stream", async (method) => {
    const stream = await server.stream(endless(5));
    await stream.next();
    await stream[method]();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await stream[method]();
    await lastRequestIsClosed();
  });

  test.each(["return", "cancel"] as const)("%s() ends the next() that waits", async (method) => {
    const stream = await server.stream({ chunks: [role, text("x")], end: "stay-open" });
    await stream.next();
    await stream.next();
    const waiting = [stream.next(), stream.next()];
    await stream[method]();
    expect(await Promise.all(waiting)).toEqual([1, 2].map(() => ({ done: true, value: undefined })));
    await lastRequestIsClosed();
  });

  test("a stream that nobody reads stops reading, and cancel() closes it", async () => {
    const stream = await server.stream(endless(0));
    await sleep(50);
    await stream.cancel();
    await lastRequestIsClosed();
  });
});

describe("abort", () => {
  const cases: [string, (stream: ChatStream) => Promise<unknown>][] = [
    ["while next() waits", (stream) => stream.next()],
    ["while two next() wait", (stream) => Promise.race([stream.next(), stream.next()])],
  ];
  test.each(cases)("%s: rejects with the reason and closes the connection", async (_, wait) => {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await server.stream({ chunks: [role, text("x")], end: "stay-open" }, { signal });
    await stream.next();
    await stream.next();
    const waiting = wait(stream);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await lastRequestIsClosed();
  });

  test("while nobody reads: nothing is unhandled, the next next() rejects, what was not read is dropped", async () => {
    const controller = new AbortController();
    const stream = await server.stream(endless(1), { signal: controller.signal, mergeDeltas: false });
    await sleep(50);
    controller.abort("enough");
    await sleep(50);
    await expect(stream.next()).rejects.toBe("enough");
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await lastRequestIsClosed();
  });

  test("after everything has arrived and before it was read: rejects", async () => {
    const controller = new AbortController();
    const wire = [role, ...Array.from({ length: 50 }, () => text("x")), finish(), done];
    const stream = await server.stream(wire, { signal: controller.signal, mergeDeltas: false });
    await server.emulator.journal.idle();
    await sleep(50);
    await stream.next();
    controller.abort("enough");
    await expect(stream.next()).rejects.toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("after the end: nothing happens", async () => {
    const controller = new AbortController();
    const played = await collect(await server.stream([role, text("Hi"), finish(), done], controller));
    controller.abort();
    expect(played).toMatchObject({ text: "Hi", error: undefined });
  });

  test("before the first content: streamChat rejects with the reason", async () => {
    const controller = new AbortController();
    const opening = server.stream({ chunks: [role], end: "stay-open" }, { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 50);
    await expect(opening).rejects.toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await lastRequestIsClosed();
  });

  test("200 streams on one long-lived signal leave no listener", async () => {
    const { signal } = new AbortController();
    const ends: ((stream: ChatStream) => Promise<unknown>)[] = [
      (stream) => collect(stream),
      (stream) => stream.return(),
      (stream) => stream.cancel(),
      (stream) => stream.next().then(() => stream.cancel()),
    ];
    for (let call = 0; call < 200; call += 20) {
      const calls = Array.from({ length: 20 }, async (_, index) => {
        const end = index % 5 === 4 ? "reset" : "close";
        const chunks = [role, text("Hi"), ...(end === "close" ? [finish(), done] : [])];
        await ends[index % ends.length]!(await server.stream({ chunks, end }, { signal }));
      });
      await Promise.all(calls);
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("[DONE]", () => {
  test("ends the stream at once, whatever the server does then", async () => {
    const stream = await server.stream({ chunks: [role, text("Hi"), finish(), done], end: "stay-open" });
    expect(await collect(stream)).toMatchObject({ text: "Hi", error: undefined });
    expect(server.emulator.journal.open).toBe(1);
    // And the connection is given up in the end.
    await lastRequestIsClosed();
  });

  test("a long rest closes the connection", async () => {
    const rest = function* (): Generator<WirePiece> {
      yield* [role, text("Hi"), finish(), done];
      for (;;) yield ": more\n\n".repeat(1000);
    };
    expect(await collect(await server.stream(rest()))).toMatchObject({ text: "Hi", error: undefined });
    await lastRequestIsClosed();
    // What the sockets hold; a second of reading would be a hundred times more.
    expect(server.emulator.journal.requests.at(-1)!.bytes).toBeLessThan(16e6);
  });

  test("what comes behind it is not read", async () => {
    const rest = [text("!"), "data: oops\n\n", { data: { error: { code: 500 } } }];
    const played = await server.play([role, text("Hi"), finish(), done, ...rest]);
    expect(played).toMatchObject({ text: "Hi", error: undefined });
  });

  test("a connection that is lost behind it is no matter", async () => {
    const played = await server.play({ chunks: [role, text("Hi"), finish(), done], end: "reset" });
    expect(played).toMatchObject({ text: "Hi", error: undefined });
  });
});
