import { AIMessageChunk } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { chunk, collect, done, failure, join, say, useEmulator } from "../test/harness.ts";
import { StreamError } from "./index.ts";

const { chat, emulator, lastBody, reply, requests, script } = useEmulator();
const weather = tool(async () => "sunny", { name: "get_weather", schema: z.object({ city: z.string() }) });

/** Everything that an answer can hold. */
const full = {
  reasoning: ["Let me ", "think."],
  text: ["One ", "moment."],
  toolCalls: [
    { name: "get_weather", arguments: ['{"city":', '"Paris"}'], id: "call_a" },
    { name: "get_weather", arguments: "", id: "call_b" },
  ],
  usage: { prompt_tokens_details: { cached_tokens: 3 }, completion_tokens_details: { reasoning_tokens: 2 } },
};

describe("chunks", () => {
  test("each fact comes once: names first, usage and finish reason last", async () => {
    reply({ text: ["Hel", "lo"] });
    const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello", { logprobs: true, seed: 1 }));
    const having = (key: string) => chunks.filter(({ response_metadata }) => key in response_metadata).length;
    for (const key of [
      "model",
      "model_name",
      "model_provider",
      "id",
      "system_fingerprint",
      "finish_reason",
      "logprobs",
    ])
      expect([key, having(key)]).toEqual([key, 1]);
    expect(chunks.filter(({ usage_metadata }) => usage_metadata)).toHaveLength(1);
    expect(chunks.map(({ text }) => text)).toEqual(["Hel", "lo", ""]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const { response_metadata } = join(chunks);
    expect(response_metadata).toMatchObject({
      model: "deepseek-v3",
      model_name: "deepseek-v3",
      model_provider: "celuxe",
      finish_reason: "stop",
      logprobs: { content: [{ token: "Hel" }, { token: "lo" }], refusal: [] },
    });
  });

  test("joined as LangChain joins foreign chunks they never read stopstop", async () => {
    const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello"));
    const plain = chunks.map(
      ({ content, response_metadata, usage_metadata, id }) =>
        new AIMessageChunk({ content, response_metadata, usage_metadata, id }),
    );
    expect(join(plain).response_metadata).toMatchObject({ finish_reason: "stop", model_provider: "celuxe" });
  });

  test("joined they say what invoke says, merged on arrival or not", async () => {
    reply(full);
    const bound = { tools: [weather] };
    const whole = say(await chat().invoke("Hello", bound));
    for (const mergeDeltas of [true, false]) {
      expect(say(join(await collect(chat({ mergeDeltas }).stream("Hello", bound))))).toEqual(whole);
    }
    expect(whole).toMatchObject({
      text: "One moment.",
      additional_kwargs: { reasoning_content: "Let me think." },
      contentBlocks: [
        { type: "reasoning", reasoning: "Let me think." },
        { type: "text", text: "One moment." },
        { type: "tool_call", name: "get_weather", args: { city: "Paris" } },
        { type: "tool_call", name: "get_weather", args: {} },
      ],
      usage_metadata: { input_token_details: { cache_read: 3 }, output_token_details: { reasoning: 2 } },
    });
  });

  test("with outputVersion v1 the content is blocks, and joined the same blocks as invoke gives", async () => {
    reply(full);
    const options = { tools: [weather], outputVersion: "v1" as const };
    const invoked = await chat().invoke("Hello", options);
    const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello", options));
    expect(chunks.map(({ content }) => content).slice(0, 3)).toEqual([
      [{ type: "reasoning", reasoning: "Let me " }],
      [{ type: "reasoning", reasoning: "think." }],
      [{ type: "text", text: "One " }],
    ]);
    expect(join(chunks).content).toEqual(invoked.content);
    expect(say(join(chunks))).toEqual(say(invoked));
    expect(chunks.map(({ text }) => text).join("")).toBe("One moment.");
  });

  test("outputVersion may stand in the constructor", async () => {
    reply(full);
    const model = chat({ outputVersion: "v1" });
    const joined = join(await collect(model.stream("Hello", { tools: [weather] })));
    expect(joined.content).toEqual((await model.invoke("Hello", { tools: [weather] })).content);
  });

  test("pieces of tool calls carry sound indexes and are no calls before the end", async () => {
    reply(full);
    const chunks = await collect(chat({ mergeDeltas: false }).stream("Hello", { tools: [weather] }));
    const pieces = chunks.flatMap(({ tool_call_chunks = [] }) => tool_call_chunks);
    expect(pieces).toEqual([
      { type: "tool_call_chunk", index: 0, id: "call_a", name: "get_weather", args: "" },
      { type: "tool_call_chunk", index: 0, args: '{"city":' },
      { type: "tool_call_chunk", index: 0, args: '"Paris"}' },
      { type: "tool_call_chunk", index: 1, id: "call_b", name: "get_weather", args: "" },
    ]);
    expect(join(chunks.slice(0, -1))).toMatchObject({ tool_calls: [], invalid_tool_calls: [] });
    expect(join(chunks).tool_call_chunks).toEqual([
      { type: "tool_call_chunk", index: 0, id: "call_a", name: "get_weather", args: '{"city":"Paris"}' },
      { type: "tool_call_chunk", index: 1, id: "call_b", name: "get_weather", args: "" },
    ]);
  });

  test("without token usage there is none, not zeros", async () => {
    const chunks = await collect(chat({ streamUsage: false }).stream("Hello"));
    expect(lastBody()["stream_options"]).toBeUndefined();
    expect(join(chunks).usage_metadata).toBeUndefined();
    expect(join(chunks).response_metadata).not.toHaveProperty("tokenUsage");
    await collect(chat({ streamUsage: false }).stream("Hello", { streamUsage: true }));
    expect(lastBody()["stream_options"]).toEqual({ include_usage: true });
  });

  test("what has arrived comes as one chunk, unless mergeDeltas is false", async () => {
    reply({ text: Array.from({ length: 500 }, (_, index) => `${index} `) });
    expect((await collect(chat().stream("Hello"))).length).toBeLessThan(100);
    expect(await collect(chat({ mergeDeltas: false }).stream("Hello"))).toHaveLength(501);
  });
});

describe("streaming switched off", () => {
  test.each([
    ["disableStreaming in the constructor", { disableStreaming: true }, {}],
    ["streaming: false in the constructor", { streaming: false }, {}],
    ["disableStreaming in the call", {}, { disableStreaming: true }],
    ["streaming: false in the call", {}, { streaming: false }],
  ])("%s: one request without stream, the same message", async (_, fields, options) => {
    reply(full);
    const chunks = await collect(chat(fields).stream("Hello", { ...options, tools: [weather] }));
    expect(lastBody()["stream"]).toBeUndefined();
    const [whole] = chunks.length === 1 ? chunks : [join(chunks)];
    expect(say(whole!)).toEqual(say(await chat().invoke("Hello", { tools: [weather] })));
    await chat(fields).streamEvents("Hello", options);
    expect(lastBody()["stream"]).toBeUndefined();
  });

  test("streaming: true makes invoke stream inside, for handlers that want tokens", async () => {
    reply({ text: ["Hel", "lo"] });
    const tokens: string[] = [];
    const handleLLMNewToken = (token: string) => void tokens.push(token);
    const message = await chat({ streaming: true, mergeDeltas: false }).invoke("Hello", {
      callbacks: [{ handleLLMNewToken }],
    });
    expect(lastBody()["stream"]).toBe(true);
    expect(tokens).toEqual(["Hel", "lo", ""]);
    expect(message.text).toBe("Hello");
    expect(message.usage_metadata?.total_tokens).toBeGreaterThan(0);
    await chat({ streaming: true }).invoke("Hello", { streaming: false });
    expect(lastBody()["stream"]).toBeUndefined();
    await chat().invoke("Hello", { streaming: true });
    expect(lastBody()["stream"]).toBe(true);
  });
});

describe("leaving and aborting", () => {
  const gone = () => vi.waitFor(() => expect(requests().at(-1)?.clientGone).toBeDefined(), { timeout: 5_000 });

  test("break closes the request while the next chunk is awaited", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    for await (const { text } of await chat({ mergeDeltas: false }).stream("Hello")) {
      if (text !== "") break;
    }
    await gone();
  });

  test("break closes the request of a model with tools bound", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 3 } });
    for await (const _ of await chat().bindTools([weather], { tool_choice: "none" }).stream("Hello")) break;
    await gone();
  });

  test("cancel of the stream closes the request", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    const stream = await chat().stream("Hello");
    await stream.cancel();
    await gone();
  });

  test("an abort in the middle closes the request and rejects with its reason", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    const controller = new AbortController();
    const reason = new Error("Enough.");
    const stream = await chat().stream("Hello", { signal: controller.signal });
    const error = failure(
      (async () => {
        for await (const _ of stream) controller.abort(reason);
      })(),
    );
    expect(await error).toBe(reason);
    await gone();
  });

  test.each(["invoke", "stream", "events"] as const)("an abort before the answer ends %s at once", async (path) => {
    emulator().faults.add({ fault: { type: "delay-head", ms: 20_000 } });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const model = chat();
    const call =
      path === "invoke"
        ? model.invoke("Hello", options)
        : path === "stream"
          ? collect(model.stream("Hello", options))
          : model.streamEvents("Hello", options);
    await vi.waitFor(() => expect(requests()).toHaveLength(1));
    controller.abort();
    expect(await failure(call)).toMatchObject({ name: "AbortError" });
    await gone();
  });

  test("an abort in the middle of events, and of a whole answer, closes the request", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    for (const call of [
      (signal: AbortSignal) => chat().streamEvents("Hello", { signal }),
      (signal: AbortSignal) => chat().invoke("Hello", { signal }),
      (signal: AbortSignal) => chat({ streaming: true }).invoke("Hello", { signal }),
    ]) {
      emulator().journal.clear();
      const controller = new AbortController();
      const ended = failure(call(controller.signal));
      await vi.waitFor(() => expect(requests()[0]?.bytes).toBeGreaterThan(0));
      controller.abort(new Error("Enough."));
      expect((await ended) as Error).toMatchObject({ message: "Enough." });
      await gone();
    }
  });

  test("an abort while the call waits for its turn is immediate, without a request", async () => {
    const model = chat({ rateLimit: { limit: 1, windowMs: 60_000 } });
    await model.invoke("Hello");
    const controller = new AbortController();
    const began = performance.now();
    setTimeout(() => controller.abort(new Error("Enough.")), 20);
    await expect(collect(model.stream("Hello", { signal: controller.signal }))).rejects.toThrow("Enough.");
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(requests()).toHaveLength(1);
  });

  test("a signal that is aborted already makes no request", async () => {
    const signal = AbortSignal.abort(new Error("Too late."));
    await expect(chat().invoke("Hello", { signal })).rejects.toThrow("Too late.");
    await expect(collect(chat().stream("Hello", { signal }))).rejects.toThrow("Too late.");
    await expect(chat().streamEvents("Hello", { signal })).rejects.toThrow("Too late.");
    expect(requests()).toHaveLength(0);
  });

  test("an abort in LangChain's backoff is immediate, and nothing is tried again", async () => {
    emulator().faults.add({ fault: { type: "status", status: 503, headers: { "retry-after": "60" } } });
    const controller = new AbortController();
    const call = chat({ maxRetries: 3 }).invoke("Hello", { signal: controller.signal });
    await vi.waitFor(() => expect(requests()[0]?.end).toBeDefined());
    const began = performance.now();
    setTimeout(() => controller.abort(new Error("Enough.")), 20);
    await expect(call).rejects.toThrow("Enough.");
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(requests()).toHaveLength(1);
  });

  test("timeout of the call ends it, in milliseconds", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    const error = await failure(collect(chat().stream("Hello", { timeout: 50 })));
    expect(error).toMatchObject({ name: "TimeoutError" });
    await gone();
  });

  test("the timeout field bounds the whole call", async () => {
    emulator().faults.add({ fault: { type: "delay-head", ms: 20_000 } });
    await expect(chat({ timeout: 50, maxRetries: 3 }).invoke("Hello")).rejects.toMatchObject({
      name: "RequestTimeoutError",
      phase: "total",
    });
    expect(requests()).toHaveLength(1);
  });

  test("an aborted invoke of a streaming handler gives what came until then", async () => {
    script([chunk({ content: "Half" }), { end: "stay-open" }]);
    const controller = new AbortController();
    const handler = { lc_prefer_streaming: true, handleLLMNewToken: () => controller.abort() };
    const error = await failure(chat().invoke("Hello", { signal: controller.signal, callbacks: [handler] }));
    expect(error).toMatchObject({ name: "ModelAbortError", partialOutput: { content: "Half" } });
  });
});

test("a stream that is cut fails and does not end", async () => {
  script([chunk({ content: "Half" })]);
  const error = await failure(collect(chat().stream("Hello")));
  expect(StreamError.isInstance(error) && error.kind).toBe("truncated");
});

test("with n only the first answer is streamed, and only that is paid for", async () => {
  script([chunk({ content: "One" }, "stop"), done]);
  await collect(chat({ n: 3 }).stream("Hello"));
  expect(lastBody()).not.toHaveProperty("n");
});
