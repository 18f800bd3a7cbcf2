import { setImmediate } from "node:timers/promises";
import { createEmulator, type WirePiece } from "@celuxe/emulator";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type GoodStream, goodStream, splitAt, toWire } from "../../test/good-streams.ts";
import { collect, messages, type Played } from "../../test/scripted.ts";
import { CeluxeError, type CeluxeClientOptions, type ChatAnswer, createCeluxeClient } from "../index.ts";

// Properties of the reader. Without a socket between, so that each piece is one read of the client.

const emulator = createEmulator();

/** What the next requests are answered with. */
function answerWith(chunks: Iterable<WirePiece>, contentType = "text/event-stream"): void {
  emulator.faults.clear();
  emulator.faults.add({
    match: () => true,
    fault: { type: "script", chunks, headers: { "content-type": contentType } },
  });
}

function client(options: CeluxeClientOptions = {}) {
  const { fetch, apiKey } = emulator;
  return createCeluxeClient({
    fetch,
    apiKey,
    baseURL: "http://localhost/v1",
    rateLimit: false,
    maxRetries: 0,
    ...options,
  });
}

async function play(
  pieces: Iterable<WirePiece>,
  { mergeDeltas = true, includeRaw = false, pauses = [] as boolean[] } = {},
): Promise<Played> {
  answerWith(pieces);
  let read = 0;
  const pause = async () => void (pauses[read++ % pauses.length] && (await setImmediate()));
  const empty = { text: "", reasoning: "", deltas: [], toolCalls: [], argumentsByCall: [], finish: undefined };
  try {
    const stream = await client({ mergeDeltas }).streamChat({ model: "m", messages }, { includeRaw });
    return await collect(stream, pauses.length > 0 ? pause : undefined);
  } catch (error) {
    return { ...empty, refusal: "", usage: undefined, opened: false, error };
  }
}

function bytesOf(chunks: unknown[], lineEnd = "\n"): Uint8Array {
  return new TextEncoder().encode(toWire(chunks, lineEnd));
}

function expectWhole(played: Played, { text, reasoning, calls }: GoodStream) {
  expect(played).toMatchObject({ text, reasoning, error: undefined, usage: { totalTokens: 3 } });
  expect(played.argumentsByCall).toEqual(calls);
  expect(played.toolCalls).toMatchObject(calls.map((text) => ({ arguments: text, status: "complete" })));
  expect(played.finish?.reason).toBe(calls.length > 0 ? "tool-calls" : "stop");
}

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

test("split at any byte, merged or not, read fast or slowly: the joined result is the same", async () => {
  const pauses = fc.array(fc.boolean(), { maxLength: 5 });
  const property = fc.asyncProperty(goodStream, lineEnd, places, pauses, async (stream, end, cuts, pauses) => {
    const parts = splitAt(bytesOf(stream.chunks, end), cuts);
    const merged = await play(parts, { pauses });
    expectWhole(merged, stream);
    const single = await play(parts, { pauses, mergeDeltas: false });
    expectWhole(single, stream);
    expect(single.deltas.length).toBeGreaterThanOrEqual(merged.deltas.length);
    const raw = await play(parts, { pauses, includeRaw: true });
    expectWhole(raw, stream);
    expect(raw.deltas.flatMap((delta) => (delta.type === "raw" ? [delta.chunk] : []))).toEqual(stream.chunks);
  });
  await fc.assert(property, { numRuns: 60 });
});

test("what arrives together is one delta of each block, also with log probabilities between", async () => {
  const tokens = ["a", "b", "c"];
  const logprobs = { content: [{ token: "t", logprob: 0 }] };
  const chunks = tokens.map((content) => ({ choices: [{ index: 0, delta: { content }, logprobs }] }));
  const { deltas } = await play([bytesOf([...chunks, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }])]);
  expect(deltas.map(({ type }) => type)).toEqual(["start", "text", "logprobs", "finish"]);
  expect(deltas[1]).toEqual({ type: "text", text: "abc" });
  expect(deltas[2]).toMatchObject({ content: [logprobs.content[0], logprobs.content[0], logprobs.content[0]] });
});

test("every byte on its own", async () => {
  const property = fc.asyncProperty(goodStream, lineEnd, async (stream, end) => {
    const single = [...bytesOf(stream.chunks, end)].map((byte) => Uint8Array.of(byte));
    expectWhole(await play(single), stream);
  });
  await fc.assert(property, { numRuns: 8 });
});

test("cut at any byte: what came is the beginning of the whole, and only a finished answer is a whole one", async () => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.asyncProperty(goodStream, place, places, async (stream, place, cuts) => {
    const whole = bytesOf(stream.chunks);
    const played = await play(splitAt(whole.subarray(0, Math.floor(place * whole.length)), cuts));
    expect(stream.text.startsWith(played.text)).toBe(true);
    expect(stream.reasoning.startsWith(played.reasoning)).toBe(true);
    for (const [index, text] of played.argumentsByCall.entries()) {
      expect(stream.calls[index]!.startsWith(text)).toBe(true);
    }
    if (played.finish) expect(played).toMatchObject({ text: stream.text, error: undefined });
    else {
      expect(played.error).toBeInstanceOf(CeluxeError);
      expect(played.toolCalls).toEqual([]);
    }
  });
  await fc.assert(property, { numRuns: 100 });
});

