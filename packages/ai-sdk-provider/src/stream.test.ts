import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { call, chunk, collect, done, ofType, useEmulator } from "../test/harness.ts";

const { celuxe, emulator, reply, requests, script } = useEmulator();

async function stream(options: Parameters<typeof call>[0] = {}, modelId = "gpt-4o") {
  const result = await celuxe()(modelId).doStream(call(options));
  return collect(result.stream);
}

const toolDelta = (index: number, rest: object) => ({ tool_calls: [{ index, ...rest }] });

describe("parts", () => {
  test("reasoning, text and a tool call come in order, each in a block of its own", async () => {
    reply({ reasoning: ["Hm", "."], text: ["I ", "look."], toolCalls: [{ name: "look", arguments: ['{"a"', ":1}"] }] });
    const parts = await stream();
    expect(parts.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      "stream-start",
      "response-metadata",
      "reasoning-start",
      "reasoning-delta",
      "reasoning-end",
      "text-start",
      "text-delta",
      "text-end",
      "tool-input-start",
      "tool-input-delta",
      "tool-input-end",
      "tool-call",
      "finish",
    ]);
    expect(joined(parts, "reasoning-delta")).toBe("Hm.");
    expect(joined(parts, "text-delta")).toBe("I look.");
    expect(joined(parts, "tool-input-delta")).toBe('{"a":1}');
    const [toolCall] = ofType(parts, "tool-call");
    expect(toolCall).toEqual({
      type: "tool-call",
      toolCallId: ofType(parts, "tool-input-start")[0]?.id,
      toolName: "look",
      input: '{"a":1}',
    });
    expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "tool-calls", raw: "tool_calls" } });
  });

  test("the answer names itself once", async () => {
    script([chunk({ role: "assistant" }), chunk({ content: "Hi" }), chunk({}, "stop"), done]);
    expect(ofType(await stream(), "response-metadata")).toEqual([
      {
        type: "response-metadata",
        id: "chatcmpl-1",
        modelId: "deepseek-v3",
        timestamp: new Date(1_700_000_000_000),
      },
    ]);
  });

  test("blocks have ids of their own, in one answer and across answers", async () => {
    script([
      chunk({ content: "a" }),
      chunk({ reasoning_content: "b" }),
      chunk({ content: "c" }),
      chunk({}, "stop"),
      done,
    ]);
    const ids = [...(await stream()), ...(await stream())]
      .filter(({ type }) => type === "text-start" || type === "reasoning-start")
      .map((part) => (part as { id: string }).id);
    expect(new Set(ids).size).toBe(6);
  });

  test("parallel tool calls whose arguments come mixed are kept apart", async () => {
    script([
      chunk(toolDelta(0, { id: "call_a", type: "function", function: { name: "look", arguments: '{"n"' } })),
      chunk(toolDelta(1, { id: "call_b", type: "function", function: { name: "look", arguments: "{" } })),
      chunk(toolDelta(0, { function: { arguments: ":1}" } })),
      chunk(toolDelta(1, { function: { arguments: "}" } })),
      chunk({}, "tool_calls"),
      done,
    ]);
    expect(ofType(await stream(), "tool-call").map(({ toolCallId, input }) => [toolCallId, input])).toEqual([
      ["call_a", '{"n":1}'],
      ["call_b", "{}"],
    ]);
  });

  test("citations become sources and stand at the end of the text that they are for", async () => {
    const citation = {
      type: "url_citation",
      url_citation: { url: "https://example.com/a", title: "A", start_index: 0, end_index: 2 },
    };
    script([
      chunk({ content: "Hi" }),
      chunk({ annotations: [citation, { type: "file_citation" }] }),
      chunk({}, "stop"),
      done,
    ]);
    const parts = await stream();
    const [source] = ofType(parts, "source");
    expect(source).toMatchObject({ sourceType: "url", url: "https://example.com/a", title: "A" });
    expect(ofType(parts, "text-end")[0]?.citations).toEqual([{ source, startIndex: 0, endIndex: 2 }]);
  });

  test("a refusal is text of its own, and the finish reason says so", async () => {
    script([chunk({ content: "Well" }), chunk({ refusal: "I can't." }), chunk({}, "stop"), done]);
    const parts = await stream();
    expect(ofType(parts, "text-start")).toHaveLength(2);
    expect(ofType(parts, "text-delta").map(({ delta }) => delta)).toEqual(["Well", "I can't."]);
    expect(parts.at(-1)).toMatchObject({ finishReason: { unified: "content-filter", raw: "stop" } });
  });

  test("raw chunks come where they are asked for, each before what was read from it", async () => {
    script([chunk({ content: "a" }), chunk({ content: "b" }), chunk({}, "stop"), done]);
    const parts = await stream({ includeRawChunks: true });
    expect(ofType(parts, "raw").map(({ rawValue }) => (rawValue as { object: string }).object)).toHaveLength(3);
    expect(parts.map(({ type }) => type)).toEqual([
      "stream-start",
      "raw",
      "response-metadata",
      "text-start",
      "text-delta",
      "raw",
      "text-delta",
      "raw",
      "text-end",
      "finish",
    ]);
    expect(ofType(await stream(), "raw")).toEqual([]);
  });

  test("mergeDeltas: false gives every delta as it was sent", async () => {
    script(
      "abcdef"
        .split("")
        .map((content) => chunk({ content }))
        .concat(chunk({}, "stop"), done),
    );
    const result = await celuxe({ mergeDeltas: false })("gpt-4o").doStream(call());
    expect(ofType(await collect(result.stream), "text-delta").map(({ delta }) => delta)).toEqual("abcdef".split(""));
  });
});

