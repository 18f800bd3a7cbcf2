import { describe, expect, it } from "vitest";
import { createEmulator, type EmulatorOptions, type Reply } from "../index.ts";

const USER = { role: "user", content: "Go." };

function setUp(options: EmulatorOptions = {}) {
  const emulator = createEmulator(options);
  const send = (body: Record<string, unknown>) =>
    emulator.fetch("http://x/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${emulator.apiKey}` },
      body: JSON.stringify({ model: "gpt-4o", messages: [USER], ...body }),
    });
  const ask = async (body: Record<string, unknown> = {}) => (await send(body)).json();
  /** The deltas of choice 0, and the last finish reason and usage. */
  const stream = async (body: Record<string, unknown> = {}) => {
    const text = await (await send({ stream: true, stream_options: { include_usage: true }, ...body })).text();
    const events = text
      .split("\n\n")
      .slice(0, -2)
      .map((event) => JSON.parse(event.slice("data: ".length)));
    const choices = events.flatMap((event) => event.choices);
    return {
      deltas: choices.map((choice) => choice.delta),
      finish: choices.at(-1).finish_reason,
      usage: events.at(-1).usage,
    };
  };
  return { ...emulator, ask, stream };
}

const saying = (reply: Reply) => setUp({ replies: [{ reply }] });

describe("replies of a test", () => {
  it("text, token by token where it is a list", async () => {
    const { ask, stream } = saying({ text: ["Good ", "", "day"] });
    expect((await ask()).choices[0].message.content).toBe("Good day");
    const { deltas } = await stream();
    expect(deltas).toEqual([
      { role: "assistant", content: "" },
      { content: "Good " },
      { content: "" },
      { content: "day" },
      {},
    ]);
  });

  it("reasoning, from any model and in the field asked for", async () => {
    for (const reasoningField of ["reasoning_content", "reasoning"] as const) {
      const { ask, stream } = setUp({
        reasoningField,
        replies: [{ reply: { reasoning: ["Hm", "m."], text: "Yes." } }],
      });
      expect((await ask()).choices[0].message).toEqual({
        role: "assistant",
        content: "Yes.",
        [reasoningField]: "Hmm.",
      });
      expect((await ask()).usage.completion_tokens_details).toEqual({ reasoning_tokens: 2 });
      expect((await stream()).deltas.slice(1, 3)).toEqual([{ [reasoningField]: "Hm" }, { [reasoningField]: "m." }]);
    }
  });

  it("a refusal", async () => {
    const { ask, stream } = saying({ refusal: "I cannot." });
    expect((await ask()).choices[0].message).toEqual({ role: "assistant", content: null, refusal: "I cannot." });
    const { deltas } = await stream();
    expect(deltas.map((delta) => delta.refusal ?? "").join("")).toBe("I cannot.");
  });

  it("tool calls, also broken ones and beside text", async () => {
    const { ask, stream } = saying({
      text: "Let me look.",
      toolCalls: [
        { name: "a", arguments: { x: [1, 2] }, id: "call_mine" },
        { name: "b", arguments: '{"cut' },
        { name: "c", arguments: ["{", "}"] },
        { name: "d" },
      ],
    });
    const { message, finish_reason } = (await ask()).choices[0];
    expect(finish_reason).toBe("tool_calls");
    expect(message.content).toBe("Let me look.");
    expect(message.tool_calls[0]).toEqual({
      id: "call_mine",
      type: "function",
      function: { name: "a", arguments: '{"x":[1,2]}' },
    });
    expect(message.tool_calls.map((call: { function: { arguments: string } }) => call.function.arguments)).toEqual([
      '{"x":[1,2]}',
      '{"cut',
      "{}",
      "{}",
    ]);
    const { deltas } = await stream();
    const pieces = deltas.flatMap((delta) => delta.tool_calls ?? []).filter((piece) => piece.index === 2);
    expect(pieces).toEqual([
      { index: 2, id: expect.stringMatching(/^call_/), type: "function", function: { name: "c", arguments: "" } },
      { index: 2, function: { arguments: "{" } },
      { index: 2, function: { arguments: "}" } },
    ]);
  });

  it("any finish reason, and usage put over the counted one", async () => {
    const { ask, stream } = saying({
      text: "Hi",
      finishReason: "content_filter",
      usage: { prompt_tokens_details: { cached_tokens: 4 } },
    });
    const whole = await ask();
    const streamed = await stream();
    expect([whole.choices[0].finish_reason, streamed.finish]).toEqual(["content_filter", "content_filter"]);
    expect(whole.usage).toMatchObject({ completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } });
    expect(streamed.usage).toEqual(whole.usage);
  });

  it("are still cut by max_tokens and stop", async () => {
    const { ask } = saying({
      reasoning: ["a", "b"],
      text: ["c", "d"],
      toolCalls: [{ name: "x", arguments: ["{", "}"] }, { name: "y" }],
    });
    const cut = async (max_tokens: number) => {
      const { message, finish_reason } = (await ask({ max_tokens })).choices[0];
      const calls = (message.tool_calls ?? []).map(
        (call: { function: { arguments: string } }) => call.function.arguments,
      );
      return [message.reasoning_content, message.content, calls, finish_reason];
    };
    expect(await cut(1)).toEqual(["a", "", [], "length"]);
    expect(await cut(3)).toEqual(["ab", "c", [], "length"]);
    expect(await cut(5)).toEqual(["ab", "cd", ["{"], "length"]);
    expect(await cut(100)).toEqual(["ab", "cd", ["{}", "{}"], "tool_calls"]);
    expect((await saying({ text: ["on", "e tw", "o three"] }).ask({ stop: "two" })).choices[0]).toMatchObject({
      message: { content: "one " },
      finish_reason: "stop",
    });
  });

  it("by call, by text, by a function of the request, added and cleared while it runs", async () => {
    const { ask, replies } = setUp({
      replies: [
        { call: 2, reply: { text: "second" } },
        { match: "colour", reply: { text: "red" } },
      ],
    });
    const say = async (content: string) =>
      (await ask({ messages: [{ role: "user", content }] })).choices[0].message.content;
    expect(await say("What colour?")).toBe("red");
    expect(await say("What colour?")).toBe("second");
    replies.add({ reply: ({ number, body }) => ({ text: `${number} ${(body as { model: string }).model}` }) });
    expect(await say("Else?")).toBe("3 gpt-4o");
    replies.clear();
    expect(await say("Hello!")).toBe("Hello! How can I help you today?");
  });
});

