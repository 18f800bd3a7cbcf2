import {
  InvalidArgumentError,
  type JSONSchema7,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Prompt,
  type SharedV4Warning,
} from "@ai-sdk/provider";
import { type CeluxeLanguageModelOptions, type CeluxeProviderSettings, createCeluxe } from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { describe, expect, test } from "vitest";
import { call, collect, prompt, useEmulator } from "../test/harness.ts";

const { celuxe, emulator, freshKey, lastBody, requests } = useEmulator({
  models: ["deepseek-v3", "deepseek-r1", "gpt-4o", "new-model", "o3-mini"],
});

/** What a call puts on the wire beside model and messages, and what it warns of. */
async function send(
  options: Partial<LanguageModelV4CallOptions> & { celuxe?: CeluxeLanguageModelOptions & Record<string, unknown> },
  modelId = "gpt-4o",
  settings: CeluxeProviderSettings = {},
) {
  const { celuxe: own, ...rest } = options;
  const providerOptions = own && ({ celuxe: own } as LanguageModelV4CallOptions["providerOptions"]);
  const { warnings } = await celuxe(settings)(modelId).doGenerate(call({ ...rest, ...(own && { providerOptions }) }));
  const { model, messages, ...body } = lastBody();
  return { model, messages, body, warnings };
}

describe("what a call sets", () => {
  test.each<[string, Partial<LanguageModelV4CallOptions>, object]>([
    ["nothing", {}, {}],
    ["maxOutputTokens", { maxOutputTokens: 7 }, { max_tokens: 7 }],
    ["temperature 0", { temperature: 0 }, { temperature: 0 }],
    ["topP", { topP: 0.5 }, { top_p: 0.5 }],
    ["penalties", { frequencyPenalty: 1, presencePenalty: -1 }, { frequency_penalty: 1, presence_penalty: -1 }],
    ["seed", { seed: 0 }, { seed: 0 }],
    ["stopSequences", { stopSequences: ["END"] }, { stop: ["END"] }],
    ["no stopSequences", { stopSequences: [] }, {}],
    ["a format of text", { responseFormat: { type: "text" } }, {}],
    ["reasoning as the provider likes it", { reasoning: "provider-default" }, {}],
    ["no tools", { tools: [], toolChoice: { type: "auto" } }, {}],
    ["no tools and none to choose", { toolChoice: { type: "none" } }, {}],
  ])("%s", async (_, options, expected) => {
    const { body, warnings } = await send(options);
    expect(body).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("priority says who goes first, and is not sent", async () => {
    const client = createCeluxeClient({
      apiKey: freshKey(),
      baseURL: emulator().url,
      rateLimit: { limit: 1, windowMs: 500 },
    });
    const model = createCeluxe({ client })("gpt-4o");
    const providerOptions = { celuxe: { priority: "batch" } satisfies CeluxeLanguageModelOptions };
    await model.doGenerate(call({ providerOptions }));
    expect(lastBody()).toEqual({ model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] });
    const batch = model.doStream(call({ providerOptions }));
    const person = model.doGenerate(call());
    await expect
      .poll(() => client.rateLimit.state().waitingByPriority, { interval: 5 })
      .toEqual({ interactive: 1, batch: 1 });
    const order: string[] = [];
    await Promise.all([batch.then(() => order.push("batch")), person.then(() => order.push("person"))]);
    expect(order).toEqual(["person", "batch"]);
    expect(lastBody()).not.toHaveProperty("priority");
  });

  test("topK is not in OpenAI's format: a warning says how to send it", async () => {
    const { body, warnings } = await send({ topK: 5 });
    expect(body).toEqual({});
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "topK" }]);
    expect(await send({ celuxe: { top_k: 5 } })).toMatchObject({ body: { top_k: 5 }, warnings: [] });
  });

  test("a stream asks for its usage, a whole answer has it anyway", async () => {
    const { stream } = await celuxe()("gpt-4o").doStream(call());
    await collect(stream);
    expect(lastBody()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    await send({});
    expect(lastBody()).not.toHaveProperty("stream_options");
  });
});

