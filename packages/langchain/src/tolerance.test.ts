// What real servers send, and what becomes of it on every way to an answer: streamed chunks joined, content-block events
// assembled, invoke with a handler that streams, and invoke without streaming.
import type { WirePiece } from "@celuxe/emulator";
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { chunk, collect, completion, done, failure, join, say, useEmulator } from "../test/harness.ts";
import {
  APIError,
  ConnectionError,
  InsufficientBalanceError,
  ProtocolError,
  RateLimitError,
  StreamError,
} from "./index.ts";

const { answer, chat, fail, script } = useEmulator();

const streaming = { lc_prefer_streaming: true, handleLLMNewToken: () => {} };
const eventing = { lc_prefer_chat_model_stream_events: true, handleChatModelStreamEvent: () => {} };

/** The ways to the answer of a stream. */
const ways: Record<string, () => PromiseLike<AIMessage | AIMessageChunk>> = {
  stream: async () => join(await collect(chat().stream("Hello"))),
  "stream, unmerged": async () => join(await collect(chat({ mergeDeltas: false }).stream("Hello"))),
  "stream, v1": async () => join(await collect(chat({ outputVersion: "v1" }).stream("Hello"))),
  events: () => chat().streamEvents("Hello"),
  "invoke with a streaming handler": () => chat().invoke("Hello", { callbacks: [streaming] }),
  "invoke with an event handler": () => chat().invoke("Hello", { callbacks: [eventing] }),
  "invoke, streaming": () => chat({ streaming: true }).invoke("Hello"),
};
const everyWay = Object.keys(ways);

interface Row {
  wire: string;
  chunks: WirePiece[];
  /** Fields of the message, the same on every way. */
  says: object;
}

const callDelta = (fields: object) => ({ tool_calls: [fields] });
const look = (args: unknown, rest: object = {}) =>
  callDelta({ index: 0, id: "call_1", type: "function", function: { name: "look", arguments: args }, ...rest });
const called = (args: object) => ({ tool_calls: [{ name: "look", args }], invalid_tool_calls: [] });
const invalid = (args: string) => ({
  tool_calls: [],
  invalid_tool_calls: [{ name: "look", args, type: "invalid_tool_call" }],
});
const finished = (finish_reason: string) => ({ response_metadata: { finish_reason } });
const usage = (input_tokens: number, output_tokens: number) => ({
  usage_metadata: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
});