describe("the finish part", () => {
  test("tells tokens with their details, as sent besides", async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 7,
      total_tokens: 17,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2 },
      cost: 0.25,
    };
    script([chunk({ content: "Hi" }), chunk({}, "stop"), { data: { choices: [], usage } }, done]);
    expect((await stream()).at(-1)).toMatchObject({
      usage: {
        inputTokens: { total: 10, noCache: 6, cacheRead: 4, cacheWrite: 1 },
        outputTokens: { total: 7, text: 5, reasoning: 2 },
        raw: usage,
      },
      providerMetadata: { celuxe: { cost: 0.25 } },
    });
  });

  test("totals and parts that were not sent are undefined, not 0; a total that is not split counts as unsplit", async () => {
    script([chunk({ content: "Hi" }), chunk({}, "stop", { usage: { completion_tokens: 1 } }), done]);
    expect((await stream()).at(-1)).toMatchObject({
      usage: {
        inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 1, text: 1, reasoning: undefined },
      },
    });
  });

  test("a service that counts reasoning beside the answer makes no negative count", async () => {
    const usage = { completion_tokens: 3, completion_tokens_details: { reasoning_tokens: 9 } };
    script([chunk({ content: "Hi" }), chunk({}, "stop", { usage }), done]);
    expect((await stream()).at(-1)).toMatchObject({
      usage: { outputTokens: { total: 3, text: 3, reasoning: 9 } },
    });
  });

  test("tells request id, rate limit, log probabilities, fingerprint and tier", async () => {
    reply({ text: ["Hello", " there"] });
    const parts = await stream({ seed: 1, providerOptions: { celuxe: { logprobs: true } } });
    const { celuxe: metadata } = ofType(parts, "finish")[0]?.providerMetadata ?? {};
    expect(metadata).toMatchObject({
      requestId: expect.stringMatching(/^req_/),
      rateLimit: { waiting: 0, coolingDownMs: 0, learned: false },
      logprobs: [{ token: "Hello" }, { token: " there" }],
      systemFingerprint: expect.stringMatching(/^fp_/),
    });
    script([chunk({ content: "Hi" }, "stop", { service_tier: "flex" }), done]);
    expect(ofType(await stream(), "finish")[0]?.providerMetadata?.["celuxe"]).toMatchObject({ serviceTier: "flex" });
  });
});

describe("the connection", () => {
  test("cancelling the stream closes it", async () => {
    script([chunk({ content: "Hi" })], "stay-open");
    const result = await celuxe()("gpt-4o").doStream(call());
    const reader = result.stream.getReader();
    await reader.read();
    await reader.cancel();
    await vi.waitFor(() => expect(requests()[0]?.clientGone).toBeDefined());
  });

  test("an abort closes it; the stream fails with the signal's own reason, as it is", async () => {
    script([chunk({ content: "Hi" })], "stay-open");
    const controller = new AbortController();
    const reason = { why: "user left" };
    const result = await celuxe()("gpt-4o").doStream(call({ abortSignal: controller.signal }));
    setTimeout(() => controller.abort(reason), 20);
    await expect(collect(result.stream)).rejects.toBe(reason);
    await vi.waitFor(() => expect(requests()[0]?.clientGone).toBeDefined());
  });

  test("an abort before the answer begins rejects with the reason", async () => {
    emulator().faults.add({ fault: { type: "delay-head", ms: 5_000 } });
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    setTimeout(() => controller.abort(reason), 20);
    await expect(celuxe()("gpt-4o").doStream(call({ abortSignal: controller.signal }))).rejects.toBe(reason);
    await expect(celuxe()("gpt-4o").doGenerate(call({ abortSignal: controller.signal }))).rejects.toBe(reason);
  });

  test("what is not read is not fetched: a slow reader holds up the sender, not its own memory", async () => {
    const filler = chunk({ content: "x".repeat(60_000) });
    const endless = function* () {
      for (;;) {
        yield filler;
        yield { waitMs: 0 };
      }
    };
    emulator().faults.add({ fault: { type: "script", chunks: endless } });
    const result = await celuxe()("gpt-4o").doStream(call());
    const reader = result.stream.getReader();
    await reader.read();
    const sent = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return requests()[0]?.bytes ?? 0;
    };
    // What the sockets of both sides hold; then nothing moves any more.
    await sent();
    const full = await sent();
    expect(full).toBeGreaterThan(100_000);
    expect(await sent()).toBe(full);
    await reader.cancel();
  });
});