describe("reasoning", () => {
  const levels = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
  test.each(levels)("%s is sent to a model that reasons, and to one that is not known", async (reasoning) => {
    for (const modelId of ["o3-mini", "new-model"]) {
      const { body, warnings } = await send({ reasoning }, modelId);
      expect(body).toEqual({ reasoning_effort: reasoning });
      expect(warnings).toEqual([]);
    }
  });

  test("a model that does not reason gets a warning in its place; not to reason it needs nothing", async () => {
    const { body, warnings } = await send({ reasoning: "high" });
    expect(body).toEqual({});
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "reasoning" }]);
    expect(await send({ reasoning: "none" })).toMatchObject({ body: {}, warnings: [] });
  });

  test("reasoningEffort wins, and is sent to every model", async () => {
    const { body, warnings } = await send({ reasoning: "high", celuxe: { reasoningEffort: "low" } });
    expect(body).toEqual({ reasoning_effort: "low" });
    expect(warnings).toEqual([]);
  });
});

describe("JSON output", () => {
  const schema: JSONSchema7 = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const responseFormat: LanguageModelV4CallOptions["responseFormat"] = { type: "json", schema };
  const strict = { type: "json_schema", json_schema: { name: "response", schema, strict: true } };

  test.each(["gpt-4o", "new-model"])("%s gets the schema as json_schema", async (modelId) => {
    const { body, warnings } = await send({ responseFormat }, modelId);
    expect(body).toEqual({ response_format: strict });
    expect(warnings).toEqual([]);
  });

  test("name, description and strictness reach the wire", async () => {
    const { body } = await send({
      responseFormat: { type: "json", schema, name: "place", description: "Where it is." },
      celuxe: { strictJsonSchema: false },
    });
    expect(body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "place", description: "Where it is.", schema, strict: false },
    });
  });

  test("deepseek-v3, known not to take json_schema, gets the schema as an instruction and the caller a warning", async () => {
    const { body, messages, warnings } = await send({ responseFormat }, "deepseek-v3");
    expect(body).toEqual({ response_format: { type: "json_object" } });
    expect(messages).toMatchObject([
      { role: "system", content: expect.stringContaining(JSON.stringify(schema)) },
      { role: "user", content: "Hello" },
    ]);
    expect(warnings).toMatchObject([{ type: "compatibility", feature: "JSON schema" }]);
  });

  test("the instruction stands below the system message that there is", async () => {
    const system = { role: "system", content: "Be brief." } as const;
    const { messages } = await send({ responseFormat, prompt: [system, ...prompt] }, "deepseek-v3");
    expect(messages).toHaveLength(2);
    expect(messages).toMatchObject([{ content: expect.stringMatching(/^Be brief\.\n/) }, {}]);
  });

  test("structuredOutputs decides where the model is known better", async () => {
    const sent = await send({ responseFormat, celuxe: { structuredOutputs: true } }, "deepseek-v3");
    expect(sent.body).toEqual({ response_format: strict });
    const instructed = await send({ responseFormat, celuxe: { structuredOutputs: false } });
    expect(instructed.body).toEqual({ response_format: { type: "json_object" } });
    // Asked for, so nothing to warn of.
    expect(instructed.warnings).toEqual([]);
  });

  test("without a schema: json_object, and the word JSON in the prompt, which models demand for it", async () => {
    const json: LanguageModelV4CallOptions["responseFormat"] = { type: "json" };
    const { body, messages } = await send({ responseFormat: json });
    expect(body).toEqual({ response_format: { type: "json_object" } });
    expect(messages).toMatchObject([{ role: "system", content: expect.stringContaining("JSON") }, { role: "user" }]);
    const asked: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: "A city as json" }] }];
    expect((await send({ responseFormat: json, prompt: asked })).messages).toHaveLength(1);
    const told: LanguageModelV4Prompt = [{ role: "system", content: "Answer with JSON." }, ...prompt];
    expect((await send({ responseFormat: json, prompt: told })).messages).toMatchObject([
      { content: "Answer with JSON." },
      {},
    ]);
  });

  test("a format that a later AI SDK may add is a warning", async () => {
    const { body, warnings } = await send({ responseFormat: { type: "grammar" } as never });
    expect(body).toEqual({});
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "response format grammar" }]);
  });
});

