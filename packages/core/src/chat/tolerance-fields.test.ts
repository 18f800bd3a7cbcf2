import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunk, done, finish, role, type ScriptedServer, startScripted, text, usage } from "../../test/scripted.ts";
import { CeluxeError } from "../index.ts";

// What a chunk may hold, and in which forms.

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

describe("usage", () => {
  const counts = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
  const read = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };

  test("in its own chunk without choices", async () => {
    for (const wire of [{ usage: counts }, { choices: [], usage: counts }, { choices: null, usage: counts }]) {
      const played = await server.play([role, text("Hi"), finish(), { data: wire }, done]);
      expect(played.usage).toEqual({
        ...read,
        cachedTokens: undefined,
        cacheWriteTokens: undefined,
        reasoningTokens: undefined,
        raw: counts,
      });
    }
  });

  test("on every chunk: the last one, once, right before the finish", async () => {
    const running = [1, 2, 3].map((n) => usage({ prompt_tokens: 3, completion_tokens: n, total_tokens: 3 + n }));
    const played = await server.play([role, ...running, text("Hi"), finish(), done]);
    expect(played.usage).toMatchObject({ completionTokens: 3, totalTokens: 6 });
    expect(played.deltas.map(({ type }) => type)).toEqual(["start", "text", "usage", "finish"]);
  });

  test("with nulls: null on the chunks before and after does not count", async () => {
    const nothing = { prompt_tokens: null, completion_tokens: null, total_tokens: null };
    const some = { prompt_tokens: 3, completion_tokens: null, total_tokens: null, prompt_tokens_details: null };
    const played = await server.play([role, usage(nothing), text("Hi"), usage(some), usage(nothing), finish(), done]);
    expect(played.usage).toMatchObject({ promptTokens: 3, completionTokens: undefined, totalTokens: undefined });
  });

  test("as strings", async () => {
    const played = await server.play([
      role,
      finish(),
      usage({ prompt_tokens: "3", completion_tokens: " 4", total_tokens: "7" }),
      done,
    ]);
    expect(played.usage).toMatchObject(read);
  });

  test("beside the choice's delta, as some servers place it", async () => {
    const played = await server.play([role, chunk({ content: "Hi" }, { finish_reason: "stop", usage: counts }), done]);
    expect(played.usage).toMatchObject(read);
  });

  test("absent is undefined, not 0", async () => {
    const played = await server.play([role, text("Hi"), finish(), done]);
    expect(played.usage).toBeUndefined();
    expect((await server.answer({ choices: [{ message: { content: "Hi" } }] })).usage).toBeUndefined();
  });

  test.each([[null], ["many"], [7], [[]], [{}], [{ prompt_tokens: "many" }], [{ total_tokens: -1 }], [{ cost: 0.1 }]])(
    "is no usage: %j",
    async (odd) => {
      const played = await server.play([role, { data: { usage: odd } }, text("Hi"), finish(), done]);
      expect(played).toMatchObject({ text: "Hi", usage: undefined, error: undefined });
    },
  );

  test("with details, in the words of several vendors, and the rest as sent", async () => {
    const details = {
      ...counts,
      prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 3 },
      cost: 0.002,
    };
    const expected = { ...read, cachedTokens: 1, cacheWriteTokens: 2, reasoningTokens: 3, raw: details };
    expect((await server.play([role, finish(), usage(details), done])).usage).toEqual(expected);
    expect((await server.answer({ choices: [{ message: {} }], usage: details })).usage).toEqual(expected);
    const others = { input_tokens: 3, output_tokens: 4, prompt_cache_hit_tokens: 1 };
    expect((await server.play([role, finish(), usage(others), done])).usage).toMatchObject({
      promptTokens: 3,
      completionTokens: 4,
      cachedTokens: 1,
    });
  });
});