describe("the models' own replies", () => {
  const tools = ["get_weather", "search"].map((name) => ({
    type: "function",
    function: { name, parameters: { type: "object" } },
  }));
  const namesOf = (answer: { choices: { message: { tool_calls?: { function: { name: string } }[] } }[] }) =>
    answer.choices[0]?.message.tool_calls?.map((call) => call.function.name) ?? [];

  it("required: a tool not called yet for this question, so that agents come to their end", async () => {
    const { ask } = setUp();
    const messages: unknown[] = [{ role: "user", content: "The weather?" }];
    const called = [];
    for (let step = 1; step <= 2; step++) {
      const answer = await ask({ messages, tools, tool_choice: "required" });
      called.push(...namesOf(answer));
      const { message } = answer.choices[0];
      messages.push(message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: "sun" });
    }
    expect(called).toEqual(["get_weather", "search"]);
    expect((await ask({ messages, tools })).choices[0].message.content).toBe("search says: sun");
  });

  it("a new question in the same conversation may call again", async () => {
    const { ask } = setUp();
    const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } };
    const history = [
      USER,
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "sun" },
      { role: "assistant", content: "Sun." },
    ];
    expect(
      namesOf(await ask({ messages: [...history, { role: "user", content: "And the weather tomorrow?" }], tools })),
    ).toEqual(["get_weather"]);
  });

  it("reasoning models think, unless reasoning_effort is none", async () => {
    const { ask } = setUp({ models: [{ id: "thinker", reasoning: true }] });
    expect((await ask({ model: "thinker" })).choices[0].message.reasoning_content).toMatch(/\w/);
    expect((await ask({ model: "thinker", reasoning_effort: "none" })).choices[0].message).not.toHaveProperty(
      "reasoning_content",
    );
  });

  it("the seed of the emulator changes them, the same seed does not", async () => {
    const texts = await Promise.all(
      [0, 0, 1, 2, 3, 4].map(async (seed) => (await setUp({ seed }).ask()).choices[0].message.content),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  it("do not repeat what the user said", async () => {
    const { ask } = setUp();
    const secret = "my password is hunter2";
    expect(JSON.stringify(await ask({ messages: [{ role: "user", content: secret }] }))).not.toContain("hunter2");
  });
});

it("the list of models carries what else is known of them", async () => {
  const { fetch, apiKey } = setUp({
    models: ["plain", { id: "rich", reasoning: true, owned_by: "lab", created: 5, context_length: 128_000 }],
  });
  const response = await fetch("http://x/v1/models", { headers: { authorization: `Bearer ${apiKey}` } });
  expect(await response.json()).toEqual({
    object: "list",
    data: [
      { id: "plain", object: "model", created: 1_735_689_600, owned_by: "celuxe" },
      { id: "rich", object: "model", created: 5, owned_by: "lab", context_length: 128_000 },
    ],
  });
});