const inTurn = [
  { type: "reasoning", reasoning: "11" },
  { type: "text", text: "a" },
  { type: "reasoning", reasoning: "22" },
  { type: "text", text: "bb" },
];
const withImages = [
  { type: "reasoning", reasoning: "Hm" },
  { type: "text", text: "Here:" },
  { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" },
  { type: "image", url: "https://example.com/a.png" },
  { type: "text", text: "." },
];

const rows: Row[] = [
  {
    wire: "a finish reason without [DONE]",
    chunks: [chunk({ content: "Hi" }, "stop")],
    says: { text: "Hi", ...finished("stop") },
  },
  {
    wire: "cut arguments with finish tool_calls",
    chunks: [chunk(look('{"at":"sk')), chunk({}, "tool_calls"), done],
    says: invalid('{"at":"sk'),
  },
  {
    wire: "cut arguments with finish stop",
    chunks: [chunk(look('{"at":"sk')), chunk({}, "stop"), done],
    says: invalid('{"at":"sk'),
  },
  {
    wire: "cut arguments with length",
    chunks: [chunk(look('{"at":"sk')), chunk({}, "length"), done],
    says: { ...invalid('{"at":"sk'), ...finished("length") },
  },
  {
    wire: "arguments that are no object",
    chunks: [chunk(look("[1]")), chunk({}, "tool_calls"), done],
    says: invalid("[1]"),
  },
  {
    wire: "stop beside a whole call",
    chunks: [chunk(look("{}")), chunk({}, "stop"), done],
    says: { ...called({}), ...finished("tool_calls") },
  },
  ...[
    ["tool_use", "stop"],
    ["end_turn", "stop"],
    ["eos", "stop"],
    ["max_tokens", "length"],
    ["content_filter", "content_filter"],
    ["SAFETY", "content_filter"],
    ["somebody_else", "somebody_else"],
  ].map(([raw, reason]) => ({
    wire: `finish reason ${raw}`,
    chunks: [chunk({ content: "Hi" }), chunk({}, raw), done],
    says: { text: "Hi", ...(raw === "tool_use" ? finished("tool_calls") : finished(reason!)) },
  })),
  {
    wire: "calls without index",
    chunks: [
      chunk(callDelta({ id: "a", function: { name: "look", arguments: '{"n":1}' } })),
      chunk(callDelta({ id: "b", function: { name: "look", arguments: '{"n":' } })),
      chunk(callDelta({ function: { arguments: "2}" } })),
      chunk({}, "tool_calls"),
      done,
    ],
    says: {
      tool_calls: [
        { name: "look", args: { n: 1 } },
        { name: "look", args: { n: 2 } },
      ],
      invalid_tool_calls: [],
    },
  },
  {
    wire: "calls that are all number 0",
    chunks: [chunk(look('{"n":1}', { id: "a" })), chunk(look('{"n":2}', { id: "b" })), chunk({}, "tool_calls"), done],
    says: {
      tool_calls: [
        { name: "look", args: { n: 1 } },
        { name: "look", args: { n: 2 } },
      ],
    },
  },
  {
    wire: "a call without id and type, after text",
    chunks: [
      chunk({ content: "Well." }),
      chunk(callDelta({ index: 0, function: { name: "look", arguments: "{}" } })),
      chunk({}, "tool_calls"),
      done,
    ],
    says: { text: "Well.", tool_calls: [{ id: "string", name: "look", args: {} }] },
  },
  {
    wire: "a late name",
    chunks: [
      chunk(callDelta({ index: 0, id: "a", function: { arguments: '{"n":' } })),
      chunk(callDelta({ index: 0, function: { name: "look", arguments: "1}" } })),
      chunk({}, "tool_calls"),
      done,
    ],
    says: called({ n: 1 }),
  },
  { wire: "empty arguments", chunks: [chunk(look("")), chunk({}, "tool_calls"), done], says: called({}) },
  { wire: "missing arguments", chunks: [chunk(look(undefined)), chunk({}, "tool_calls"), done], says: called({}) },
  {
    wire: "arguments as object",
    chunks: [chunk(look({ n: 1 })), chunk({}, "tool_calls"), done],
    says: called({ n: 1 }),
  },
  {
    wire: "usage in a chunk of its own, without choices",
    chunks: [
      chunk({ content: "Hi" }, "stop"),
      { data: { id: "chatcmpl-1", usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } } },
      done,
    ],
    says: usage(1, 2),
  },
  {
    wire: "usage on every chunk, with nulls between",
    chunks: [
      chunk({ content: "H" }, null, { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
      chunk({ content: "i" }, null, { usage: null }),
      chunk({}, "stop", { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
      done,
    ],
    says: { text: "Hi", ...usage(1, 2) },
  },
  {
    wire: "usage as strings",
    chunks: [chunk({ content: "Hi" }, "stop", { usage: { prompt_tokens: "1", completion_tokens: "2" } }), done],
    says: usage(1, 2),
  },
  { wire: "no usage", chunks: [chunk({ content: "Hi" }, "stop"), done], says: { usage_metadata: undefined } },
  {
    wire: "empty objects, comments, unknown objects",
    chunks: [
      ": hello\n\n",
      { data: {} },
      chunk({ content: "Hi" }),
      { data: { object: "ping" } },
      { data: "null" },
      chunk({}, "stop"),
      done,
    ],
    says: { text: "Hi", ...finished("stop") },
  },
  {
    wire: "reasoning and reasoning_content",
    chunks: [
      chunk({ reasoning_content: "Hm", reasoning: "Hm" }),
      chunk({ reasoning: "." }),
      chunk({ content: "Hi" }, "stop"),
      done,
    ],
    says: {
      text: "Hi",
      additional_kwargs: { reasoning_content: "Hm." },
      contentBlocks: [
        { type: "reasoning", reasoning: "Hm." },
        { type: "text", text: "Hi" },
      ],
    },
  },
  {
    wire: "thoughts and texts in turn",
    chunks: [
      chunk({ reasoning: "1" }),
      chunk({ reasoning: "1" }),
      chunk({ content: "a" }),
      chunk({ reasoning: "2" }),
      chunk({ reasoning: "2" }),
      chunk({ content: "b" }),
      chunk({ content: "b" }, "stop"),
      done,
    ],
    says: { text: "abb", additional_kwargs: { reasoning_content: "1122" }, contentBlocks: inTurn },
  },
  {
    wire: "images in the answer",
    chunks: [
      chunk({ reasoning: "Hm" }),
      chunk({ content: "Here:" }),
      chunk({ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }] }),
      chunk({ content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }),
      chunk({ content: "." }, "stop"),
      done,
    ],
    says: { text: "Here:.", contentBlocks: withImages },
  },
  {
    wire: "a refusal",
    chunks: [chunk({ refusal: "I can" }), chunk({ refusal: "not." }), chunk({}, "stop"), done],
    says: {
      text: "",
      additional_kwargs: { refusal: "I cannot." },
      contentBlocks: [{ type: "refusal", refusal: "I cannot." }],
      ...finished("content_filter"),
    },
  },
  {
    wire: "several choices",
    chunks: [
      {
        data: {
          id: "chatcmpl-1",
          choices: [
            { index: 1, delta: { content: "Two" } },
            { index: 0, delta: { content: "One" } },
          ],
        },
      },
      { data: { id: "chatcmpl-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] } },
      done,
    ],
    says: { text: "One" },
  },
  {
    wire: "CR LF, a byte order mark, UTF-8 split over writes, no newline at the end",
    chunks: [
      new TextEncoder().encode('\uFEFFdata: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Gr'),
      Uint8Array.of(0xc3),
      { waitMs: 0 },
      Uint8Array.of(0xbc),
      'ße"}}]}\r\n\r\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]',
    ],
    says: { text: "Grüße" },
  },
  {
    wire: "line ends of CR alone",
    chunks: [
      'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Hi"}}]}\r\r',
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\rdata: [DONE]\r\r',
    ],
    says: { text: "Hi" },
  },
  { wire: "nothing but an end", chunks: [chunk({}, "stop"), done], says: { text: "", ...finished("stop") } },
];

describe.each(rows)("$wire", ({ chunks, says }) => {
  test.each(everyWay)("%s", async (way) => {
    script(chunks);
    expect(say(await ways[way]!())).toMatchObject(says);
  });
});

describe("thoughts in the text, with reasoningTag", () => {
  const tagged = (fields: object = {}) => chat({ reasoningTag: "think", ...fields });
  const taggedWays: typeof ways = {
    stream: async () => join(await collect(tagged().stream("Hello"))),
    "stream, unmerged": async () => join(await collect(tagged({ mergeDeltas: false }).stream("Hello"))),
    "stream, v1": async () => join(await collect(tagged({ outputVersion: "v1" }).stream("Hello"))),
    events: () => tagged().streamEvents("Hello"),
    "invoke, streaming": () => tagged({ streaming: true }).invoke("Hello"),
    "an option of the call": async () => join(await collect(chat().stream("Hello", { reasoningTag: "think" }))),
  };
  const says = {
    text: "Hi <b>you</b>",
    additional_kwargs: { reasoning_content: "Hm.\nSo" },
    contentBlocks: [
      { type: "reasoning", reasoning: "Hm.\nSo" },
      { type: "text", text: "Hi <b>you</b>" },
    ],
  };
  const text = "<think>\nHm.\nSo</think>\n\nHi <b>you</b>";

  test.each(Object.keys(taggedWays))("are reasoning, wherever they are split, by %s", async (way) => {
    for (const size of [1, 3, 7, text.length]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        chunk({ content: text.slice(index * size, (index + 1) * size) }),
      );
      script([...pieces, chunk({}, "stop"), done], "close", 1);
      expect(say(await taggedWays[way]!())).toMatchObject(says);
    }
  });

  test("are reasoning without streaming, in every choice", async () => {
    answer(completion({ content: text }), 2);
    expect(say(await tagged().invoke("Hello"))).toMatchObject(says);
    expect(say(join(await collect(tagged({ disableStreaming: true }).stream("Hello"))))).toMatchObject(says);
    const choice = (index: number) => ({ index, message: { content: `<think>${index}</think>${text}` } });
    answer({ id: "a", choices: [choice(0), choice(1)] });
    const { generations } = await tagged({ n: 2 }).generate([["Hello"]]);
    expect(generations[0]?.map((generation) => generation.text)).toEqual(["Hi <b>you</b>", "Hi <b>you</b>"]);
  });

  test("that never end are reasoning to the end, and what looks like a tag is text", async () => {
    script([chunk({ content: "a <thin" }), chunk({ content: "g <think>b </thi" }), chunk({}, "stop"), done]);
    expect(say(await taggedWays["stream"]!())).toMatchObject({
      text: "a <thing ",
      additional_kwargs: { reasoning_content: "b </thi" },
    });
  });

  test("stay in the text by default", async () => {
    script([chunk({ content: text }), chunk({}, "stop"), done]);
    expect((await ways["stream"]!()).text).toBe(text);
  });
});

test.each(everyWay)("a whole JSON answer where a stream was asked for, by %s", async (way) => {
  answer(
    completion({ content: "Hi", ...callDelta({ id: "a", function: { name: "look", arguments: "{}" } }) }, "tool_calls"),
  );
  expect(say(await ways[way]!())).toMatchObject({ text: "Hi", ...called({}), ...finished("tool_calls") });
});

describe("answers without streaming", () => {
  test.each([
    ["cut arguments with length", { ...look('{"at":"sk') }, "length", invalid('{"at":"sk')],
    ["cut arguments with tool_calls", { ...look('{"at":"sk') }, "tool_calls", invalid('{"at":"sk')],
    ["empty arguments", { content: null, ...look("") }, "tool_calls", called({})],
    ["arguments as object", { ...look({ n: 1 }) }, "stop", { ...called({ n: 1 }), ...finished("tool_calls") }],
    ["no finish reason", { content: "Hi" }, null, { text: "Hi", ...finished("stop") }],
    ["content as parts", { content: [{ type: "text", text: "Hi" }] }, "stop", { text: "Hi" }],
    [
      "thoughts and texts in turn",
      {
        content: [
          { type: "thinking", thinking: "11" },
          { type: "text", text: "a" },
          { type: "thinking", thinking: "22" },
          { type: "text", text: "bb" },
        ],
      },
      "stop",
      { text: "abb", additional_kwargs: { reasoning_content: "1122" }, contentBlocks: inTurn },
    ],
    [
      "images",
      {
        reasoning: "Hm",
        content: [
          { type: "text", text: "Here:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          { type: "text", text: "." },
        ],
      },
      "stop",
      { text: "Here:.", contentBlocks: withImages },
    ],
    ["a refusal", { content: null, refusal: "No." }, "stop", { additional_kwargs: { refusal: "No." } }],
    ["reasoning", { content: "Hi", reasoning: "Hm." }, "stop", { additional_kwargs: { reasoning_content: "Hm." } }],
  ])("%s", async (_, message, finishReason, says) => {
    answer(completion(message, finishReason));
    expect(say(await chat().invoke("Hello"))).toMatchObject({ ...says, usage_metadata: undefined });
    expect(say(await chat({ outputVersion: "v1" }).invoke("Hello"))).toMatchObject(says);
  });

  test("every choice is a generation, the usage stands once", async () => {
    const choice = (index: number) => ({ index, message: { content: `${index}` }, finish_reason: "stop" });
    answer({
      id: "a",
      choices: [choice(0), choice(1)],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    });
    const { generations, llmOutput } = await chat({ n: 2 }).generate([["Hello"]]);
    expect(generations[0]?.map(({ text }) => text)).toEqual(["0", "1"]);
    const messages = generations[0]?.map((generation) => (generation as unknown as { message: AIMessage }).message);
    expect(messages?.map((message) => message.usage_metadata?.total_tokens)).toEqual([3, undefined]);
    expect(llmOutput).toEqual({ tokenUsage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 } });
  });
});

describe("what ends an answer early is thrown, and no call of it is run", () => {
  const half = [chunk({ content: "Half" }), chunk(look('{"at":"sky"}'))];

  test.each(everyWay)("neither finish reason nor [DONE], by %s", async (way) => {
    script(half);
    const error = await failure(ways[way]!());
    expect(StreamError.isInstance(error) && error.kind).toBe("truncated");
  });

  test.each(everyWay)("[DONE] without a finish reason, by %s", async (way) => {
    for (const pieces of [half, half.slice(1), [chunk(look('{"at":"sk'))]]) {
      script([...pieces, done], "close", 1);
      const error = await failure(ways[way]!());
      expect(StreamError.isInstance(error) && error.kind).toBe("truncated");
    }
  });

  test.each(everyWay)("a lost connection, by %s", async (way) => {
    script([...half, { waitMs: 20 }], "reset");
    expect(ConnectionError.isInstance(await failure(ways[way]!()))).toBe(true);
  });

  test.each(everyWay)("a line that is not JSON, by %s", async (way) => {
    script([...half, { data: '{"choices": [' }, chunk({}, "stop"), done]);
    const error = await failure(ways[way]!());
    expect(StreamError.isInstance(error) && error.kind).toBe("malformed");
  });

  test.each(everyWay)("an error in the stream, by %s", async (way) => {
    script([...half, { data: { error: { message: "Slow down", code: 429 } } }, done]);
    const error = await failure(ways[way]!());
    expect(RateLimitError.isInstance(error) && error.message).toContain("Slow down");
  });

  test.each(everyWay)("an error with a textual code before anything else, by %s", async (way) => {
    script([
      chunk({ role: "assistant", content: "" }),
      { data: { error: { message: "Empty", code: "insufficient_balance" } } },
    ]);
    expect(InsufficientBalanceError.isInstance(await failure(ways[way]!()))).toBe(true);
  });

  test.each(everyWay)("an error as text before anything else, by %s", async (way) => {
    script([{ data: { error: "out of order" } }, done]);
    const error = await failure(ways[way]!());
    expect(APIError.isInstance(error) && error.message).toContain("out of order");
  });

  test.each([...everyWay, "invoke"])("HTML or nothing with status 200, by %s", async (way) => {
    const call = ways[way] ?? (() => chat().invoke("Hello"));
    fail(200, { times: 1, body: "<h1>It works!</h1>", headers: { "content-type": "text/html" } });
    expect(ProtocolError.isInstance(await failure(call()))).toBe(true);
    script([], "close", 1);
    expect(ProtocolError.isInstance(await failure(call()))).toBe(true);
  });

  test.each([...everyWay, "invoke"])("an error as JSON with status 200, by %s", async (way) => {
    answer({ error: { message: "Busy", code: "server_error" } });
    const error = await failure((ways[way] ?? (() => chat().invoke("Hello")))());
    expect(APIError.isInstance(error) && error.status).toBe(500);
  });
});