describe("ignored", () => {
  test.each([
    ["{}", "data: {}\n\n"],
    ["comments", ": keep-alive\n\n:\n\n"],
    ["unknown objects", 'data: {"type":"ping"}\n\nevent: ping\ndata: {"at":1}\n\n'],
    ["JSON that is no object", 'data: null\n\ndata: 7\n\ndata: []\n\ndata: "text"\n\n'],
    ["empty data", "data:\n\ndata: \n\n"],
    ["other fields of events", "id: 7\nretry: 10\nretry: soon\nfoo: bar\nfoo\n\n"],
    ["[DONE] in other spacing, and all behind it", "data:[DONE] \n\ndata: oops\n\n"],
  ])("%s", async (what, wire) => {
    const atEnd = what.startsWith("[DONE]");
    const played = await server.play(
      atEnd ? [role, text("Hello"), finish(), wire] : [wire, role, text("Hel"), wire, text("lo"), finish(), wire, done],
    );
    expect(played).toMatchObject({ text: "Hello", error: undefined, finish: { reason: "stop" } });
  });
});

describe("reasoning and reasoning_content", () => {
  test.each([
    ["reasoning_content", { reasoning_content: "Hm" }],
    ["reasoning", { reasoning: "Hm" }],
    ["both: the first that is not empty, once", { reasoning_content: "Hm", reasoning: "Hm" }],
    ["reasoning_content empty", { reasoning_content: "", reasoning: "Hm" }],
    ["reasoning_content null", { reasoning_content: null, reasoning: "Hm" }],
    ["an object", { reasoning: { content: "Hm" } }],
    ["a thinking part of the content", { content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm" }] }] }],
  ])("%s", async (_, delta) => {
    const played = await server.play([role, chunk(delta), text("Hi"), finish(), done]);
    expect(played).toMatchObject({ reasoning: "Hm", text: "Hi" });
    const answer = await server.answer({ choices: [{ message: delta, finish_reason: "stop" }] });
    expect(answer.reasoning).toBe("Hm");
  });

  test("comes before the text of its chunk, and after text is a new block", async () => {
    const both = chunk({ content: "Hi", reasoning: "Hm" });
    const played = await server.play([role, both, chunk({ reasoning: "Or?" }), text("!"), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "Hi" },
      { type: "reasoning", text: "Or?" },
      { type: "text", text: "!" },
    ]);
  });
});

describe("refusal", () => {
  test("is kept, and the reason is content-filter", async () => {
    const played = await server.play([role, chunk({ refusal: "I can" }), chunk({ refusal: "not." }), finish(), done]);
    expect(played).toMatchObject({ refusal: "I cannot.", text: "", finish: { reason: "content-filter" } });
    const message = { content: null, refusal: "I cannot." };
    const answer = await server.answer({ choices: [{ message, finish_reason: "stop" }] });
    expect(answer).toMatchObject({ refusal: "I cannot.", finishReason: "content-filter", rawFinishReason: "stop" });
  });

  test.each([null, "", false, {}])("%j is none", async (refusal) => {
    const played = await server.play([role, chunk({ content: "Hi", refusal }), finish(), done]);
    expect(played).toMatchObject({ refusal: "", text: "Hi", finish: { reason: "stop" } });
  });
});

describe("n > 1", () => {
  const of = (index: unknown, content: string, reason: string | null = null) =>
    ({ data: { id: "1", choices: [{ index, delta: { content }, finish_reason: reason }] } }) as const;

  test("a stream gives choice 0", async () => {
    const played = await server.play([of(1, "B"), of(0, "A"), of(1, "b", "stop"), of(0, "a", "length"), done]);
    expect(played).toMatchObject({ text: "Aa", finish: { reason: "length" } });
  });

  test("several choices in one chunk, in any order", async () => {
    const choices = [1, 0].map((index) => ({ index, delta: { content: `${index}` }, finish_reason: "stop" }));
    expect((await server.play([{ data: { choices } }, done])).text).toBe("0");
  });

  test.each([
    ["missing", undefined],
    ["null", null],
    ["text", "0"],
    ["odd", "first"],
    ["negative", -1],
    ["broken", 0.5],
  ])("an index that is %s is the choice's place", async (_, index) => {
    expect((await server.play([of(index, "A"), of(index, "a", "stop"), done])).text).toBe("Aa");
  });

  test("a whole answer has all choices, in the order of their indices", async () => {
    const call = { id: "a", function: { name: "look", arguments: "{}" } };
    const answer = await server.answer({
      choices: [
        { index: 1, message: { content: "B" }, finish_reason: "length" },
        { index: 0, message: { content: "A" }, finish_reason: "stop" },
        { index: 2, message: { tool_calls: [call] }, finish_reason: "tool_calls" },
      ],
      usage: { total_tokens: 9 },
    });
    expect(answer).toMatchObject({ text: "A", finishReason: "stop", toolCalls: [], usage: { totalTokens: 9 } });
    expect(answer.choices).toMatchObject([
      { index: 0, text: "A", finishReason: "stop" },
      { index: 1, text: "B", finishReason: "length" },
      { index: 2, text: "", finishReason: "tool-calls", toolCalls: [{ name: "look" }] },
    ]);
  });

  test("a whole answer whose choices all have index 0, or none, still has all of them", async () => {
    for (const index of [0, undefined, "odd"]) {
      const choices = ["A", "B"].map((content) => ({ index, message: { content }, finish_reason: "stop" }));
      expect((await server.answer({ choices })).choices).toMatchObject([{ text: "A" }, { text: "B" }]);
    }
  });
});

describe("images in a message or delta, image parts in content", () => {
  const url = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";
  const base64 = url.slice(url.indexOf(",") + 1);

  test.each([
    ["images, as OpenRouter and LiteLLM send them", { images: [{ type: "image_url", image_url: { url }, index: 0 }] }],
    ["images as addresses", { images: [url] }],
    ["images as base64", { images: [base64] }],
    ["one image, no list", { images: { image_url: url } }],
    ["an image_url part", { content: [{ type: "image_url", image_url: { url } }] }],
    [
      "an image part of Anthropic's",
      { content: [{ type: "image", source: { media_type: "image/png", data: base64 } }] },
    ],
    ["a part of Gemini's", { content: [{ type: "image", inline_data: { mime_type: "image/png", data: base64 } }] }],
    ["a part of the image API's", { content: [{ type: "output_image", b64_json: base64 }] }],
    ["a part with its url", { content: [{ type: "image", url }] }],
  ])("%s", async (_, delta) => {
    const played = await server.play([role, text("Here: "), chunk(delta), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual([
      { type: "text", text: "Here: " },
      { type: "image", url },
    ]);
    const answer = await server.answer({ choices: [{ message: delta, finish_reason: "stop" }] });
    expect(answer.blocks).toEqual([{ type: "image", url }]);
    expect(answer).toMatchObject({ text: "", finishReason: "stop" });
  });

  test("an address on the web stays one, and the kind of bytes is told by themselves", async () => {
    const images = ["https://example.com/cat.png", "/9j/4AAQSkZJRgABAQ==", "UklGRhAAAABXRUJQVlA4"];
    const played = await server.play([role, chunk({ images }), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual([
      { type: "image", url: "https://example.com/cat.png" },
      { type: "image", url: "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ==" },
      { type: "image", url: "data:image/webp;base64,UklGRhAAAABXRUJQVlA4" },
    ]);
  });

  test("comes whole from a stream, whatever its size", async () => {
    const large = `data:image/png;base64,iVBORw0K${"A".repeat(6 * 1024 * 1024)}`;
    const played = await server.play([role, chunk({ images: [{ image_url: { url: large } }] }), finish(), done]);
    expect(played.error).toBeUndefined();
    expect(played.deltas[1]).toEqual({ type: "image", url: large });
  });

  test.each([
    ["nothing", null],
    ["an empty list", []],
    ["no image", [{ type: "image_url" }, {}, null, 7, "cat", { image_url: { url: "" } }, [[]]]],
  ])("%s is none", async (_, images) => {
    const played = await server.play([role, chunk({ content: "Hi", images }), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual([{ type: "text", text: "Hi" }]);
  });

  test("a recording or a file is no image", async () => {
    const content = [
      { type: "audio", data: base64 },
      { type: "file", url: "https://example.com/a.pdf" },
    ];
    const played = await server.play([role, chunk({ content }), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual([]);
  });
});

describe("thoughts and texts in turn", () => {
  test("stand in the order in which they came, in a whole answer as in a stream", async () => {
    const content = [
      { type: "thinking", thinking: "1" },
      { type: "text", text: "a" },
      { type: "text", text: "b" },
      { type: "thinking", thinking: [{ type: "text", text: "2" }] },
      { type: "image_url", image_url: { url: "https://example.com/cat.png" } },
      { type: "text", text: "c" },
    ];
    const blocks = [
      { type: "reasoning", text: "1" },
      { type: "text", text: "ab" },
      { type: "reasoning", text: "2" },
      { type: "image", url: "https://example.com/cat.png" },
      { type: "text", text: "c" },
    ];
    const answer = await server.answer({ choices: [{ message: { content }, finish_reason: "stop" }] });
    expect(answer).toMatchObject({ blocks, text: "abc", reasoning: "12" });
    const played = await server.play([role, chunk({ content }), finish(), done]);
    expect(played.deltas.slice(1, -1)).toEqual(blocks);
  });
});

describe("content in other forms", () => {
  test.each([
    ["a number", 42, "42"],
    ["a list of parts", [{ type: "text", text: "H" }, "i", { type: "image" }, null], "Hi"],
    ["a part", { type: "text", text: "Hi" }, "Hi"],
    ["true", true, ""],
    ["null", null, ""],
  ])("%s", async (_, content, expected) => {
    const played = await server.play([role, chunk({ content }), text("!"), finish(), done]);
    expect(played.text).toBe(`${expected}!`);
    const answer = await server.answer({ choices: [{ message: { content }, finish_reason: "stop" }] });
    expect(answer.text).toBe(expected);
  });

  test("a message where a delta belongs", async () => {
    const played = await server.play([
      { data: { choices: [{ message: { content: "Hel" } }] } },
      { data: { choices: [{ message: { content: "lo" }, finish_reason: "stop" }] } },
    ]);
    expect(played.text).toBe("Hello");
  });

  test("a whole message behind the deltas says nothing new", async () => {
    const last = { data: { choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] } };
    expect((await server.play([role, text("Hel"), text("lo"), last, done])).text).toBe("Hello");
  });

  test("choices as one object", async () => {
    const wire = { choices: { delta: { content: "Hi" }, finish_reason: "stop" } };
    expect((await server.play([{ data: wire }])).text).toBe("Hi");
    const whole = { choices: { message: { content: "Hi" }, finish_reason: "stop" } };
    expect((await server.answer(whole)).text).toBe("Hi");
  });
});

describe("JSON that is nested a hundred thousand times", () => {
  const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
  const nested = [
    deep("[", "]"),
    deep('{"text":', "}").replace(":}", ":1}"),
    deep('{"error":', "}").replace(":}", ":1}"),
  ];

  test.each([
    ["content", (json: string) => `{"choices":[{"index":0,"delta":{"content":${json}}}]}`],
    [
      "arguments",
      (json: string) => `{"choices":[{"index":0,"delta":{"tool_calls":[{"name":"a","arguments":${json}}]}}]}`,
    ],
    ["logprobs", (json: string) => `{"choices":[{"index":0,"delta":{},"logprobs":{"content":${json}}}]}`],
    ["error", (json: string) => `{"error":${json}}`],
    ["everything", (json: string) => json],
  ])("as %s ends in an answer or a typed error", async (_, wrap) => {
    for (const json of nested) {
      const played = await server.play([role, text("Hi"), `data: ${wrap(json)}\n\n`, finish(), done]);
      if (played.error === undefined) expect(played.text).toBe("Hi");
      else expect(played.error).toBeInstanceOf(CeluxeError);
    }
  });

  test("runs no tool with arguments that are lost", async () => {
    const call = `{"choices":[{"delta":{"tool_calls":[{"name":"a","arguments":${nested[0]}}]}}]}`;
    const played = await server.play([`data: ${call}\n\n`, finish("tool_calls"), done]);
    expect(played.toolCalls).toMatchObject([{ status: "invalid" }]);
  });

  test("as content of a whole answer", async () => {
    for (const json of nested) {
      const { text } = await server.answer(`{"choices":[{"message":{"content":${json}},"finish_reason":"stop"}]}`);
      expect(text).toBe("");
    }
  });
});
