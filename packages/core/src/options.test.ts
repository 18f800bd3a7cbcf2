import { describe, expect, expectTypeOf, test } from "vitest";
import { createCanaryClient, rejection, startCanaryEmulator } from "../test/canary.ts";
import {
  type CeluxeClient,
  type CeluxeClientOptions,
  type ChatAnswer,
  type ChatDelta,
  type ChatRequestBody,
  ConfigurationError,
  createCeluxeClient,
  type FinishReason,
  type RateLimitOptions,
} from "./index.ts";
import { createRedisStore } from "./rate-limit/redis.ts";

const body: ChatRequestBody = { model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] };

describe("an option that cannot work is refused when the client is made, by name", () => {
  test.each<[string, unknown, RegExp]>([
    ["rateLimit", "enterprise", /"auto", "free", "pro", false or \{ limit \}.*not "enterprise"/],
    ["rateLimit", 10, /"auto", "free"/],
    ["rateLimit", { limit: 0 }, /whole number above 0, not 0/],
    ["rateLimit", { limit: 1.5 }, /not 1\.5/],
    ["rateLimit", { limit: -1 }, /not -1/],
    ["rateLimit", { limit: "10" }, /not "10"/],
    ["rateLimit.store", { limit: 10, store: {} }, /reserve, release and coolDown.*@celuxe\/core\/redis/],
    ["rateLimit.limit", { store: createRedisStore(async () => {}) }, /store needs rateLimit\.limit/],
    ["rateLimit.windowMs", { windowMs: 0 }, /above 0, not 0/],
    ["rateLimit.windowMs", { windowMs: Infinity }, /not Infinity/],
    ["rateLimit.windowMs", { windowMs: "60000" }, /not "60000"/],
    ["rateLimit.maxWaitMs", { maxWaitMs: -1 }, /or Infinity, not -1/],
    ["rateLimit.maxWaitMs", { maxWaitMs: NaN }, /not NaN/],
  ])("%s: %j", (field, rateLimit, message) => {
    expectRefusal(field, { rateLimit } as CeluxeClientOptions, message);
  });

  test.each<[string, unknown, RegExp]>([
    ["maxRetries", { maxRetries: -1 }, /a number from 0, not -1/],
    ["maxRetries", { maxRetries: "2" }, /not "2"/],
    ["timeout", { timeout: 0 }, /above 0, not 0/],
    ["timeout", { timeout: NaN }, /not NaN/],
    ["timeout.headersMs", { timeout: { headersMs: 0 } }, /above 0/],
    ["timeout.idleMs", { timeout: { idleMs: "1s" } }, /not "1s"/],
    ["timeout.progressMs", { timeout: { progressMs: -5 } }, /above 0/],
    ["timeout.totalMs", { timeout: { totalMs: 0 } }, /above 0/],
  ])("%s: %j", (field, options, message) => {
    expectRefusal(field, options as CeluxeClientOptions, message);
  });

  test("nothing is checked of the key, and nothing of the environment is read, before the first request", () => {
    expect(createCeluxeClient()).toBeTypeOf("object");
    expect(createCeluxeClient({ apiKey: "not\na key" })).toBeTypeOf("object");
  });

  function expectRefusal(field: string, options: CeluxeClientOptions, message: RegExp): void {
    let error: unknown;
    try {
      createCeluxeClient(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ field, message: expect.stringMatching(message) });
  }
});

test("Infinity takes a bound away", async () => {
  await using emulator = await startCanaryEmulator();
  const timeout = { headersMs: Infinity, idleMs: Infinity, progressMs: Infinity, totalMs: Infinity };
  const client = createCanaryClient(emulator, { timeout, rateLimit: { maxWaitMs: Infinity } });
  expect((await client.chat(body)).text).not.toBe("");
});

describe("what cannot be sent is refused before a request", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  test.each<[string, string, unknown]>([
    ["no body", "model", undefined],
    ["no model", "model", { messages: body.messages }],
    ["an empty model", "model", { ...body, model: "" }],
    ["no messages", "messages", { model: "deepseek-v3" }],
    ["an empty list of messages", "messages", { ...body, messages: [] }],
    ["a text for messages", "messages", { ...body, messages: "Hello" }],
    ["a cycle", "body", { ...body, cyclic }],
    ["a BigInt", "body", { ...body, seed: 1n }],
  ])("%s", async (_, field, sent) => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    for (const call of [client.chat, client.streamChat]) {
      const error = await rejection(call(sent as ChatRequestBody));
      expect(error).toMatchObject({ name: "ConfigurationError", field });
    }
    expect(emulator.journal.requests).toHaveLength(0);
  });

  test.each([0, -1, 1.5, NaN, "2"])("maxAttempts: %j", async (maxAttempts) => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    const error = await rejection(client.chat(body, { maxAttempts: maxAttempts as number }));
    expect(error).toMatchObject({ name: "ConfigurationError", field: "maxAttempts" });
  });
});

test("stream is set by the method, whatever the body says, and other fields are sent as they are", async () => {
  await using emulator = await startCanaryEmulator();
  const client = createCanaryClient(emulator);
  const sent = { ...body, stream: true, temperature: 0.5, vendor_field: { a: [1, null] } };
  await client.chat(sent);
  await (await client.streamChat({ ...sent, stream: false })).cancel();
  const [whole, streamed] = emulator.journal.requests.map((request) => request.body);
  expect(whole).toEqual({ ...body, temperature: 0.5, vendor_field: { a: [1, null] } });
  expect(streamed).toEqual({ ...body, stream: true, temperature: 0.5, vendor_field: { a: [1, null] } });
});

test("the types say what can be written", () => {
  expectTypeOf(createCeluxeClient).returns.toEqualTypeOf<CeluxeClient>();
  expectTypeOf<CeluxeClient["chat"]>().returns.resolves.toEqualTypeOf<ChatAnswer>();
  expectTypeOf<ChatAnswer["text"]>().toEqualTypeOf<string>();
  expectTypeOf<ChatAnswer["finishReason"]>().toEqualTypeOf<FinishReason>();
  expectTypeOf<RateLimitOptions["limit"]>().toEqualTypeOf<number | "auto" | "free" | "pro" | undefined>();
  expectTypeOf<Extract<ChatDelta, { type: "text" }>>().toEqualTypeOf<{ type: "text"; text: string }>();

  expectTypeOf<CeluxeClientOptions>().toExtend<Parameters<typeof createCeluxeClient>[0]>();
  expectTypeOf({
    apiKey: async () => "sk-…",
    rateLimit: false,
    timeout: 1_000,
  } as const).toExtend<CeluxeClientOptions>();
  expectTypeOf({ rateLimit: { limit: 10, maxWaitMs: Infinity } } as const).toExtend<CeluxeClientOptions>();
  expectTypeOf({ model: "any-model", messages: body.messages, vendor_field: 1 }).toExtend<ChatRequestBody>();

  // @ts-expect-error: no such plan
  const plan: CeluxeClientOptions = { rateLimit: "enterprise" };
  // @ts-expect-error: no such option
  const option: CeluxeClientOptions = { key: "sk-…" };
  // @ts-expect-error: a Headers object is not a record
  const headers: CeluxeClientOptions = { headers: new Headers() };
  // @ts-expect-error: messages are required
  const incomplete: ChatRequestBody = { model: "deepseek-v3" };
  expect([plan, option, headers, incomplete]).toHaveLength(4);
});