test("whatever comes and however it ends, the parts are balanced", async () => {
  const text = fc.string({ minLength: 1, maxLength: 4 });
  const delta = fc.oneof(
    text.map((content) => chunk({ content })),
    text.map((reasoning) => chunk({ reasoning })),
    text.map((refusal) => chunk({ refusal })),
    fc
      .tuple(fc.nat(2), text)
      .map(([index, piece]) => chunk(toolDelta(index, { id: `c${index}`, function: { name: "f", arguments: piece } }))),
    fc.constant(chunk(toolDelta(3, { function: { arguments: "{}" } }))),
    fc.constant({ data: {} }),
    fc.constant(": ping\n\n"),
    fc.constant({ waitMs: 0 }),
  );
  const ending = fc.constantFrom(
    [chunk({}, "stop"), done],
    [chunk({}, "tool_calls"), done],
    [chunk({}, "length"), done],
    [done],
    [chunk({}, "stop")],
    [],
    [{ data: { error: { message: "broken", code: 500 } } }],
    [{ data: "{" }],
  );
  await fc.assert(
    fc.asyncProperty(fc.array(delta, { maxLength: 12 }), ending, async (deltas, last) => {
      emulator().faults.clear();
      script([chunk({ content: "a" }), ...deltas, ...last]);
      checkBalance(await stream());
    }),
    { numRuns: 150 },
  );
});

function joined(parts: LanguageModelV4StreamPart[], type: "text-delta" | "reasoning-delta" | "tool-input-delta") {
  return ofType(parts, type)
    .map(({ delta }) => delta)
    .join("");
}

/** The rules that the AI SDK's stream protocol sets. */
function checkBalance(parts: LanguageModelV4StreamPart[]): void {
  const types = parts.map(({ type }) => type);
  expect(types[0]).toBe("stream-start");
  expect(types.filter((type) => type === "stream-start")).toHaveLength(1);
  expect(types.filter((type) => type === "response-metadata")).toHaveLength(1);
  expect(types.filter((type) => type === "finish")).toHaveLength(1);
  expect(types.at(-1)).toBe("finish");
  const open = new Map<string, string>();
  const seen = new Set<string>();
  const inputs = new Map<string, string>();
  for (const part of parts) {
    const [, kind = "", step] = /^(text|reasoning|tool-input)-(start|delta|end)$/.exec(part.type) ?? [];
    if (kind !== "" && "id" in part) {
      const { id = "" } = part;
      if (step === "start") {
        expect(seen).not.toContain(id);
        seen.add(id);
        open.set(id, kind);
      } else expect(open.get(id)).toBe(kind);
      if (step === "end") open.delete(id);
    }
    if ("delta" in part) expect(part.delta).not.toBe("");
    if (part.type === "tool-input-delta") inputs.set(part.id, (inputs.get(part.id) ?? "") + part.delta);
    if (part.type === "tool-call") {
      expect(seen).toContain(part.toolCallId);
      expect(open.has(part.toolCallId)).toBe(false);
      const input = inputs.get(part.toolCallId) ?? "";
      expect(part.input).toBe(input.trim() === "" ? "{}" : input);
    }
  }
  // The inputs of calls that were cut stay open: no call is made of them.
  const cut = [...open.values()];
  expect(cut.filter((kind) => kind !== "tool-input")).toEqual([]);
  const finish = ofType(parts, "finish")[0]?.finishReason.unified;
  if (finish === "stop" || finish === "tool-calls") expect(cut).toEqual([]);
  expect(ofType(parts, "tool-input-end").map(({ id }) => id)).toEqual(
    ofType(parts, "tool-call").map(({ toolCallId }) => toolCallId),
  );
}
