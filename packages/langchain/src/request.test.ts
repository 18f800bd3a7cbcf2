import { createCeluxeClient } from "@celuxe/core";
import { describe, expect, test } from "vitest";
import { useEmulator } from "../test/harness.ts";
import { ChatCeluxe, type ChatCeluxeInput, type ChatCeluxeParameters, ConfigurationError } from "./index.ts";

const { chat, emulator, lastBody, requests } = useEmulator();

/** Every parameter, what it is on the wire, and another value. */
const parameters: [ChatCeluxeParameters, Record<string, unknown>, ChatCeluxeParameters][] = [
  [{ temperature: 0 }, { temperature: 0 }, { temperature: 2 }],
  [{ maxTokens: 5 }, { max_tokens: 5 }, { maxTokens: 6 }],
  [{ maxCompletionTokens: 5 }, { max_completion_tokens: 5 }, { maxCompletionTokens: 6 }],
  [{ topP: 0 }, { top_p: 0 }, { topP: 1 }],
  [{ frequencyPenalty: 0 }, { frequency_penalty: 0 }, { frequencyPenalty: 1 }],
  [{ presencePenalty: -1 }, { presence_penalty: -1 }, { presencePenalty: 0 }],
  [{ seed: 0 }, { seed: 0 }, { seed: 1 }],
  [{ stop: ["a"] }, { stop: ["a"] }, { stop: ["b"] }],
  [{ stopSequences: ["a"] }, { stop: ["a"] }, { stopSequences: ["b"] }],
  [{ n: 2 }, { n: 2 }, { n: 1 }],
  [{ logprobs: true }, { logprobs: true }, { logprobs: false }],
  [{ topLogprobs: 2 }, { logprobs: true, top_logprobs: 2 }, { topLogprobs: 3 }],
  [{ logitBias: { "1": 1 } }, { logit_bias: { "1": 1 } }, { logitBias: { "2": 2 } }],
  [{ user: "ada" }, { user: "ada" }, { user: "bob" }],
  [{ reasoningEffort: "low" }, { reasoning_effort: "low" }, { reasoningEffort: "high" }],
  [{ modelKwargs: { top_k: 40 } }, { top_k: 40 }, { modelKwargs: { top_k: 50 } }],
];

describe.each(parameters)("%j", (field, wire, other) => {
  test("in the constructor", async () => {
    await chat(field).invoke("Hello");
    expect(lastBody()).toEqual({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }], ...wire });
  });

  test("in the call, over the constructor's", async () => {
    await chat(other).invoke("Hello", field);
    expect(lastBody()).toEqual({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }], ...wire });
  });
});