describe("provider options", () => {
  const tools: LanguageModelV4CallOptions["tools"] = [{ type: "function", name: "look", inputSchema: {} }];

  test("each reaches the wire under its name there", async () => {
    const { body, warnings } = await send({
      tools,
      celuxe: {
        parallelToolCalls: false,
        user: "u1",
        logprobs: true,
        topLogprobs: 2,
        logitBias: { 50256: -100 },
        reasoningEffort: "low",
        maxCompletionTokens: 9,
      },
    });
    expect(body).toMatchObject({
      parallel_tool_calls: false,
      user: "u1",
      logprobs: true,
      top_logprobs: 2,
      logit_bias: { 50256: -100 },
      reasoning_effort: "low",
      max_completion_tokens: 9,
    });
    expect(warnings).toEqual([]);
  });

  test("topLogprobs switches logprobs on", async () => {
    expect((await send({ celuxe: { topLogprobs: 0 } })).body).toEqual({ logprobs: true, top_logprobs: 0 });
  });

  test("what stands in the way of another is not sent, with a warning", async () => {
    const both = await send({ maxOutputTokens: 5, celuxe: { maxCompletionTokens: 9 } });
    expect(both.body).toEqual({ max_completion_tokens: 9 });
    expect(messagesOf(both.warnings)).toMatch(/maxOutputTokens is not sent/);
    const off = await send({ celuxe: { logprobs: false, topLogprobs: 3 } });
    expect(off.body).toEqual({ logprobs: false });
    expect(messagesOf(off.warnings)).toMatch(/topLogprobs is not sent/);
  });

  test("parallelToolCalls goes with tools only, as the service demands", async () => {
    expect((await send({ celuxe: { parallelToolCalls: false } })).body).toEqual({});
  });

  test("null and undefined count as not set", async () => {
    const nothing = { user: null, topLogprobs: undefined } as unknown as CeluxeLanguageModelOptions;
    expect((await send({ celuxe: nothing })).body).toEqual({});
  });

  test("other keys are sent as they are, and win over the call", async () => {
    const { body } = await send({ temperature: 1, celuxe: { temperature: 0.5, verbosity: "low", store: null } });
    expect(body).toEqual({ temperature: 0.5, verbosity: "low", store: null });
  });

  test("options of other providers are not looked at", async () => {
    await celuxe()("gpt-4o").doGenerate(call({ providerOptions: { openai: { user: 7 } } }));
    expect(lastBody()).not.toHaveProperty("user");
  });

  test.each<[string, unknown]>([
    ["parallelToolCalls", "yes"],
    ["user", 7],
    ["user", ""],
    ["logprobs", 3],
    ["topLogprobs", 21],
    ["topLogprobs", 1.5],
    ["topLogprobs", "2"],
    ["logitBias", { 1: "much" }],
    ["logitBias", { 1: 101 }],
    ["logitBias", [1]],
    ["reasoningEffort", 5],
    ["maxCompletionTokens", 0],
    ["structuredOutputs", "true"],
    ["strictJsonSchema", 1],
    ["sendReasoning", "always"],
    ["priority", "high"],
  ])("%s: %j is refused by name, before a request", async (field, value) => {
    const error = await send({ celuxe: { [field]: value } }).catch((error: unknown) => error);
    expect(InvalidArgumentError.isInstance(error)).toBe(true);
    expect((error as InvalidArgumentError).argument).toBe(`providerOptions.celuxe.${field}`);
    expect((error as Error).message).toMatch(new RegExp(`^providerOptions\\.celuxe\\.${field} must be .+, not .+\\.$`));
    expect(requests()).toHaveLength(0);
  });

  test.each([
    ["parallelToolCall", "parallelToolCalls"],
    ["ParallelToolCalls", "parallelToolCalls"],
    ["logProbs", "logprobs"],
    ["topLogProbs", "topLogprobs"],
    ["toplogprobs", "topLogprobs"],
    ["top_log_probs", "topLogprobs"],
    ["logitBais", "logitBias"],
    ["reasoning_efort", "reasoningEffort"],
    ["max_completion_token", "maxCompletionTokens"],
    ["structuredOutput", "structuredOutputs"],
    ["strict_json_schema", "strictJsonSchema"],
    ["send_reasoning", "sendReasoning"],
    ["sendReasonings", "sendReasoning"],
  ])("%s, nearly %s, is refused before a request", async (key, option) => {
    const error = await send({ celuxe: { [key]: true } }).catch((error: unknown) => error);
    expect(InvalidArgumentError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      argument: `providerOptions.celuxe.${key}`,
      message: `There is no option providerOptions.celuxe.${key}. Did you mean providerOptions.celuxe.${option}?`,
    });
    expect(requests()).toHaveLength(0);
  });

  test("what a model may take is not taken for a slip", async () => {
    const fields = {
      parallel_tool_calls: false,
      top_logprobs: 2,
      logit_bias: { 1: 1 },
      reasoning_effort: "low",
      max_completion_tokens: 5,
      structured_outputs: { choice: ["a"] },
      logprobs: true,
      max_tokens: 5,
      top_k: 4,
      top_a: 0.1,
      min_p: 0.1,
      reasoning: { effort: "low" },
      reasoning_format: "parsed",
      safety_identifier: "u",
      user_id: "u",
      thinking: { type: "enabled" },
      prompt_logprobs: 1,
      n: 1,
      models: ["a"],
      provider: { order: ["b"] },
      transforms: [],
      include_reasoning: true,
      seed: 1,
      stop: ["x"],
    };
    const tools = [{ type: "function" as const, name: "look", inputSchema: { type: "object" as const } }];
    expect((await send({ celuxe: fields, tools })).body).toMatchObject(fields);
  });

  test.each([7, "fast", [1]])("%j in place of the options is refused", async (options) => {
    await expect(send({ celuxe: options as never })).rejects.toThrow(/providerOptions\.celuxe must be an object/);
  });
});