/** Where a value of JSON stands in its whole. */
type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function mutated(value: unknown, [key, ...rest]: Path, odd: unknown): unknown {
  if (key === undefined) return odd;
  const copy: Record<string, unknown> = Array.isArray(value) ? (value.slice() as never) : { ...(value as object) };
  copy[key] = mutated(copy[key], rest, odd);
  return copy;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, "", " ", "odd", 0, -1, 0.5, 1e308, true, false, [], {}, [[]], [null], [{}]),
  fc.constantFrom<unknown>({ text: null }, { a: { b: [] } }, [{ text: {} }], "[DONE]", "\u0000", "\ud800"),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"polluted":true},"constructor":null,"toString":1}')),
  fc.jsonValue({ maxDepth: 2 }),
);

const reasonPath = ["choices", "0", "finish_reason"];

/** A number that says something else, and says it well: another choice, another call. */
function isOtherIndex(path: Path, value: unknown): boolean {
  return path.at(-1) === "index" && typeof value !== "object" && Number.isInteger(Number(value)) && Number(value) >= 0;
}

function marksOf(value: unknown): string[] {
  return JSON.stringify(value ?? null).match(/⟨\d+⟩/g) ?? [];
}

function isFilled(marks: string[]): boolean {
  return marks.length > 0;
}

test("one odd field never loses a chunk: all that does not stand in it is there, once and in its place", async () => {
  const seed = fc.record({ chunk: fc.nat(), path: fc.nat(), odd, extra: fc.constantFrom("", "extra", "annotations") });
  const property = fc.asyncProperty(goodStream, seed, fc.boolean(), async (stream, seed, mergeDeltas) => {
    const at = seed.chunk % stream.chunks.length;
    const chunk = stream.chunks[at]!;
    const paths = pathsOf(chunk);
    let path = paths[seed.path % paths.length]!;
    const place = valueAt(chunk, path);
    if (seed.extra && typeof place === "object" && !Array.isArray(place)) path = [...path, seed.extra];
    fc.pre(!isOtherIndex(path, seed.odd));
    const chunks = stream.chunks.with(at, mutated(chunk, path, seed.odd) as Record<string, unknown>);
    const wire = chunks.map((one) => `data: ${JSON.stringify(one) ?? ""}\n\n`);
    const played = await play([...wire, "data: [DONE]\n\n"], { mergeDeltas });

    const lost = path.at(-1) === seed.extra ? [] : marksOf(place);
    const kept = (said: string) => marksOf(said).filter((mark) => !lost.includes(mark));
    const reasonLost =
      path.every((key, depth) => key === reasonPath[depth]) && typeof valueAt(chunk, reasonPath) === "string";
    // Without its reason a stream is not known to be whole, whatever it said.
    if (!reasonLost || played.error === undefined) expect(played.finish).toBeDefined();
    else expect(played.error).toMatchObject({ kind: "truncated" });
    expect(marksOf(played.text)).toEqual(kept(stream.text));
    expect(marksOf(played.reasoning)).toEqual(kept(stream.reasoning));
    // A call whose name is lost comes last: calls stand in the order of their names.
    const marksOfCalls = (calls: string[][]) => calls.map((marks) => marks.join("")).toSorted();
    expect(marksOfCalls(played.argumentsByCall.map(marksOf).filter(isFilled))).toEqual(
      marksOfCalls(stream.calls.map(kept).filter(isFilled)),
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
  await fc.assert(property, { numRuns: 600 });
});

test("one odd field of a whole answer never loses the rest of it", async () => {
  const whole = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "deepseek-v3",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "⟨0⟩",
          reasoning_content: "⟨1⟩",
          refusal: null,
          annotations: [{ type: "⟨5⟩" }],
          tool_calls: [
            { id: "a", type: "function", function: { name: "look", arguments: '{"at":"⟨2⟩"}' } },
            { id: "b", type: "function", function: { name: "look", arguments: '{"at":"⟨3⟩"}' } },
          ],
        },
        logprobs: { content: [{ token: "⟨6⟩" }], refusal: null },
        finish_reason: "tool_calls",
      },
      { index: 1, message: { role: "assistant", content: "⟨4⟩" }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  };
  const paths = pathsOf(whole).filter((path) => path.length > 1 || path[0] !== "choices");
  const property = fc.asyncProperty(fc.constantFrom(...paths.slice(1)), odd, async (path, value) => {
    fc.pre(!isOtherIndex(path, value));
    answerWith([JSON.stringify(mutated(whole, path, value))], "application/json");
    const { choices }: ChatAnswer = await client().chat({ model: "m", messages });
    const lost = marksOf(valueAt(whole, path));
    // The blocks say once more what the texts say.
    const found = marksOf(choices.map((choice) => ({ ...choice, blocks: [] }))).toSorted();
    expect(found).toEqual(
      marksOf(whole)
        .filter((mark) => !lost.includes(mark))
        .toSorted(),
    );
  });
  await fc.assert(property, { numRuns: 400 });
});

test("any bytes end in an answer or in a typed error", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "data: {}",
      "data: [DONE]",
      "event: error",
      "data:",
      ":",
      "",
      "data: [",
      '{"error":',
      "<html>",
      "id",
    ),
    fc.string({ maxLength: 20 }),
    fc.json({ maxDepth: 3 }).map((json) => `data: ${json}`),
    fc.json({ maxDepth: 1 }).map((json) => `data: {"choices":[{"delta":${json}}]}`),
  );
  const body = fc.oneof(
    fc.array(line).map((lines) => new TextEncoder().encode(lines.join("\n"))),
    fc.uint8Array({ maxLength: 200 }),
  );
  const property = fc.asyncProperty(body, places, async (bytes, cuts) => {
    for (const mergeDeltas of [true, false]) {
      const { error, finish } = await play(splitAt(bytes, cuts), { mergeDeltas });
      if (error === undefined) expect(finish).toBeDefined();
      else expect(error).toBeInstanceOf(CeluxeError);
    }
  });
  await fc.assert(property, { numRuns: 200 });
});
