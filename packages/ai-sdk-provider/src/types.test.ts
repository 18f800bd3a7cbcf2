// What users write, checked by tsc.
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  ProviderV4,
} from "@ai-sdk/provider";
import {
  celuxe,
  type CeluxeClient,
  type CeluxeLanguageModel,
  type CeluxeLanguageModelOptions,
  type CeluxeModel,
  type CeluxeModelId,
  type CeluxeProvider,
  type CeluxeProviderSettings,
  createCeluxe,
  RateLimitError,
  VERSION,
} from "@celuxe/ai-sdk-provider";
import { createProviderRegistry, customProvider, type generateText, type LanguageModel, wrapLanguageModel } from "ai";
import {
  createProviderRegistry as oldestCreateProviderRegistry,
  type generateText as oldestGenerateText,
  wrapLanguageModel as oldestWrapLanguageModel,
} from "ai-7.0.149";
import { expect, expectTypeOf, test } from "vitest";

test("the provider and its models are what the AI SDK takes", () => {
  expectTypeOf(celuxe).toExtend<ProviderV4>();
  expectTypeOf<CeluxeProvider>().toExtend<ProviderV4>();
  expectTypeOf(celuxe("deepseek-v3")).toExtend<LanguageModelV4>();
  celuxe("deepseek-v3") satisfies LanguageModel;
  ({ model: celuxe.chat("gpt-4o"), prompt: "Hi" }) satisfies Parameters<typeof generateText>[0];
  ({ model: celuxe("gpt-4o"), prompt: "Hi" }) satisfies Parameters<typeof oldestGenerateText>[0];
  expectTypeOf(createProviderRegistry).toBeCallableWith({ celuxe });
  expectTypeOf(oldestCreateProviderRegistry).toBeCallableWith({ celuxe });
  expectTypeOf(oldestWrapLanguageModel).toBeCallableWith({ model: celuxe("gpt-4o"), middleware: [] });
  celuxe satisfies NonNullable<typeof globalThis.AI_SDK_DEFAULT_PROVIDER>;
  expectTypeOf(customProvider).toBeCallableWith({ fallbackProvider: celuxe });
  expectTypeOf(wrapLanguageModel).toBeCallableWith({ model: celuxe("gpt-4o"), middleware: [] });
  expectTypeOf(celuxe.listModels).returns.resolves.toEqualTypeOf<CeluxeModel[]>();
  expectTypeOf(celuxe.embeddingModel).returns.toBeNever();
  expectTypeOf(VERSION).toBeString();
});

type Older<Part> = Part extends { type: "ping" }
  ? never
  : Part extends { finishReason: { unified: unknown } }
    ? Omit<Part, "finishReason"> & {
        finishReason: { unified: Exclude<Part["finishReason"]["unified"], "interrupted">; raw: string | undefined };
      }
    : Part;

/** As it was before `ping` and `interrupted`: the form that Mastra and others were built with. */
interface OlderLanguageModelV4 extends Omit<LanguageModelV4, "doGenerate" | "doStream"> {
  doGenerate(options: LanguageModelV4CallOptions): PromiseLike<Older<LanguageModelV4GenerateResult>>;
  doStream(
    options: LanguageModelV4CallOptions,
  ): PromiseLike<{ stream: ReadableStream<Older<LanguageModelV4StreamPart>> }>;
}

test("frameworks with the first V4 types take the model: what is never sent is in no type", () => {
  expectTypeOf(celuxe("deepseek-v3")).toExtend<OlderLanguageModelV4>();
  type Result = Awaited<ReturnType<CeluxeLanguageModel["doGenerate"]>>;
  expectTypeOf<Result["finishReason"]["unified"]>().toEqualTypeOf<
    "stop" | "length" | "tool-calls" | "content-filter" | "error" | "other"
  >();
});

test("model ids are suggested and open", () => {
  expectTypeOf<"deepseek-v3">().toExtend<CeluxeModelId>();
  expectTypeOf<"some-new-model">().toExtend<CeluxeModelId>();
  // @ts-expect-error a model id is text
  celuxe(4);
});

test("settings are checked", () => {
  expectTypeOf(createCeluxe).parameter(0).toEqualTypeOf<CeluxeProviderSettings | undefined>();
  expectTypeOf<CeluxeProviderSettings["client"]>().toEqualTypeOf<CeluxeClient | undefined>();
  const settings = {
    apiKey: async () => "sk-key",
    rateLimit: { limit: "pro", maxWaitMs: Infinity },
    timeout: { idleMs: 30_000 },
    headers: { "x-team": "blue" },
    extraBody: { verbosity: "low" },
  } satisfies CeluxeProviderSettings;
  expect(createCeluxe(settings)("gpt-4o").modelId).toBe("gpt-4o");
  // @ts-expect-error retries of 5xx belong to the AI SDK
  expect(() => createCeluxe({ maxRetries: 3 })).toThrow(/generateText\(\{ maxRetries \}\)/);
  // @ts-expect-error as other providers spell it
  expect(() => createCeluxe({ baseUrl: "http://localhost:1/v1" })).toThrow(/baseURL/);
  // @ts-expect-error in milliseconds, by name
  expect(() => createCeluxe({ timeout: { total: 10 } })).toThrow(/timeout\.totalMs/);
  // @ts-expect-error there is no such plan
  expect(() => createCeluxe({ rateLimit: "gold" })).toThrow(/rateLimit/);
});

test("provider options are checked with satisfies, and fit into providerOptions", () => {
  const options = {
    sendReasoning: "tool-calls",
    topLogprobs: 2,
    reasoningEffort: "high",
  } satisfies CeluxeLanguageModelOptions;
  expectTypeOf({ celuxe: options }).toExtend<NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>>();
  expectTypeOf<{ celuxe: CeluxeLanguageModelOptions }>().toExtend<
    NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>
  >();
  expectTypeOf<"very-high">().toExtend<CeluxeLanguageModelOptions["reasoningEffort"]>();
  // @ts-expect-error a slip of the pen
  expectTypeOf({ sendReasonings: true } satisfies CeluxeLanguageModelOptions).toBeObject();
  // @ts-expect-error a number of alternatives, not text
  expectTypeOf({ topLogprobs: "2" } satisfies CeluxeLanguageModelOptions).toBeObject();
});

test("guards narrow", () => {
  const error: unknown = new RateLimitError("slow down", { retryAfterMs: 5 });
  if (!RateLimitError.isInstance(error)) throw error;
  expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
  expect(error.retryAfterMs).toBe(5);
});
