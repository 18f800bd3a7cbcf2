// What services do beside the format, through the AI SDK: no cut answer looks whole, no tool runs on cut arguments,
// and an agent goes on where the model wanted a tool, whatever word it came with.
import { APICallError } from "@ai-sdk/provider";
import {
  APIError,
  BadRequestError,
  type CeluxeError,
  ConnectionError,
  InsufficientBalanceError,
  InternalServerError,
  ProtocolError,
  RateLimitError,
  StreamError,
} from "@celuxe/ai-sdk-provider";
import type { WirePiece } from "@celuxe/emulator";
import { generateText, isStepCount, streamText, tool } from "ai";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { chunk, completion, done, useEmulator } from "../test/harness.ts";

const { answer, celuxe, emulator, freshKey, reply, requests, script } = useEmulator();

const lookedAt: unknown[] = [];
const tools = {
  look: tool({
    inputSchema: z.object({ at: z.string().optional() }),
    execute: async (input) => {
      lookedAt.push(input);
      return "seen";
    },
  }),
};
afterEach(() => void (lookedAt.length = 0));

/** A stream through streamText, with a tool that tells whether it ran. */
async function streamed(pieces: WirePiece[], end?: "close" | "reset" | "stay-open") {
  script(pieces, end, 1);
  return readStream();
}