describe("extraBody", () => {
  test("goes with every request; what the call sets wins", async () => {
    const extraBody = { temperature: 0.1, seed: 4, verbosity: "low" };
    const { body } = await send({ temperature: 0.9 }, "gpt-4o", { extraBody });
    expect(body).toEqual({ temperature: 0.9, seed: 4, verbosity: "low" });
  });

  test("wins over the adapter's own defaults", async () => {
    const model = celuxe({ extraBody: { stream_options: { include_usage: false } } })("gpt-4o");
    await collect((await model.doStream(call())).stream);
    expect(lastBody()).toMatchObject({ stream_options: { include_usage: false } });
  });

  test("a stream's options do not spoil a call that is no stream", async () => {
    await expect(
      send({}, "gpt-4o", { extraBody: { stream_options: { include_usage: false } } }),
    ).resolves.toMatchObject({ body: {} });
  });

  test("model, messages and stream cannot be set, neither here nor by provider options", async () => {
    const taken = { model: "other", messages: [], stream: true };
    const fromSettings = await send({}, "gpt-4o", { extraBody: { ...taken, seed: 1 } });
    expect(fromSettings).toMatchObject({ model: "gpt-4o", body: { seed: 1 } });
    expect(messagesOf(fromSettings.warnings)).toBe("extraBody cannot set model, messages, stream: not sent.");
    const fromCall = await send({ celuxe: taken });
    expect(fromCall).toMatchObject({ model: "gpt-4o", body: {} });
    expect(messagesOf(fromCall.warnings)).toBe("providerOptions.celuxe cannot set model, messages, stream: not sent.");
  });
});

test("n above 1: the first answer counts, and a warning says that the others are lost", async () => {
  emulator().replies.add({ reply: { text: "the first" } });
  const model = celuxe()("gpt-4o");
  const options = call({ providerOptions: { celuxe: { n: 2 } } });
  const { content, warnings } = await model.doGenerate(options);
  expect(content).toEqual([{ type: "text", text: "the first" }]);
  expect(messagesOf(warnings)).toMatch(/^n is 2/);
  const parts = await collect((await model.doStream(options)).stream);
  expect(parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")).toBe("the first");
  expect(parts[0]).toMatchObject({ type: "stream-start", warnings });
});

test("the request is told with its URL and body, without headers", async () => {
  const { request } = await celuxe()("gpt-4o").doGenerate(call());
  expect(request).toEqual({
    url: `${emulator().url}/chat/completions`,
    body: { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] },
  });
});

test("the request of a stream is told with the body that was sent", async () => {
  const { request } = await celuxe()("gpt-4o").doStream(call());
  expect(request?.body).toEqual(lastBody());
  expect(request?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
});

test("headers of settings and call are sent, and the package names itself", async () => {
  const model = celuxe({ headers: { "x-team": "blue", "x-run": "1" } })("gpt-4o");
  await model.doGenerate(call({ headers: { "x-run": "2", "user-agent": "ai/7", "x-none": undefined } }));
  expect(requests()[0]?.headers).toMatchObject({
    "x-team": "blue",
    "x-run": "2",
    "user-agent": expect.stringMatching(/^ai\/7 celuxe-ai-sdk-provider\/\d+\.\d+\.\d+/),
  });
});

test("the authorization header cannot be replaced", async () => {
  const headers = { Authorization: "Bearer sk-other" };
  await expect(celuxe()("gpt-4o").doGenerate(call({ headers }))).rejects.toThrow(/authorization/);
  expect(requests()).toHaveLength(0);
});

function messagesOf(warnings: SharedV4Warning[]): string {
  return warnings.map((warning) => (warning.type === "other" ? warning.message : warning.type)).join("\n");
}
