import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStream } from "@langchain/core/language_models/stream";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import type { IterableReadableStream } from "@langchain/core/utils/stream";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod-3";
import { ChatCeluxe, type ChatCeluxeCallOptions, type ChatCeluxeInput, RateLimitError } from "./index.ts";

const chat = new ChatCeluxe("deepseek-v3");

test("the model is LangChain's, with its own call options", () => {
  expectTypeOf(chat).toExtend<BaseChatModel>();
  expectTypeOf(chat.invoke).returns.resolves.toEqualTypeOf<AIMessageChunk>();
  expectTypeOf(chat.invoke).parameter(1).toEqualTypeOf<Partial<ChatCeluxeCallOptions> | undefined>();
  expectTypeOf(chat.stream).returns.resolves.toEqualTypeOf<IterableReadableStream<AIMessageChunk>>();
  expectTypeOf(chat.bindTools([])).toExtend<Runnable<BaseLanguageModelInput, AIMessageChunk, ChatCeluxeCallOptions>>();
});

test("streamEvents differs by version", () => {
  const events = (model: ChatCeluxe) => [
    model.streamEvents("Hi"),
    model.streamEvents("Hi", { version: "v2" }),
    model.streamEvents("Hi", { version: "v2", encoding: "text/event-stream" }),
  ];
  expectTypeOf(events).toBeFunction();
  const versionless = (model: ChatCeluxe) => model.streamEvents("Hi", { temperature: 0 });
  expectTypeOf(versionless).returns.toEqualTypeOf<ChatModelStream>();
  const bytes = (model: ChatCeluxe) => model.streamEvents("Hi", { version: "v2", encoding: "text/event-stream" });
  expectTypeOf(bytes).returns.toEqualTypeOf<IterableReadableStream<Uint8Array>>();
});

interface Joke {
  setup: string;
  punchline: string;
}

test("structured output has the type of its schema", () => {
  type Answer = { raw: BaseMessage; parsed: Joke };
  const zod4 = z.object({ setup: z.string(), punchline: z.string() });
  const zod3 = z3.object({ setup: z3.string(), punchline: z3.string() });
  expectTypeOf(chat.withStructuredOutput(zod4).invoke).returns.resolves.toEqualTypeOf<Joke>();
  expectTypeOf(chat.withStructuredOutput(zod3).invoke).returns.resolves.toEqualTypeOf<Joke>();
  expectTypeOf(chat.withStructuredOutput<Joke>({ type: "object" }).invoke).returns.resolves.toEqualTypeOf<Joke>();
  expectTypeOf(chat.withStructuredOutput({ type: "object" }).invoke).returns.resolves.toEqualTypeOf<
    Record<string, unknown>
  >();
  const dated = z.object({ at: z.string().transform((at) => new Date(at)) });
  expectTypeOf(chat.withStructuredOutput(dated).invoke).returns.resolves.toEqualTypeOf<{ at: Date }>();
  const withRaw = chat.withStructuredOutput(zod4, { includeRaw: true });
  expectTypeOf(withRaw.invoke).returns.resolves.toEqualTypeOf<Answer>();
});

test("what cannot work does not compile", () => {
  // @ts-expect-error a model is needed
  const noModel: ChatCeluxeInput = { temperature: 0 };
  // @ts-expect-error no such field
  const misspelt: ChatCeluxeInput = { model: "deepseek-v3", temprature: 0 };
  // @ts-expect-error no such plan
  const plan: ChatCeluxeInput = { model: "deepseek-v3", rateLimit: "gold" };
  // @ts-expect-error the key is the model's, not the call's
  const call: Partial<ChatCeluxeCallOptions> = { apiKey: "sk-…" };
  expectTypeOf([noModel, misspelt, plan, call]).toBeArray();
  expectTypeOf<ChatCeluxeInput["model"]>().toExtend<string>();
});

test("guards narrow", () => {
  const error: unknown = undefined;
  if (RateLimitError.isInstance(error)) expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
});