async function readStream(apiKey = emulator().apiKey) {
  const errors: unknown[] = [];
  const result = streamText({
    model: celuxe({ apiKey })("deepseek-v3"),
    prompt: "Hi",
    tools,
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  const types: string[] = [];
  let text = "";
  let reasoning = "";
  for await (const part of result.fullStream) {
    types.push(part.type);
    if (part.type === "text-delta") text += part.text;
    if (part.type === "reasoning-delta") reasoning += part.text;
  }
  const settled = <Value>(value: PromiseLike<Value>) =>
    Promise.resolve(value).then(
      (value) => value,
      () => undefined,
    );
  return {
    types,
    text,
    reasoning,
    errors,
    cause: errors[0] instanceof Error ? (errors[0].cause as CeluxeError | undefined) : undefined,
    finishReason: await settled(result.finishReason),
    rawFinishReason: await settled(result.rawFinishReason),
    usage: await settled(result.usage),
    toolCalls: (await settled(result.toolCalls)) ?? [],
    lookedAt: [...lookedAt],
  };
}

/** A whole answer through generateText. */
async function whole(json: unknown) {
  answer(json, 1);
  const result = await generateText({ model: celuxe()("deepseek-v3"), prompt: "Hi", tools, maxRetries: 0 });
  const { text, finishReason, rawFinishReason, usage, toolCalls, reasoningText: reasoning = "" } = result;
  return { text, reasoning, finishReason, rawFinishReason, usage, toolCalls, lookedAt: [...lookedAt] };
}

async function refused(run: () => Promise<unknown>): Promise<APICallError> {
  const error: unknown = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!APICallError.isInstance(error)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

const toolDelta = (...calls: object[]) => chunk({ tool_calls: calls });
const look = (args?: unknown, rest: object = {}) => ({
  id: "call_1",
  type: "function",
  function: { name: "look", ...(args !== undefined && { arguments: args }) },
  ...rest,
});
const cut = '{"at": "Pari';

describe("how an answer ends", () => {
  test("a whole answer without a finish reason: complete, raw undefined", async () => {
    const ends = { text: "Hi", finishReason: "stop", rawFinishReason: undefined };
    expect(await whole(completion({ content: "Hi" }, null))).toMatchObject(ends);
  });

  test("a finish reason, then the end without [DONE]: complete", async () => {
    expect(await streamed([chunk({ content: "Hi" }), chunk({}, "stop")])).toMatchObject({
      text: "Hi",
      finishReason: "stop",
      errors: [],
    });
  });

  test.each([
    ["the end of the body", []],
    ["[DONE]", [done]],
  ])("%s without a finish reason: an error that may be retried, and the finish reason error", async (_, end) => {
    const text = await streamed([chunk({ content: "Hal" }), ...end]);
    expect(text).toMatchObject({ text: "Hal", finishReason: "error", rawFinishReason: undefined });
    expect(text.errors).toMatchObject([{ isRetryable: true, cause: { kind: "truncated" } }]);
    const call = await streamed([toolDelta({ index: 0, ...look('{"at":"sky"}') }), ...end]);
    expect(call).toMatchObject({ finishReason: "error", toolCalls: [], lookedAt: [] });
    expect(call.errors).toMatchObject([{ isRetryable: true, cause: { kind: "truncated" } }]);
  });

  test.each([
    ["the end of the body", [chunk({ content: "Hal" })], "close" as const],
    ["[DONE]", [chunk({ content: "Hal" }), done], "close" as const],
    ["[DONE] after half a call", [toolDelta({ index: 0, ...look(cut) }), done], "close" as const],
    ["a lost connection", [chunk({ content: "Hal" }), { waitMs: 20 }], "reset" as const],
  ])("streamRetries recovers the answer after %s", async (_, pieces, end) => {
    script(pieces, end, 1);
    reply({ text: "Whole." });
    const result = streamText({
      model: celuxe()("deepseek-v3"),
      prompt: "Hi",
      tools,
      maxRetries: 0,
      streamRetries: 1,
      onError: () => {},
    });
    await result.consumeStream();
    expect(await result.finishReason).toBe("stop");
    expect(await result.text).toMatch(/Whole\.$/);
    expect(requests()).toHaveLength(2);
    expect(lookedAt).toEqual([]);
  });

  test("an empty answer that only says [DONE] is tried again by maxRetries", async () => {
    script([chunk({ role: "assistant", content: "" }), done], "close", 1);
    reply({ text: "Whole." });
    const result = streamText({ model: celuxe()("deepseek-v3"), prompt: "Hi", maxRetries: 1 });
    expect(await result.text).toBe("Whole.");
  });

  test("a connection lost in the middle: an error, and the finish reason error", async () => {
    const lost = await streamed([chunk({ content: "Hal" }), toolDelta({ index: 0, ...look("{}") })], "reset");
    expect(lost).toMatchObject({ text: "Hal", finishReason: "error", toolCalls: [], lookedAt: [] });
    expect(lost.errors).toHaveLength(1);
    expect(lost.errors[0]).toMatchObject({ isRetryable: true });
    expect(ConnectionError.isInstance(lost.cause)).toBe(true);
  });

  test("a whole answer whose connection is lost is an error", async () => {
    emulator().faults.add({ times: 1, fault: { type: "reset", afterChunks: 1 } });
    const error = await refused(async () =>
      generateText({ model: celuxe()("deepseek-v3"), prompt: "Hi", maxRetries: 0 }),
    );
    expect(ConnectionError.isInstance(error.cause)).toBe(true);
  });

  test("broken JSON between good lines: an error, not an answer with a hole", async () => {
    const broken = await streamed([chunk({ content: "a" }), 'data: {"choices":[{\n\n', chunk({ content: "c" }), done]);
    expect(broken).toMatchObject({ text: "a", finishReason: "error" });
    expect(StreamError.isInstance(broken.cause)).toBe(true);
  });

  test.each([
    ["stop", "stop"],
    ["end_turn", "stop"],
    ["eos", "stop"],
    ["stop_sequence", "stop"],
    ["length", "length"],
    ["max_tokens", "length"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["content_filter", "content-filter"],
    ["safety", "content-filter"],
    ["something_new", "other"],
  ])("the finish reason %s is %s, and raw as it came", async (raw, expected) => {
    const ends = { finishReason: expected, rawFinishReason: raw, text: "Hi" };
    expect(await streamed([chunk({ content: "Hi" }), chunk({}, raw), done])).toMatchObject(ends);
    expect(await whole(completion({ content: "Hi" }, raw))).toMatchObject(ends);
  });
});

describe("errors inside an answer", () => {
  const errors: [string, unknown, { isInstance: (error: unknown) => boolean }][] = [
    ["an object with a textual code", { message: "no money", code: "insufficient_balance" }, InsufficientBalanceError],
    ["an object with a numeric code", { message: "bad", code: 400 }, BadRequestError],
    ["an object with a type", { message: "down", type: "server_error" }, InternalServerError],
    ["words", "something broke", APIError],
    ["a rate limit", { message: "slow down", code: 429 }, RateLimitError],
  ];

  test.each(errors)("%s, first: thrown as the HTTP error of its code", async (_, error, errorClass) => {
    // A rate limit is waited for where that fits; with a key of its own it does not hold up the other tests.
    const model = celuxe({ apiKey: freshKey(), rateLimit: { maxWaitMs: 0 } })("deepseek-v3");
    script([{ data: { error } }, done]);
    const streamError = await refused(async () => model.doStream({ prompt: [{ role: "user", content: [] }] }));
    expect(errorClass.isInstance(streamError.cause)).toBe(true);
    emulator().faults.clear();
    answer({ error });
    const wholeError = await refused(async () => generateText({ model, prompt: "Hi", maxRetries: 0 }));
    expect(errorClass.isInstance(wholeError.cause)).toBe(true);
  });

  test.each(errors)("%s, later: an error part", async (_, error, errorClass) => {
    const broken = await streamed([chunk({ content: "Hal" }), { data: { error } }, done]);
    expect(broken).toMatchObject({ text: "Hal", finishReason: "error" });
    expect(broken.errors).toHaveLength(1);
    expect(errorClass.isInstance(broken.cause)).toBe(true);
  });

  test.each([
    ["an error as JSON with status 200", { type: "error-200" }, InternalServerError],
    ["a web page with status 200", { type: "html" }, ProtocolError],
    ["nothing with status 200", { type: "script", chunks: [] }, ProtocolError],
  ] as const)("%s is an error with what came", async (_, fault, errorClass) => {
    emulator().faults.add({ fault });
    for (const run of [
      async () => generateText({ model: celuxe()("deepseek-v3"), prompt: "Hi", maxRetries: 0 }),
      async () => celuxe()("deepseek-v3").doStream({ prompt: [{ role: "user", content: [] }] }),
    ]) {
      const error = await refused(run);
      expect(errorClass.isInstance(error.cause)).toBe(true);
      expect(error.message).toMatch(/\S/);
    }
  });
});

describe("tool calls", () => {
  test.each(["tool_calls", "stop"])("cut arguments with %s: reported as invalid, never run", async (reason) => {
    const stream = await streamed([toolDelta({ index: 0, ...look(cut) }), chunk({}, reason), done]);
    const { toolCalls } = await whole(completion({ tool_calls: [look(cut)] }, reason));
    for (const calls of [stream.toolCalls, toolCalls]) {
      expect(calls).toMatchObject([{ toolName: "look", input: cut, invalid: true }]);
    }
    expect(lookedAt).toEqual([]);
  });

  // Frameworks make a call of `tool-input-end`, too: Mastra ran the tool with {}.
  test.each([
    ["a reset", [{ waitMs: 20 }], "reset" as const, "error"],
    ["the end of the body", [], "close" as const, "error"],
    ["[DONE]", [done], "close" as const, "error"],
    ["length", [chunk({}, "length"), done], "close" as const, "length"],
  ])("arguments cut by %s: neither tool-input-end nor tool-call", async (_, last, end, reason) => {
    for (const args of [cut, ""]) {
      const parts = await streamed([toolDelta({ index: 0, ...look(args) }), ...last], end);
      expect(parts).toMatchObject({ finishReason: reason, toolCalls: [], lookedAt: [] });
      expect(parts.types).toContain("tool-input-start");
      expect(parts.types).not.toContain("tool-input-end");
      expect(parts.types).not.toContain("tool-call");
    }
  });

  test("cut arguments with length in a whole answer: no call", async () => {
    const { toolCalls, finishReason } = await whole(completion({ tool_calls: [look(cut)] }, "length"));
    expect(finishReason).toBe("length");
    expect(toolCalls).toEqual([]);
    expect(lookedAt).toEqual([]);
  });

  test("a whole call beside length is told, but not run: what follows it is missing", async () => {
    await streamed([toolDelta({ index: 0, ...look("{}") }), chunk({}, "length"), done]);
    await whole(completion({ tool_calls: [look("{}")] }, "length"));
    expect(lookedAt).toEqual([]);
  });

  test.each(["stop", "tool_calls", "tool_use", "function_call", "end_turn"])(
    "an agent goes on after a whole call with the finish reason %s",
    async (reason) => {
      const loop = { model: celuxe()("deepseek-v3"), prompt: "Hi", tools, stopWhen: isStepCount(2) };
      reply({ text: "Seen." });
      const call = look('{"at":"sky"}');
      script([toolDelta({ index: 0, ...call }), chunk({}, reason), done], "close", 1);
      const stream = streamText(loop);
      expect(await stream.text).toBe("Seen.");
      expect((await stream.steps)[0]?.finishReason).toBe("tool-calls");
      answer(completion({ tool_calls: [call] }, reason), 1);
      expect((await generateText(loop)).text).toBe("Seen.");
      expect(lookedAt).toEqual([{ at: "sky" }, { at: "sky" }]);
      expect(requests()).toHaveLength(4);
    },
  );

  const two = [{ at: "sea" }, { at: "sky" }];
  test.each<[string, WirePiece[], unknown[]]>([
    [
      "without an index",
      [toolDelta(look('{"at":"sea"}', { id: "a" })), toolDelta(look('{"at":"sky"}', { id: "b" }))],
      two,
    ],
    [
      "all with index 0",
      [toolDelta(look('{"at":"sea"}', { id: "a", index: 0 })), toolDelta(look('{"at":"sky"}', { id: "b", index: 0 }))],
      two,
    ],
    [
      "without ids",
      [
        toolDelta(look('{"at":"sea"}', { id: undefined, index: 0 })),
        toolDelta(look('{"at":"sky"}', { id: undefined, index: 1 })),
      ],
      two,
    ],
    ["without a type", [toolDelta(look('{"at":"sea"}', { type: undefined, index: 0 }))], [{ at: "sea" }]],
    [
      "with a name that comes late",
      [
        toolDelta({ index: 0, id: "a", function: { arguments: '{"at"' } }),
        toolDelta({ index: 0, function: { name: "look", arguments: ':"sea"}' } }),
      ],
      [{ at: "sea" }],
    ],
    ["with empty arguments", [toolDelta(look("", { index: 0 }))], [{}]],
    ["without arguments", [toolDelta(look(undefined, { index: 0 }))], [{}]],
    ["with an object for arguments", [toolDelta(look({ at: "sea" }, { index: 0 }))], [{ at: "sea" }]],
  ])("%s are whole calls of their own", async (_, deltas, expected) => {
    const { toolCalls, lookedAt: inputs } = await streamed([...deltas, chunk({}, "tool_calls"), done]);
    expect(inputs).toEqual(expected);
    const ids = toolCalls.map(({ toolCallId }) => toolCallId);
    expect(new Set(ids).size).toBe(expected.length);
    expect(ids.every((id) => id.length > 0)).toBe(true);
  });

  test.each<[string, object[], unknown[]]>([
    ["without ids", [look("{}", { id: undefined }), look('{"at":"sky"}', { id: undefined })], [{}, { at: "sky" }]],
    [
      "with empty, missing and object arguments",
      [look(""), look(undefined), look({ at: "sea" })],
      [{}, {}, { at: "sea" }],
    ],
  ])("in a whole answer, %s", async (_, calls, expected) => {
    const toolCalls = calls.map((call, index) => ("id" in call && call.id ? { ...call, id: `call_${index}` } : call));
    expect((await whole(completion({ tool_calls: toolCalls }, "tool_calls"))).lookedAt).toEqual(expected);
  });
});

describe("usage", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const counted = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };
  test.each<[string, WirePiece[]]>([
    ["in a chunk of its own without choices", [chunk({}, "stop"), { data: { usage } }]],
    ["in a chunk of its own with empty choices", [chunk({}, "stop"), { data: { choices: [], usage } }]],
    [
      "on every chunk",
      [chunk({ content: "!" }, null, { usage: { ...usage, completion_tokens: 1 } }), chunk({}, "stop", { usage })],
    ],
    ["with nulls before", [chunk({ content: "!" }, null, { usage: null }), chunk({}, "stop", { usage })]],
    ["as strings", [chunk({}, "stop", { usage: { prompt_tokens: "3", completion_tokens: "2", total_tokens: "5" } })]],
  ])("%s counts once", async (_, last) => {
    expect((await streamed([chunk({ content: "Hi" }), ...last, done])).usage).toMatchObject(counted);
  });

  test("that is not sent is undefined, not 0", async () => {
    const absent = { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined };
    expect((await streamed([chunk({ content: "Hi" }), chunk({}, "stop"), done])).usage).toMatchObject(absent);
    expect((await whole(completion({ content: "Hi" }))).usage).toMatchObject(absent);
  });
});

describe("what stands between", () => {
  test("{}, comments and unknown objects are ignored", async () => {
    const { text, errors } = await streamed([
      ": ping\n\n",
      { data: {} },
      chunk({ content: "H" }),
      'event: ping\ndata: {"type":"ping"}\n\n',
      { data: { object: "news", items: [] } },
      ": ping\n\n",
      chunk({ content: "i" }),
      chunk({}, "stop"),
      done,
    ]);
    expect([text, errors]).toEqual(["Hi", []]);
  });

  test("a whole answer where a stream was asked for becomes a stream", async () => {
    answer(completion({ content: "Hi", reasoning: "Hm.", tool_calls: [look("{}")] }, "tool_calls"), 1);
    expect(await readStream()).toMatchObject({
      text: "Hi",
      reasoning: "Hm.",
      finishReason: "tool-calls",
      lookedAt: [{}],
      errors: [],
    });
  });

  test("reasoning under either name; under both it counts once; after text it is a new block", async () => {
    const both = { reasoning_content: "Hm", reasoning: "Hm" };
    const { reasoning, types } = await streamed([
      chunk(both),
      chunk({ reasoning: "." }),
      chunk({ content: "Hi" }),
      chunk({ reasoning_content: "Wait." }),
      chunk({}, "stop"),
      done,
    ]);
    expect(reasoning).toBe("Hm.Wait.");
    expect(types.filter((type) => type === "reasoning-start")).toHaveLength(2);
    expect((await whole(completion({ ...both, content: "Hi" }))).reasoning).toBe("Hm");
  });

  test("a refusal is kept as text, with the finish reason content-filter", async () => {
    const refusal = { text: "I can't.", finishReason: "content-filter" };
    expect(await streamed([chunk({ refusal: "I can't." }), chunk({}, "stop"), done])).toMatchObject(refusal);
    expect(await whole(completion({ content: null, refusal: "I can't." }))).toMatchObject(refusal);
  });

  test("of several choices the first counts, in whatever order they come", async () => {
    const second = (content: string) => ({
      data: { choices: [{ index: 1, delta: { content }, finish_reason: "stop" }] },
    });
    expect(
      await streamed([second("no"), chunk({ content: "Hi" }), second("no"), chunk({}, "stop"), done]),
    ).toMatchObject({
      text: "Hi",
      finishReason: "stop",
    });
    const choices = [
      { index: 1, message: { content: "no" }, finish_reason: "length" },
      { index: 0, message: { content: "Hi" }, finish_reason: "stop" },
    ];
    expect(await whole({ choices })).toMatchObject({ text: "Hi", finishReason: "stop" });
  });
});

describe("the bytes", () => {
  const lines = (newline: string) =>
    [chunk({ content: "Grüße " }), chunk({ content: "🌍" }), chunk({}, "stop"), done]
      .map((piece) => {
        const { data } = piece as { data: unknown };
        return `data: ${typeof data === "string" ? data : JSON.stringify(data)}${newline}${newline}`;
      })
      .join("");

  test.each<[string, string]>([
    ["LF", lines("\n")],
    ["CRLF", lines("\r\n")],
    ["CR", lines("\r")],
    ["a BOM", `\uFEFF${lines("\n")}`],
    ["no newline at the end", lines("\n").trimEnd()],
    ["no space after the colon", lines("\n").replaceAll("data: ", "data:")],
  ])("with %s give the same, whole and byte by byte", async (_, wire) => {
    const expected = { text: "Grüße 🌍", finishReason: "stop", errors: [] };
    expect(await streamed([wire])).toMatchObject(expected);
    const bytes = [...new TextEncoder().encode(wire)].flatMap((byte): WirePiece[] => [
      Uint8Array.of(byte),
      ...(byte > 127 || byte < 32 ? [{ waitMs: 0 }] : []),
    ]);
    expect(await streamed(bytes)).toMatchObject(expected);
  });
});
