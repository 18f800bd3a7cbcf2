import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { WirePiece } from "@celuxe/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chunk, collect, done, finish, role, type ScriptedServer, startScripted, text } from "../test/scripted.ts";
import type { ChatDelta, ChatStream } from "./index.ts";

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

describe("reading", () => {
  test("next() calls that overlap are answered in turn, each delta once, all at the end with the end", async () => {
    const tokens = Array.from({ length: 40 }, (_, index) => `${index} `);
    const paced = tokens.flatMap((token) => [text(token), { waitMs: 1 }]);
    for (const mergeDeltas of [true, false]) {
      const stream = await server.stream([role, ...paced, finish(), done], { mergeDeltas });
      const results = await Promise.all(Array.from({ length: 60 }, () => stream.next()));
      const read = results.filter((result) => !result.done).map(({ value }) => value);
      expect(read.flatMap((delta) => (delta.type === "text" ? delta.text : [])).join("")).toBe(tokens.join(""));
      expect(read.at(-1)?.type).toBe("finish");
      expect(results.slice(read.length).every((result) => result.done)).toBe(true);
    }
  });

  test("a failure reaches one next(); those after it get the end", async () => {
    const stream = await server.stream([role, text("Hi")]);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => stream.next()));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(results.findIndex(({ status }) => status === "rejected")).toBe(2);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("a consumer that keeps up sees each delta as it comes: none waits for the next to be written", async () => {
    let allow = () => {};
    let allowed = 0;
    function* onRequest(): Generator<WirePiece> {
      yield role;
      for (let token = 0; token < 20; token++) {
        yield text(`${token} `);
        while (allowed <= token) yield { waitMs: 1 };
      }
      yield done;
    }
    allow = () => void allowed++;
    const stream = await server.stream(onRequest());
    let read = 0;
    for await (const delta of stream) {
      if (delta.type !== "text") continue;
      expect(delta.text).toBe(`${read++} `);
      allow();
    }
    expect(read).toBe(20);
  });

  test("a delta still grows by what has arrived until it is asked for", async () => {
    let written = false;
    const wire = function* (): Generator<WirePiece> {
      yield* [role, text("a"), { waitMs: 20 }, text("b")];
      written = true;
      yield* [{ waitMs: 60_000 }];
    };
    const stream = await server.stream(wire());
    while (!written) await sleep(5);
    await sleep(100);
    expect((await stream.next()).value).toMatchObject({ type: "start" });
    expect((await stream.next()).value).toEqual({ type: "text", text: "ab" });
    await stream.cancel();
  });

  test("one that falls behind sees fewer and larger ones, of the same whole", async () => {
    const tokens = Array.from({ length: 2000 }, (_, index) => `${index} `);
    const wire = [role, ...tokens.map((token) => text(token)), finish(), done];
    const slow = await collect(await server.stream(wire), () => sleep(2));
    const single = await server.play(wire, { mergeDeltas: false });
    expect(slow.text).toBe(tokens.join(""));
    expect(single.text).toBe(slow.text);
    expect(single.deltas).toHaveLength(tokens.length + 2);
    expect(slow.deltas.length).toBeLessThan(tokens.length / 4);
  });

  test("deltas of different blocks are never merged", async () => {
    const wire = [role, chunk({ reasoning: "1" }), text("a"), chunk({ reasoning: "2" }), text("b"), finish(), done];
    const { deltas } = await server.play(wire);
    expect(deltas.map(({ type }) => type)).toEqual(["start", "reasoning", "text", "reasoning", "text", "finish"]);
  });

  test("raw chunks come one by one, each before the deltas read from it", async () => {
    const { deltas } = await server.play([role, text("H"), text("i"), finish(), done], { includeRaw: true });
    const types = deltas.map(({ type }) => type);
    expect(types).toEqual(["raw", "start", "raw", "text", "raw", "text", "raw", "finish"]);
    expect((deltas[0] as Extract<ChatDelta, { type: "raw" }>).chunk).toMatchObject({ id: "chatcmpl-1" });
  });

  test("streamChat resolves with the first content, not with the role", async () => {
    let roleSent = false;
    const wire = function* (): Generator<WirePiece> {
      yield role;
      roleSent = true;
      yield { waitMs: 100 };
      yield text("Hi");
      yield { waitMs: 500 };
      yield* [finish(), done];
    };
    const stream = await server.stream(wire());
    expect(roleSent).toBe(true);
    expect(server.emulator.journal.open).toBe(1);
    await stream.cancel();
  });

  test("streamChat resolves at the end of an answer without content", async () => {
    const played = await server.play([role, finish(), done]);
    expect(played.deltas.map(({ type }) => type)).toEqual(["start", "finish"]);
  });

  test("back-pressure reaches the server: after 2 s without a read it has written less than 16 of 64 MB", async () => {
    const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(16_000) } }] })}\n\n`;
    const megabytes = function* (): Generator<WirePiece> {
      for (let bytes = 0; bytes < 64e6; bytes += event.length) yield event;
      yield* [finish(), done];
    };
    const streams = await Promise.all(
      [{}, { mergeDeltas: false }, { includeRaw: true }].map((options) => server.stream(megabytes(), options)),
    );
    await sleep(2_000);
    for (const { bytes } of server.emulator.journal.requests) {
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(16e6);
    }
    for (const stream of streams) await stream.cancel();
  });

  test("after a pause the whole answer is there", async () => {
    const tokens = Array.from({ length: 3000 }, (_, index) => `${index} `.repeat(20));
    for (const options of [{}, { mergeDeltas: false }]) {
      const stream = await server.stream([role, ...tokens.map((token) => text(token)), finish(), done], options);
      await sleep(100);
      expect((await collect(stream)).text).toBe(tokens.join(""));
    }
  });
});
