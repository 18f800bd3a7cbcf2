import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import OpenAI from "openai";
import { expectTypeOf, it } from "vitest";
import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type Fault,
  type FaultRule,
  type Journal,
  type ReplyRule,
  type RuleList,
  type RunningEmulator,
  startEmulator,
} from "./index.ts";

it("options and results are typed as users write them", () => {
  expectTypeOf(startEmulator).returns.resolves.toEqualTypeOf<RunningEmulator>();
  expectTypeOf(startEmulator).toBeCallableWith({ port: 8787, host: "0.0.0.0", cors: true, seed: 1 });
  expectTypeOf(createEmulator).returns.toEqualTypeOf<Emulator>();
  expectTypeOf<RunningEmulator>().toExtend<AsyncDisposable>();
  expectTypeOf<RunningEmulator["url"]>().toEqualTypeOf<string>();
  expectTypeOf<RunningEmulator["journal"]>().toEqualTypeOf<Journal>();
  expectTypeOf<RunningEmulator["faults"]>().toEqualTypeOf<RuleList<FaultRule>>();
  expectTypeOf<RunningEmulator["replies"]>().toEqualTypeOf<RuleList<ReplyRule>>();
  expectTypeOf<{
    clock: "manual";
    models: ["m", { id: "r"; reasoning: true; context_length: 5 }];
  }>().toExtend<EmulatorOptions>();
  expectTypeOf<{
    rateLimit: { plan: { limit: 5; windowMs: 3000 }; window: "token-bucket" };
  }>().toExtend<EmulatorOptions>();
  expectTypeOf<{ rateLimit: { plan: "gold" } }>().not.toExtend<EmulatorOptions>();
});

it("a fault is told apart by its type, with what belongs to it", () => {
  expectTypeOf<{ type: "reset"; afterChunks: 3 }>().toExtend<Fault>();
  expectTypeOf<{
    type: "script";
    chunks: ["a", { waitMs: 5 }, { data: { a: 1 } }, { end: "reset" }];
  }>().toExtend<Fault>();
  expectTypeOf<{ type: "status" }>().not.toExtend<Fault>();
  expectTypeOf<{ type: "explode" }>().not.toExtend<Fault>();
});

it("the fetch without a socket fits where clients take one", () => {
  const { fetch, apiKey } = createEmulator();
  const baseURL = "https://api.celuxe.shop/v1";
  expectTypeOf(new OpenAI({ baseURL, apiKey, fetch })).toEqualTypeOf<OpenAI>();
  expectTypeOf(createOpenAICompatible).toBeCallableWith({ name: "celuxe", baseURL, apiKey, fetch });
});
