import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulator, type Emulator, type RunningEmulator, startEmulator } from "../index.ts";

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

async function post(body: string, send: Emulator["fetch"] = fetch, url = emulator.url) {
  const response = await send(`${url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}`, "content-type": "application/json" },
    body,
  });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}

const user = { role: "user", content: "Hi" };
const good = { model: "gpt-4o", messages: [user] };
const tool = { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } };
const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } };
const asking = { role: "assistant", content: null, tool_calls: [call] };
const withParts = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });

describe("a bad request is a 400 that names the field", () => {
  it.each<[param: string, change: Record<string, unknown>]>([
    ["model", { model: undefined }],
    ["model", { model: "" }],
    ["model", { model: "no-such-model" }],
    ["messages", { messages: undefined }],
    ["messages", { messages: [] }],
    ["messages", { messages: "Hi" }],
    ["messages[0]", { messages: ["Hi"] }],
    ["messages[0].role", { messages: [{ content: "Hi" }] }],
    ["messages[0].role", { messages: [{ role: "wizard", content: "Hi" }] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content", { messages: [{ role: "user", content: null }] }],
    ["messages[0].content", withParts()],
    ["messages[1].content", { messages: [user, { role: "assistant" }] }],
    ["messages[0].content[0].type", withParts({ type: "video", video: "x" })],
    [
      "messages[0].content[0].type",
      { messages: [{ role: "system", content: [{ type: "image_url", image_url: { url: "https://x.test" } }] }] },
    ],
    ["messages[0].content[0].text", withParts({ type: "text" })],
    [
      "messages[0].content[1].image_url.url",
      withParts({ type: "text", text: "?" }, { type: "image_url", image_url: { url: "file:///a.png" } }),
    ],
    [
      "messages[0].content[0].image_url.url",
      withParts({ type: "image_url", image_url: { url: "data:image/png;base64,***" } }),
    ],
    ["messages[0].content[0].image_url", withParts({ type: "image_url", image_url: "https://x.test/a.png" })],
    [
      "messages[0].content[0].image_url.detail",
      withParts({ type: "image_url", image_url: { url: "https://x.test/a.png", detail: "huge" } }),
    ],
    [
      "messages[0].content[0].input_audio.format",
      withParts({ type: "input_audio", input_audio: { data: "UklG", format: "ogg" } }),
    ],
    [
      "messages[0].content[0].input_audio.data",
      withParts({ type: "input_audio", input_audio: { data: "?", format: "wav" } }),
    ],
    ["messages[0].content[0].file", withParts({ type: "file", file: { filename: "a.pdf" } })],
    ["messages[0].content[0].file.file_data", withParts({ type: "file", file: { file_data: "JVBERg==" } })],
    ["temperature", { temperature: 2.1 }],
    ["temperature", { temperature: "warm" }],
    ["top_p", { top_p: -0.1 }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["n", { n: 0 }],
    ["n", { n: 1000 }],
    ["stop", { stop: ["a", "b", "c", "d", "e"] }],
    ["stop", { stop: 5 }],
    ["seed", { seed: 0.5 }],
    ["presence_penalty", { presence_penalty: 3 }],
    ["logit_bias.50256", { logit_bias: { 50256: -101 } }],
    ["top_logprobs", { top_logprobs: 5 }],
    ["top_logprobs", { logprobs: true, top_logprobs: 21 }],
    ["stream", { stream: "yes" }],
    ["stream_options", { stream_options: { include_usage: true } }],
    ["tools", { tools: [] }],
    ["tools[0].type", { tools: [{ ...tool, type: "retrieval" }] }],
    ["tools[0].function.name", { tools: [{ type: "function", function: { name: "get weather" } }] }],
    ["tools[0].function.parameters", { tools: [{ type: "function", function: { name: "a", parameters: "{}" } }] }],
    ["tool_choice", { tool_choice: "auto" }],
    ["tool_choice", { tools: [tool], tool_choice: "sometimes" }],
    ["tool_choice.function.name", { tools: [tool], tool_choice: { type: "function", function: { name: "other" } } }],
    ["parallel_tool_calls", { parallel_tool_calls: false }],
    ["response_format.type", { response_format: { type: "xml" } }],
    ["response_format.json_schema", { response_format: { type: "json_schema" } }],
    ["response_format.json_schema.name", { response_format: { type: "json_schema", json_schema: { schema: {} } } }],
    ["response_format.json_schema.schema", { response_format: { type: "json_schema", json_schema: { name: "a" } } }],
    ["reasoning_effort", { reasoning_effort: "heroic" }],
    // The history of tool calls.
    ["messages[1].tool_call_id", { messages: [user, { role: "tool", tool_call_id: "call_1", content: "sun" }] }],
    [
      "messages[2].tool_call_id",
      { messages: [user, asking, { role: "tool", tool_call_id: "call_2", content: "sun" }] },
    ],
    ["messages[1].tool_calls", { messages: [user, asking] }],
    ["messages[1].tool_calls", { messages: [user, asking, user] }],
    ["messages[2].tool_call_id", { messages: [user, asking, { role: "tool", content: "sun" }] }],
    ["messages[1].tool_calls", { messages: [user, { role: "assistant", content: "x", tool_calls: [] }] }],
    [
      "messages[1].tool_calls[0].function.arguments",
      { messages: [user, { ...asking, tool_calls: [{ ...call, function: { name: "weather", arguments: {} } }] }] },
    ],
  ])("%s %j", async (param, change) => {
    const { status, text } = await post(JSON.stringify({ ...good, ...change }));
    const { error } = JSON.parse(text);
    expect({ status, param: error.param }).toEqual({ status: 400, param });
    expect(error.type).toBe("invalid_request_error");
    expect(error.message).toMatch(/\S/);
  });

  it.each(["", "{", "null", "[]", '"text"', "5", "<html>"])("a body that is no JSON object: %s", async (body) => {
    const { status, text } = await post(body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toBe("The request body is not a JSON object.");
  });

  it("a body without end in depth", async () => {
    const { status } = await post(`{"model":"gpt-4o","messages":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`);
    expect(status).toBe(400);
  });
});

describe("what OpenAI's format allows is accepted", () => {
  it.each<[what: string, change: Record<string, unknown>]>([
    [
      "null for what is optional",
      { temperature: null, top_p: null, max_tokens: null, stop: null, seed: null, tools: null, stream: null, n: null },
    ],
    ["fields nobody knows", { prompt_cache_key: "a", provider: { order: ["x"] } }],
    ["the ends of the ranges", { temperature: 2, top_p: 1, max_tokens: 1, n: 2, presence_penalty: -2 }],
    [
      "developer and system messages, named speakers",
      {
        messages: [
          { role: "developer", content: "a" },
          { role: "system", content: "b" },
          { ...user, name: "ann" },
        ],
      },
    ],
    [
      "text parts in every role",
      {
        messages: [
          { role: "system", content: [{ type: "text", text: "a" }] },
          user,
          { role: "assistant", content: [{ type: "text", text: "b" }] },
          user,
        ],
      },
    ],
    ["a refusal in the history", { messages: [user, { role: "assistant", content: null, refusal: "no" }, user] }],
    [
      "reasoning in the history",
      { messages: [user, { role: "assistant", content: "b", reasoning_content: "c" }, user] },
    ],
    [
      "a tool without parameters",
      { tools: [{ type: "function", function: { name: "now" } }], tool_choice: "required" },
    ],
    [
      "answers to tool calls in any order",
      {
        messages: [
          user,
          { ...asking, tool_calls: [call, { ...call, id: "call_2" }] },
          ...["call_2", "call_1"].map((tool_call_id) => ({ role: "tool", tool_call_id, content: "x" })),
        ],
      },
    ],
    [
      "the same call id in two turns",
      {
        messages: [
          user,
          asking,
          { role: "tool", tool_call_id: "call_1", content: "x" },
          asking,
          { role: "tool", tool_call_id: "call_1", content: "y" },
        ],
      },
    ],
  ])("%s", async (_, change) => {
    const { status, text } = await post(JSON.stringify({ ...good, ...change }));
    expect(JSON.parse(text)).not.toHaveProperty("error");
    expect(status).toBe(200);
  });
});

describe("whatever the body", () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, "", 0, -1, 1e308, [], {}, true, "__proto__", "\u0000", "\ud800"),
  );
  /** Right as a rule, so that requests get past the first check, and odd now and then. */
  const mostly = <T>(right: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: odd });
  const anyOf = <T extends string>(...values: T[]) => mostly(fc.constantFrom(...values));

  const schema = mostly(
    fc.record(
      {
        type: anyOf("object", "array", "string", "number"),
        properties: fc.dictionary(fc.string(), fc.record({ type: anyOf("string", "object", "array", "number") })),
        required: mostly(fc.array(fc.string())),
        items: mostly(fc.record({ type: anyOf("string", "integer") })),
        enum: mostly(fc.constant(undefined)),
        anyOf: mostly(fc.constant([{ type: "string" }, { type: "null" }])),
        additionalProperties: mostly(fc.boolean()),
        $ref: mostly(fc.constant(undefined)),
        minItems: mostly(fc.nat(3)),
        pattern: anyOf("^[a-z]+$", "a|b"),
        format: anyOf("email", "date-time", "nobody-knows"),
      },
      { requiredKeys: [] },
    ),
  );
  const part = fc.record(
    {
      type: anyOf("text", "image_url", "file", "input_audio"),
      text: mostly(fc.string()),
      image_url: mostly(fc.constant({ url: "https://x.test/a.png" })),
      file: mostly(fc.constant({ file_id: "file-1" })),
      input_audio: mostly(fc.constant({ data: "UklG", format: "wav" })),
    },
    { requiredKeys: ["type", "text", "image_url", "file", "input_audio"] },
  );
  const message = mostly(
    fc.oneof(
      {
        weight: 10,
        arbitrary: fc.record({ role: anyOf("system", "user", "assistant"), content: mostly(fc.string()) }),
      },
      {
        weight: 5,
        arbitrary: fc.record({ role: anyOf("user"), content: mostly(fc.array(part, { minLength: 1, maxLength: 3 })) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ role: anyOf("tool"), content: mostly(fc.string()), tool_call_id: anyOf("call_1") }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ role: anyOf("assistant"), content: odd, tool_calls: mostly(fc.constant([call])) }),
      },
    ),
  );
  const tools = fc.array(
    fc.record({
      type: anyOf("function"),
      function: fc.record({ name: anyOf("weather", "time"), parameters: schema }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const body = fc
    .record(
      {
        model: anyOf("gpt-4o", "deepseek-v3", "deepseek-r1"),
        messages: mostly(fc.array(message, { minLength: 1, maxLength: 3 })),
        stream: mostly(fc.boolean()),
        stream_options: mostly(fc.constant({ include_usage: true })),
        temperature: mostly(fc.double({ min: 0, max: 2, noNaN: true })),
        max_tokens: mostly(fc.integer({ min: 1, max: 50 })),
        n: mostly(fc.integer({ min: 1, max: 3 })),
        stop: mostly(fc.array(fc.string(), { minLength: 1, maxLength: 4 })),
        seed: mostly(fc.integer()),
        logprobs: mostly(fc.constant(true)),
        tools: mostly(tools),
        tool_choice: anyOf("auto", "required", "none"),
        response_format: mostly(
          schema.map((given) => ({ type: "json_schema", json_schema: { name: "a", schema: given } })),
        ),
      },
      { requiredKeys: ["model", "messages"] },
    )
    // What depends on another field is kept with it most of the time only.
    .map(({ stream_options, tool_choice, ...rest }) => ({
      ...rest,
      ...(rest.stream === true ? { stream_options } : {}),
      ...(rest.tools === undefined ? {} : { tool_choice }),
    }));

  const given = fc.oneof(
    { weight: 8, arbitrary: body.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string() },
  );
  const refusal = {
    error: expect.objectContaining({
      message: expect.stringMatching(/\S/),
      type: expect.any(String),
      code: expect.any(String),
    }),
  };
  const local = createEmulator();
  const runs = [
    { over: "a socket", fetch, url: () => emulator.url, numRuns: 200, atLeast: 3 },
    { over: "no socket", fetch: local.fetch, url: () => "http://x/v1", numRuns: 2000, atLeast: 50 },
  ];

  it.each(runs)(
    "the answer is a whole answer or a 400 with a JSON error, never a 500, never a hang (property, over $over)",
    async (run) => {
      const seen = { answers: 0, streams: 0, refusals: 0 };
      const check = async (sent: string) => {
        const { status, text, type } = await post(sent, run.fetch, run.url());
        if (status === 400) {
          seen.refusals++;
          expect(JSON.parse(text)).toEqual(refusal);
          return;
        }
        expect(status).toBe(200);
        if (!type?.startsWith("text/event-stream")) {
          seen.answers++;
          expect(JSON.parse(text)).toMatchObject({ object: "chat.completion", choices: expect.any(Array) });
          return;
        }
        seen.streams++;
        const events = text.split("\n\n").slice(0, -1);
        expect(events.pop()).toBe("data: [DONE]");
        const kinds = events.map((event) => JSON.parse(event.slice("data: ".length)).object);
        expect(new Set(kinds)).toEqual(new Set(["chat.completion.chunk"]));
      };
      await fc.assert(fc.asyncProperty(given, check), { numRuns: run.numRuns });
      // Else the property would prove less than it says.
      expect(Math.min(seen.answers, seen.streams, seen.refusals)).toBeGreaterThan(run.atLeast);
    },
    120_000,
  );
});