describe("a request", () => {
  test("says with priority who goes first, per model and per call, and does not send it", async () => {
    const options = { apiKey: "sk-priority", baseURL: emulator().url };
    emulator().keys.push({ key: options.apiKey });
    const client = createCeluxeClient({ ...options, rateLimit: { limit: 1, windowMs: 500 } });
    const model = new ChatCeluxe({ model: "deepseek-v3", client, priority: "batch" });
    await model.invoke("Hello");
    expect(lastBody()).toEqual({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] });
    const order: string[] = [];
    const calls = [
      model.invoke("Hello").then(() => order.push("batch")),
      model.invoke("Hello", { priority: "interactive" }).then(() => order.push("person")),
    ];
    await expect
      .poll(() => client.rateLimit.state().waitingByPriority, { interval: 5 })
      .toEqual({ interactive: 1, batch: 1 });
    await Promise.all(calls);
    expect(order).toEqual(["person", "batch"]);
    expect(lastBody()).not.toHaveProperty("priority");
    expect(model._identifyingParams()).not.toHaveProperty("priority");
  });

  test("sends nothing that was not set", async () => {
    await new ChatCeluxe("deepseek-v3", { apiKey: emulator().apiKey, baseURL: emulator().url }).invoke("Hello");
    expect(lastBody()).toEqual({ model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] });
  });

  test("a model per call, a response format, headers", async () => {
    await chat({ headers: { "x-team": "a" } }).invoke("Speak JSON", {
      model: "gpt-4o",
      response_format: { type: "json_object" },
      headers: { "x-trace": "1" },
    });
    expect(lastBody()).toMatchObject({ model: "gpt-4o", response_format: { type: "json_object" } });
    expect(requests()[0]?.headers).toMatchObject({ "x-team": "a", "x-trace": "1" });
  });

  test("stop wins over stopSequences, at the same level", async () => {
    await chat({ stopSequences: ["z"] }).invoke("Hello", { stop: ["a"], stopSequences: ["b"] });
    expect(lastBody()["stop"]).toEqual(["a"]);
    await chat({ stop: ["z"] }).invoke("Hello", { stopSequences: ["b"] });
    expect(lastBody()["stop"]).toEqual(["b"]);
    await chat({ stop: [] }).invoke("Hello");
    expect(lastBody()).not.toHaveProperty("stop");
  });

  test("the model stops at a stop sequence", async () => {
    const { text } = await chat({ stop: ["Paris"] }).invoke("What is the capital of France?");
    expect(text).toBe("The capital of France is ");
  });

  test("modelKwargs win over fields, the call over modelKwargs of the constructor", async () => {
    await chat({ temperature: 0, modelKwargs: { temperature: 1 } }).invoke("Hello");
    expect(lastBody()["temperature"]).toBe(1);
    await chat({ modelKwargs: { temperature: 1 } }).invoke("Hello", { temperature: 0.5 });
    expect(lastBody()["temperature"]).toBe(0.5);
    await chat({ modelKwargs: { temperature: 1 } }).invoke("Hello", {
      temperature: 0.5,
      modelKwargs: { temperature: 2 },
    });
    expect(lastBody()["temperature"]).toBe(2);
  });

  test.each(["model", "messages", "stream"])("modelKwargs cannot set %s", async (field) => {
    expect(() => chat({ modelKwargs: { [field]: true } })).toThrow(`modelKwargs cannot set ${field}`);
    await expect(chat().invoke("Hello", { modelKwargs: { [field]: true } })).rejects.toThrow(ConfigurationError);
    expect(requests()).toHaveLength(0);
  });

  test("a body that is no JSON, an empty history and a forbidden header are clear errors", async () => {
    await expect(chat({ modelKwargs: { seed: 1n } }).invoke("Hello")).rejects.toMatchObject({ field: "body" });
    await expect(chat().invoke([])).rejects.toMatchObject({ field: "messages" });
    await expect(chat().invoke("Hello", { headers: { authorization: "x" } })).rejects.toMatchObject({
      field: "headers",
    });
    expect(requests()).toHaveLength(0);
  });
});

describe("the constructor", () => {
  test.each([
    ["no model", {}, "model"],
    ["an empty model", { model: "" }, "model"],
    ["a base URL that is none", { model: "m", baseURL: "nowhere" }, "baseURL"],
    ["a rate limit that cannot work", { model: "m", rateLimit: 0.5 as never }, "rateLimit"],
    ["an authorization header", { model: "m", headers: { Authorization: "x" } }, "headers"],
    [
      "a field of the client beside a ready one",
      { model: "m", client: {} as never, baseURL: "http://localhost" },
      "baseURL",
    ],
  ])("refuses %s", (_, fields, field) => {
    expect(() => new ChatCeluxe(fields as ChatCeluxeInput)).toThrow(
      expect.objectContaining({ name: "ConfigurationError", field }),
    );
  });

  test("does not change the fields it was given", () => {
    const fields = Object.freeze({ model: "deepseek-v3", modelKwargs: Object.freeze({ top_k: 1 }) });
    expect(new ChatCeluxe(fields).model).toBe("deepseek-v3");
  });
});

test("getNumTokens estimates without a download", async () => {
  expect(await chat().getNumTokens("12345678")).toBe(2);
  expect(
    await chat().getNumTokens([
      { type: "text", text: "12345" },
      { type: "image_url", image_url: "x" },
    ]),
  ).toBe(2);
});

test("listModels, of a model and without one", async () => {
  const models = await chat().listModels();
  expect(models.map(({ id }) => id)).toContain("deepseek-v3");
  expect(await ChatCeluxe.listModels({ apiKey: emulator().apiKey, baseURL: emulator().url })).toEqual(models);
});
