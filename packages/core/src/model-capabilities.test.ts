import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type ModelCapabilities, modelCapabilities } from "./index.ts";

const unknown: ModelCapabilities = {
  reasoning: undefined,
  jsonSchema: undefined,
  forcedToolChoice: undefined,
  images: undefined,
  contextWindow: undefined,
  maxOutputTokens: undefined,
};

describe("known families", () => {
  const plainDeepSeek = { reasoning: false, jsonSchema: false, forcedToolChoice: true, images: false };
  const thinkingDeepSeek = { reasoning: true, jsonSchema: false, forcedToolChoice: false, images: false };
  const plainOpenAI = { reasoning: false, jsonSchema: true, forcedToolChoice: true, images: true };
  const thinkingOpenAI = { ...plainOpenAI, reasoning: true };

  test.each<[string, Partial<ModelCapabilities>]>([
    ["deepseek-v3", { ...plainDeepSeek, contextWindow: 64_000, maxOutputTokens: 8_000 }],
    ["deepseek-v3-0324", { ...plainDeepSeek, contextWindow: 64_000, maxOutputTokens: 8_000 }],
    ["deepseek-chat", { ...plainDeepSeek, contextWindow: 128_000, maxOutputTokens: 8_000 }],
    ["deepseek-v3.1", { jsonSchema: false, images: false, contextWindow: 128_000, maxOutputTokens: 8_000 }],
    ["deepseek-v3.2-exp", { jsonSchema: false, images: false, contextWindow: 128_000, maxOutputTokens: 8_000 }],
    ["deepseek-r1", { ...thinkingDeepSeek, contextWindow: 64_000 }],
    ["deepseek-r1-0528", { ...thinkingDeepSeek, contextWindow: 64_000 }],
    ["deepseek-reasoner", { ...thinkingDeepSeek, contextWindow: 128_000, maxOutputTokens: 64_000 }],
    ["deepseek-r1-distill-llama-70b", { reasoning: true, forcedToolChoice: false, images: false }],
    ["gpt-4o", { ...plainOpenAI, contextWindow: 128_000, maxOutputTokens: 16_384 }],
    ["gpt-4o-mini", { ...plainOpenAI, contextWindow: 128_000, maxOutputTokens: 16_384 }],
    ["gpt-4o-2024-08-06", { ...plainOpenAI, contextWindow: 128_000, maxOutputTokens: 16_384 }],
    ["gpt-4o-2024-05-13", { ...plainOpenAI, jsonSchema: false, contextWindow: 128_000, maxOutputTokens: 4_096 }],
    ["gpt-4.1-nano", { ...plainOpenAI, contextWindow: 1_047_576, maxOutputTokens: 32_768 }],
    ["gpt-4-turbo", { ...plainOpenAI, jsonSchema: false, contextWindow: 128_000, maxOutputTokens: 4_096 }],
    ["gpt-5", { ...thinkingOpenAI, contextWindow: 400_000, maxOutputTokens: 128_000 }],
    ["gpt-5.1-mini", { ...thinkingOpenAI, contextWindow: 400_000, maxOutputTokens: 128_000 }],
    ["gpt-5-chat-latest", { reasoning: false, images: true, contextWindow: 128_000, maxOutputTokens: 16_384 }],
    ["o1", { ...thinkingOpenAI, contextWindow: 200_000, maxOutputTokens: 100_000 }],
    ["o3-mini", { ...thinkingOpenAI, images: false, contextWindow: 200_000, maxOutputTokens: 100_000 }],
    ["o4-mini-2025-04-16", { ...thinkingOpenAI, contextWindow: 200_000, maxOutputTokens: 100_000 }],
    [
      "gpt-3.5-turbo",
      { ...plainOpenAI, jsonSchema: false, images: false, contextWindow: 16_385, maxOutputTokens: 4_096 },
    ],
    ["claude-sonnet-4-5", { forcedToolChoice: true, images: true, contextWindow: 200_000 }],
    ["gemini-2.5-pro", { ...thinkingOpenAI, contextWindow: 1_048_576, maxOutputTokens: 65_536 }],
    ["gemini-2.5-flash-lite", { ...plainOpenAI, reasoning: undefined, contextWindow: 1_048_576 }],
  ])("%s", (id, known) => {
    expect(modelCapabilities(id)).toEqual({ ...unknown, ...known });
  });

  test("the maker's name before the id, and capitals, do not matter", () => {
    expect(modelCapabilities("deepseek-ai/DeepSeek-V3")).toEqual(modelCapabilities("deepseek-v3"));
    expect(modelCapabilities("openai/gpt-4o")).toEqual(modelCapabilities("gpt-4o"));
  });
});

test.each([
  "",
  "my-model",
  "qwen3-max",
  "ft:gpt-4o:me",
  "not-gpt-4o",
  "gpt-4o-audio-preview",
  "gpt-4o-mini-tts",
  "gemini-2.5-flash-image",
  "o10",
  "gpt-50",
  "__proto__",
  "constructor",
])("an unknown id gets no promise: %j", (id) => {
  expect(modelCapabilities(id)).toEqual(unknown);
});

test("any id gets an answer of its own, with every field", () => {
  fc.assert(
    fc.property(fc.string(), (id) => {
      const capabilities = modelCapabilities(id);
      expect(Object.keys(capabilities)).toEqual(Object.keys(unknown));
      capabilities.images = true;
      expect(modelCapabilities("unheard-of").images).toBeUndefined();
    }),
  );
  expectTypeOf(modelCapabilities).toEqualTypeOf<(modelId: string) => ModelCapabilities>();
});
