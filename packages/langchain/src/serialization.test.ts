import { InMemoryCache } from "@langchain/core/caches";
import { load } from "@langchain/core/load";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { collect, join, useEmulator } from "../test/harness.ts";
import { ChatCeluxe, type ChatCeluxeCallOptions, type ChatCeluxeInput } from "./index.ts";

const { chat, emulator, lastBody, reply, requests } = useEmulator();

const secret = "sk-very-secret";
const secretHeader = "header-very-secret";
const fields: ChatCeluxeInput = {
  model: "deepseek-v3",
  apiKey: secret,
  baseURL: "http://127.0.0.1:1/v1?proxy-key=query-very-secret",
  headers: { "x-proxy": secretHeader },
  temperature: 0.5,
  maxTokens: 10,
  maxCompletionTokens: 20,
  topP: 0.9,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  seed: 1,
  stop: ["a"],
  n: 2,
  topLogprobs: 3,
  logprobs: true,
  logitBias: { "1": 2 },
  user: "ada",
  reasoningEffort: "low",
  modelKwargs: { top_k: 4 },
  streamUsage: false,
  sendReasoning: true,
  reasoningTag: "think",
  streaming: true,
  outputVersion: "v1",
  profile: { maxInputTokens: 5 },
  rateLimit: { limit: 7, maxWaitMs: 8 },
  timeout: { idleMs: 9 },
  mergeDeltas: false,
  maxRetries: 1,
  maxConcurrency: 2,
  tags: ["t"],
  fetch: (input, init) => fetch(input, init),
  onEvent: () => {},
};

const wire = {
  model: "deepseek-v3",
  temperature: 0.5,
  max_tokens: 10,
  max_completion_tokens: 20,
  top_p: 0.9,
  frequency_penalty: 0.1,
  presence_penalty: 0.2,
  seed: 1,
  stop: ["a"],
  n: 2,
  logprobs: true,
  top_logprobs: 3,
  logit_bias: { "1": 2 },
  user: "ada",
  reasoning_effort: "low",
  top_k: 4,
};

/** Everything that may be printed, logged, stored or traced of a model. */
function traces(model: ChatCeluxe): string {
  const options = { headers: { "x-proxy": secretHeader } } as ChatCeluxeCallOptions;
  return [
    inspect(model, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(model),
    JSON.stringify(Object.entries(model)),
    JSON.stringify(model._identifyingParams()),
    JSON.stringify(model.invocationParams(options)),
    JSON.stringify(model.getLsParams(options)),
    JSON.stringify(model.serialize()),
    model._getSerializedCacheKeyParametersForCall(options),
  ].join("\n");
}

describe("secrets", () => {
  test("neither key nor headers nor the query of the address show in anything that is printed, stored or traced", () => {
    const shown = traces(new ChatCeluxe(fields));
    for (const hidden of [secret, secretHeader, "query-very-secret"]) expect(shown).not.toContain(hidden);
    expect(shown).toContain("deepseek-v3");
  });

  test("neither do they in a trace of a call", async () => {
    const traced: unknown[] = [];
    const note = (...parameters: unknown[]) => void traced.push(parameters);
    emulator().keys.push({ key: secret });
    const model = chat({ apiKey: secret, headers: { "x-proxy": secretHeader } });
    const options = {
      headers: { "x-call": secretHeader },
      callbacks: [{ handleChatModelStart: note, handleLLMEnd: note, handleLLMNewToken: note }],
    };
    await model.invoke("Hello", options);
    await collect(model.stream("Hello", options));
    expect(requests()[0]?.headers).toMatchObject({ "x-call": secretHeader, "x-proxy": secretHeader });
    expect(traced.length).toBeGreaterThan(4);
    const shown = inspect(traced, { depth: 20 }) + JSON.stringify(traced);
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(secretHeader);
  });
});

describe("a serialised model", () => {
  const options = (key = secret) => ({
    optionalImportsMap: { "langchain/chat_models/celuxe": { ChatCeluxe } },
    secretsMap: { CELUXE_API_KEY: key },
  });

  test("keeps every setting but the key, headers and functions", async () => {
    const model = new ChatCeluxe(fields);
    const json = JSON.parse(JSON.stringify(model)) as { kwargs: Record<string, unknown>; id: string[] };
    expect(json.id).toEqual(["langchain", "chat_models", "celuxe", "ChatCeluxe"]);
    expect(json.kwargs["api_key"]).toEqual({ lc: 1, type: "secret", id: ["CELUXE_API_KEY"] });
    expect(Object.keys(json.kwargs)).not.toEqual(expect.arrayContaining(["headers"]));
    const loaded = await load<ChatCeluxe>(JSON.stringify(model), options());
    expect(loaded).toBeInstanceOf(ChatCeluxe);
    expect(loaded.invocationParams()).toEqual(wire);
    expect(loaded.profile).toEqual(model.profile);
    expect(loaded).toMatchObject({
      baseURL: "http://127.0.0.1:1/v1",
      streaming: true,
      sendReasoning: true,
      reasoningTag: "think",
      outputVersion: "v1",
    });
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(model));
  });

  test("works once it is loaded, with the key from the secrets", async () => {
    const key = "sk-loaded";
    emulator().keys.push({ key });
    const loaded = await load<ChatCeluxe>(JSON.stringify(chat({ apiKey: key, temperature: 0 })), options(key));
    expect((await loaded.invoke("Hello")).text).not.toBe("");
    expect(lastBody()["temperature"]).toBe(0);
  });

  test("keeps the rate limit, but not a store of it", () => {
    const store = { reserve: async () => ({ id: "1", waitMs: 0 }), release: async () => {}, coolDown: async () => {} };
    const json = JSON.stringify(new ChatCeluxe({ model: "gpt-4o", rateLimit: { limit: 10, store } }));
    expect(JSON.parse(json)).toMatchObject({ kwargs: { rate_limit: { limit: 10 } } });
    expect(json).not.toContain("store");
  });

  test("made without a key it names none", () => {
    expect(JSON.stringify(new ChatCeluxe("deepseek-v3"))).not.toContain("secret");
    expect(JSON.stringify(new ChatCeluxe("deepseek-v3", { apiKey: () => secret }))).not.toContain("secret");
  });
});

