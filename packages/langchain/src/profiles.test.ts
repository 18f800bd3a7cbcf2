import { expect, test } from "vitest";
import { ChatCeluxe } from "./index.ts";

test("the profile says what is known of a model, in LangChain's words", () => {
  expect(new ChatCeluxe("gpt-4o").profile).toEqual({
    maxInputTokens: 128_000,
    maxOutputTokens: 16_384,
    imageInputs: true,
    imageUrlInputs: true,
    reasoningOutput: false,
    structuredOutput: true,
    toolCalling: true,
    toolChoice: true,
  });
  expect(new ChatCeluxe("deepseek-v3").profile).toMatchObject({ structuredOutput: false, toolChoice: true });
  expect(new ChatCeluxe("deepseek-r1").profile).toMatchObject({
    reasoningOutput: true,
    toolCalling: true,
    toolChoice: false,
  });
});

test("of an unknown model it says nothing, unless it is told", () => {
  expect(new ChatCeluxe("somebody/new-model").profile).toEqual({});
  const profile = { maxInputTokens: 5, structuredOutput: true };
  expect(new ChatCeluxe({ model: "somebody/new-model", profile }).profile).toEqual(profile);
  expect(new ChatCeluxe({ model: "gpt-4o", profile: { maxInputTokens: 5 } }).profile).toMatchObject({
    maxInputTokens: 5,
    imageInputs: true,
  });
});
