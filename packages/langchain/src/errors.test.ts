import { ContextOverflowError, getRetryable } from "@langchain/core/errors";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { collect, failure, useEmulator } from "../test/harness.ts";
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  type ChatCeluxe,
  CeluxeError,
  ConfigurationError,
  ConnectionError,
  InsufficientBalanceError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "./index.ts";

const { chat, emulator, fail, requests } = useEmulator();

const ways: [string, (model: ChatCeluxe) => PromiseLike<unknown>][] = [
  ["invoke", (model) => model.invoke("Hello")],
  ["stream", (model) => collect(model.stream("Hello"))],
  ["events", (model) => model.streamEvents("Hello")],
];

/** A 429 that core would not wait for. */
const slowDown = { headers: { "retry-after": "3600" } };

describe.each(ways)("by %s", (_, call) => {
  test.each([
    [400, BadRequestError, undefined, false],
    [401, AuthenticationError, "MODEL_AUTHENTICATION", false],
    [402, InsufficientBalanceError, undefined, false],
    [403, PermissionDeniedError, undefined, false],
    [404, NotFoundError, "MODEL_NOT_FOUND", false],
    [409, APIError, undefined, false],
    [413, BadRequestError, undefined, false],
    [422, BadRequestError, undefined, false],
    [429, RateLimitError, "MODEL_RATE_LIMIT", undefined],
    [500, InternalServerError, undefined, undefined],
    [501, InternalServerError, undefined, undefined],
    [503, InternalServerError, undefined, undefined],
  ])("%i is the core's error with LangChain's words", async (status, errorClass, code, retryable) => {
    fail(status, slowDown);
    const error = await failure(call(chat()));
    if (!errorClass.isInstance(error)) throw error;
    expect(error).toMatchObject({ status, retryAfterMs: 3_600_000, headers: { "retry-after": "3600" } });
    expect((error as { lc_error_code?: string }).lc_error_code).toBe(code);
    expect(getRetryable(error)).toBe(retryable);
    expect(error.code).toEqual(expect.any(String));
  });

  test("a quota code outweighs its status", async () => {
    fail(429, { body: { error: { message: "Nothing left", code: "insufficient_quota" } } });
    const error = await failure(call(chat({ maxRetries: 3 })));
    expect(InsufficientBalanceError.isInstance(error)).toBe(true);
    expect(getRetryable(error)).toBe(false);
    expect(requests()).toHaveLength(1);
  });

  test("an unknown model, which comes as 400", async () => {
    const error = await failure(call(chat({ model: "no-such-model" })));
    expect(error).toMatchObject({ status: 400, lc_error_code: "MODEL_NOT_FOUND" });
  });

  test.each([
    ["by its code", { message: "Too long", code: "context_length_exceeded" }],
    [
      "in DeepSeek's words",
      { message: "This model's maximum context length is 65536 tokens.", code: "invalid_request_error" },
    ],
  ])("context overflow, told %s, is LangChain's own class", async (_way, body) => {
    fail(400, { body: { error: body }, headers: { "x-request-id": "req-1" } });
    const error = await failure(call(chat({ maxRetries: 3 })));
    if (!ContextOverflowError.isInstance(error)) throw error;
    expect(error).toMatchObject({
      status: 400,
      code: body.code,
      requestId: "req-1",
      lc_error_code: "CONTEXT_OVERFLOW",
    });
    expect(error.cause).toSatisfy(BadRequestError.isInstance.bind(BadRequestError));
    expect(error.message).toContain(body.message);
    expect(getRetryable(error)).toBe(false);
    expect(requests()).toHaveLength(1);
  });

  test("no connection", async () => {
    const error = await failure(call(chat({ baseURL: "http://127.0.0.1:1/v1" })));
    expect(ConnectionError.isInstance(error)).toBe(true);
  });

  test("no key is said before any request, and not tried again", async () => {
    const error = await failure(call(chat({ apiKey: () => "", maxRetries: 3 })));
    expect(ConfigurationError.isInstance(error) && error.field).toBe("apiKey");
    expect(getRetryable(error)).toBe(false);
  });
});

test("maxRetries 0 still waits for its turn", async () => {
  const model = chat({ maxRetries: 0, rateLimit: { limit: 2, windowMs: 400 } });
  await Promise.all([1, 2, 3].map(() => model.invoke("Hello")));
  const [first, , third] = requests();
  expect(requests()).toHaveLength(3);
  expect(third!.start - first!.start).toBeGreaterThanOrEqual(400);
});

test("maxConcurrency bounds the requests at one time", async () => {
  emulator().faults.add({ fault: { type: "delay-head", ms: 30 } });
  await chat({ maxConcurrency: 2 }).batch(["1", "2", "3", "4", "5"]);
  expect(emulator().journal.peakConcurrency).toBe(2);
  expect(requests()).toHaveLength(5);
});

test("a call whose turn comes too late fails at once, without a request", async () => {
  const model = chat({ maxRetries: 3, rateLimit: { limit: 1, windowMs: 60_000, maxWaitMs: 0 } });
  await model.invoke("Hello");
  const error = await failure(model.invoke("Hello"));
  if (!RateLimitError.isInstance(error)) throw error;
  expect(error).toMatchObject({ attempts: 0, lc_error_code: "MODEL_RATE_LIMIT" });
  expect(error.retryAfterMs).toBeGreaterThan(1_000);
  expect(getRetryable(error)).toBeUndefined();
  expect(requests()).toHaveLength(1);
});

test("no message holds the key or the prompt", async () => {
  const secret = "sk-very-secret";
  for (const status of [400, 401, 429, 500]) {
    fail(status, { times: 1, body: { error: { message: `No ${secret} here` } }, ...slowDown });
    const error = await failure(chat({ apiKey: secret }).invoke("my private prompt"));
    if (!CeluxeError.isInstance(error)) throw error;
    const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${inspect(error, { showHidden: true })}`;
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain("my private prompt");
  }
});