describe("caches", () => {
  test("_identifyingParams name the model and every parameter", () => {
    expect(new ChatCeluxe(fields)._identifyingParams()).toMatchObject({ model_name: "deepseek-v3", ...wire });
  });

  test("two models never share a cached answer, nor do two sets of parameters", async () => {
    const cache = new InMemoryCache();
    const variants: Partial<ChatCeluxeInput>[] = [
      {},
      { model: "gpt-4o" },
      { temperature: 0 },
      { modelKwargs: { top_k: 1 } },
      { outputVersion: "v1" },
      { maxTokens: 5 },
    ];
    for (const variant of variants) await chat({ cache, ...variant }).invoke("Hello");
    expect(requests()).toHaveLength(variants.length);
    for (const variant of variants) await chat({ cache, ...variant }).invoke("Hello");
    expect(requests()).toHaveLength(variants.length);
  });

  test("options of the call count: another model, tools, a response format", async () => {
    const cache = new InMemoryCache();
    const calls: Partial<ChatCeluxeCallOptions>[] = [
      {},
      { model: "gpt-4o" },
      { temperature: 0 },
      { tools: [{ name: "look", input_schema: { type: "object" } }], tool_choice: "none" },
      { response_format: { type: "json_object" } },
    ];
    const model = chat({ cache });
    for (const call of [...calls, ...calls]) await model.invoke("Hello JSON", call);
    expect(requests()).toHaveLength(calls.length);
    // A trace id is no other question.
    await model.invoke("Hello JSON", { headers: { "x-trace": "2" }, signal: new AbortController().signal });
    expect(requests()).toHaveLength(calls.length);
  });
});

describe("a serialised message", () => {
  test.each([
    ["whole", '{"at":"sky"}', "tool_calls"],
    ["cut", '{"at":"sk', "length"],
  ])("of a stream with a %s tool call says the same when it is loaded", async (_, args, finishReason) => {
    reply({ reasoning: "Hm.", text: "Well.", toolCalls: [{ name: "look", arguments: args }], finishReason });
    const joined = join(await collect(chat({ mergeDeltas: false }).stream("Hello")));
    const loaded = await load<BaseMessage>(JSON.stringify(joined));
    expect(loaded).toMatchObject({
      content: joined.content,
      tool_calls: joined.tool_calls,
      invalid_tool_calls: joined.invalid_tool_calls,
      usage_metadata: joined.usage_metadata,
      response_metadata: joined.response_metadata,
    });
    expect(loaded.contentBlocks).toEqual(joined.contentBlocks);
    expect(AIMessage.isInstance(loaded) && loaded.tool_calls).toHaveLength(finishReason === "length" ? 0 : 1);
  });

  test("pieces are loaded as chunks", async () => {
    reply({ text: ["Hel", "lo"] });
    const [first] = await collect(chat({ mergeDeltas: false }).stream("Hello"));
    expect(JSON.parse(JSON.stringify(first))).toMatchObject({ id: ["langchain_core", "messages", "AIMessageChunk"] });
    expect((await load<BaseMessage>(JSON.stringify(first))).text).toBe("Hel");
  });

  test("of invoke says the same when it is loaded", async () => {
    reply({ reasoning: "Hm.", refusal: "No.", toolCalls: [{ name: "look", arguments: '{"at' }] });
    const message = await chat().invoke("Hello");
    const loaded = await load<BaseMessage>(JSON.stringify(message));
    expect(loaded.contentBlocks).toEqual(message.contentBlocks);
    expect(loaded.contentBlocks.map(({ type }) => type)).toEqual(["reasoning", "refusal", "invalid_tool_call"]);
  });
});

test("without LangChain's registry of translators messages still have their text and calls", async () => {
  const scope = globalThis as { lc_block_translators_registry?: Map<string, unknown> };
  const registry = scope.lc_block_translators_registry;
  registry?.delete("celuxe");
  try {
    scope.lc_block_translators_registry = undefined;
    const model = chat();
    scope.lc_block_translators_registry = registry;
    reply({ text: "Hi", toolCalls: [{ name: "look" }] });
    expect((await model.invoke("Hello")).contentBlocks.map(({ type }) => type)).toEqual(["text", "tool_call"]);
  } finally {
    scope.lc_block_translators_registry = registry;
  }
});
