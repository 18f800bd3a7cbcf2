import { AIMessageChunk } from "@langchain/core/messages";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collect, join, say, useEmulator } from "../test/harness.ts";
import { CeluxeMessageChunk } from "./message-chunk.ts";

const { chat, emulator } = useEmulator();

const pieces = (text: fc.Arbitrary<string>) => fc.array(text, { maxLength: 4 });
const json = fc.json({ maxDepth: 2 });

/** A JSON text in pieces, whole or cut. */
const args = fc
  .tuple(
    fc.record({ a: json }).map((value) => JSON.stringify(value)),
    fc.array(fc.nat(30), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([text, cuts, whole]) => {
    const given = whole ? text : text.slice(0, -1);
    const ends = [...new Set(cuts.map((cut) => Math.min(cut, given.length)))].toSorted((left, right) => left - right);
    return [...ends, given.length].map((end, index) => given.slice(ends[index - 1] ?? 0, end)).filter(Boolean);
  });

const answers = fc.record({
  reasoning: pieces(fc.string()),
  text: pieces(fc.string()),
  toolCalls: fc.array(fc.record({ name: fc.constantFrom("look", "ask"), arguments: args }), { maxLength: 3 }),
});

describe("joined chunks", () => {
  test("say what invoke says, for any answer and however it is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        emulator().replies.clear();
        emulator().replies.add({ reply: answer });
        const whole = say(await chat().invoke("Hello"));
        for (const outputVersion of ["v0", "v1"] as const) {
          const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello", { outputVersion }));
          expect(say(join(chunks))).toEqual(whole);
        }
        expect(say(await chat().streamEvents("Hello"))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("say the same in whatever groups they are joined", async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.nat(), async (answer, at) => {
        emulator().replies.clear();
        emulator().replies.add({ reply: answer });
        for (const outputVersion of ["v0", "v1"] as const) {
          const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello", { outputVersion }));
          if (chunks.length < 3) continue;
          const middle = 1 + (at % (chunks.length - 1));
          const grouped = join(chunks.slice(0, middle)).concat(join(chunks.slice(middle)));
          expect(say(grouped)).toEqual(say(join(chunks)));
          expect(grouped.content).toEqual(join(chunks).content);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("joining leaves the chunks as they were", async () => {
  emulator().replies.add({ reply: { text: ["a", "b"], toolCalls: [{ name: "look", arguments: ["{", "}"] }] } });
  const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello"));
  const before = chunks.map((chunk) => JSON.stringify(chunk));
  const half = join(chunks.slice(0, 3));
  const halfBefore = JSON.stringify(half);
  join(chunks);
  half.concat(chunks[3]!);
  expect(chunks.map((chunk) => JSON.stringify(chunk))).toEqual(before);
  expect(JSON.stringify(half)).toBe(halfBefore);
});

describe("with chunks of LangChain's own", () => {
  test("pieces of calls are taken, guesses are not", () => {
    const foreign = new AIMessageChunk({
      content: "Hi",
      tool_call_chunks: [{ type: "tool_call_chunk", index: 0, id: "a", name: "look", args: '{"at":"sk' }],
    });
    expect(foreign.tool_calls).toHaveLength(1);
    const joined = new CeluxeMessageChunk("").concat(foreign);
    expect(joined).toMatchObject({ content: "Hi", tool_calls: [], tool_call_chunks: foreign.tool_call_chunks });
  });

  test("whole calls are taken, and usage is added up", () => {
    const usage_metadata = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const call = { type: "tool_call" as const, id: "a", name: "look", args: {} };
    const left = new CeluxeMessageChunk({ content: "", usage_metadata });
    const joined = left.concat(new AIMessageChunk({ content: "Hi", tool_calls: [call], usage_metadata }));
    expect(joined.tool_calls).toEqual([call]);
    expect(joined.usage_metadata).toMatchObject({ input_tokens: 2, output_tokens: 4, total_tokens: 6 });
  });

  test("content as blocks is joined to text", () => {
    const joined = new CeluxeMessageChunk("One ").concat(
      new AIMessageChunk({
        content: [
          { type: "text", text: "two" },
          { type: "image_url", image_url: "x" },
        ],
      }),
    );
    expect(joined.content).toEqual([
      { type: "text", text: "One two" },
      { type: "image_url", image_url: "x" },
    ]);
  });

  test("a chunk of this package counts as LangChain's", () => {
    const chunk = new CeluxeMessageChunk("Hi");
    expect(chunk).toBeInstanceOf(AIMessageChunk);
    expect(AIMessageChunk.isInstance(chunk)).toBe(true);
    expect(chunk.text).toBe("Hi");
    expect(chunk.type).toBe("ai");
  });
});
