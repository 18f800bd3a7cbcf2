import { setTimeout as sleep } from "node:timers/promises";
import type { WirePiece } from "@celuxe/emulator";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { chunk, collect, done, finish, role, type ScriptedServer, startScripted, text } from "../../test/scripted.ts";
import type { ChatDelta } from "../index.ts";

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
beforeEach(() => server.emulator.journal.clear());
afterAll(() => server.close());

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
    yield* [finish(), done];
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
