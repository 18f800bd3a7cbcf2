import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import {
  AuthenticationError,
  BadRequestError,
  type CeluxeError,
  type CeluxeEvent,
  ConfigurationError,
  ConnectionError,
  createCeluxe,
  InsufficientBalanceError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  ProtocolError,
  RateLimitError,
  RequestTimeoutError,
  StreamError,
} from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { generateText, type LanguageModel, RetryError, streamText } from "ai";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { call, chunk, collect, done, ofType, useEmulator } from "../test/harness.ts";

const { celuxe, emulator, freshKey, requests, script } = useEmulator();

/** A window so short that the spacing of calls after a 429 does not hold up the tests. */
const shortWindow = { windowMs: 200 };

const secretPrompt = "the prompt is nobody's business";
const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: secretPrompt }] }];

async function failure(run: PromiseLike<unknown>): Promise<APICallError> {
  const error: unknown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!APICallError.isInstance(error)) throw new Error(`not an APICallError: ${String(error)}`);
  return error;
}

const status = (code: number, rest: { body?: unknown; headers?: Record<string, string> } = {}) =>
  emulator().faults.add({ fault: { type: "status", status: code, ...rest } });

type ErrorClass = { isInstance: (error: unknown) => boolean };

describe("an error answer", () => {
  test.each<[number, ErrorClass, boolean]>([
    [400, BadRequestError, false],
    [401, AuthenticationError, false],
    [402, InsufficientBalanceError, false],
    [403, PermissionDeniedError, false],
    [404, NotFoundError, false],
    [408, { isInstance: () => true }, true],
    [409, { isInstance: () => true }, false],
    [413, BadRequestError, false],
    [422, BadRequestError, false],
    [500, InternalServerError, true],
    [501, InternalServerError, false],
    [502, InternalServerError, true],
    [503, InternalServerError, true],
    [504, InternalServerError, true],
    [520, InternalServerError, true],
    [529, InternalServerError, true],
  ])("%i keeps status, headers and body, and says whether to try again", async (code, errorClass, retryable) => {
    status(code, { headers: { "x-request-id": "req_1" } });
    for (const run of [celuxe()("gpt-4o").doGenerate({ prompt }), celuxe()("gpt-4o").doStream({ prompt })]) {
      const error = await failure(run);
      expect(error).toMatchObject({
        statusCode: code,
        isRetryable: retryable,
        url: `${emulator().url}/chat/completions`,
        responseHeaders: { "x-request-id": "req_1" },
        responseBody: expect.stringContaining('"error"'),
        data: { requestId: "req_1" },
        message: expect.stringMatching(/\S/),
      });
      expect(errorClass.isInstance(error.cause)).toBe(true);
    }
    // Each of the two calls made one request.
    expect(requests()).toHaveLength(2);
  });

  test.each([429, 500])("%i with the code of an empty account is not tried again", async (code) => {
    status(code, { body: { error: { message: "Insufficient balance", code: "insufficient_balance" } } });
    const error = await failure(celuxe()("gpt-4o").doGenerate({ prompt }));
    expect(error).toMatchObject({ statusCode: code, isRetryable: false });
    expect(InsufficientBalanceError.isInstance(error.cause)).toBe(true);
    expect(requests()).toHaveLength(1);
  });

  test("a redirect or a web page is no answer of Celuxe", async () => {
    emulator().faults.add({ times: 1, fault: { type: "redirect", location: "https://example.com" } });
    emulator().faults.add({ fault: { type: "html" } });
    for (let index = 0; index < 2; index++) {
      const error = await failure(celuxe()("gpt-4o").doGenerate({ prompt }));
      expect(error.isRetryable).toBe(false);
      expect(ProtocolError.isInstance(error.cause)).toBe(true);
    }
  });
});

describe("a rate limit", () => {
  test("a 429 whose wait does not fit is final: the AI SDK makes no further request", async () => {
    status(429, { headers: { "retry-after": "60" } });
    const model = celuxe({ apiKey: freshKey(), rateLimit: { maxWaitMs: 100 } })("gpt-4o");
    const error = await failure(generateText({ model, prompt: "Hi" }));
    expect(error).toMatchObject({ statusCode: 429, isRetryable: false, data: { retryAfterMs: 60_000 } });
    expect(RateLimitError.isInstance(error.cause)).toBe(true);
    expect(requests()).toHaveLength(1);
  });

  test("a call that got no turn made no request, and is a 429 all the same", async () => {
    const model = celuxe({ apiKey: freshKey(), rateLimit: { limit: 1, maxWaitMs: 0 } })("gpt-4o");
    await model.doGenerate(call());
    const error = await failure(generateText({ model, prompt: "Hi" }));
    expect(error).toMatchObject({ statusCode: 429, isRetryable: false });
    expect((error.cause as RateLimitError).retryAfterMs).toBeGreaterThan(50_000);
    expect(requests()).toHaveLength(1);
  });

  test("429s alone make at most 4 requests, with the AI SDK's own retries at their default", async () => {
    status(429, { headers: { "retry-after-ms": "20" } });
    const model = celuxe({ apiKey: freshKey(), rateLimit: shortWindow })("gpt-4o");
    const error = await failure(generateText({ model, prompt: "Hi" }));
    expect(error).toMatchObject({ statusCode: 429, isRetryable: false });
    expect(requests()).toHaveLength(4);
  });

  test("a 429 that passes is waited out without the AI SDK noticing", async () => {
    emulator().faults.add({
      times: 2,
      fault: { type: "status", status: 429, headers: { "retry-after-ms": "20" } },
    });
    const model = celuxe({ apiKey: freshKey(), rateLimit: shortWindow })("gpt-4o");
    const { text } = await generateText({ model, prompt: "Hi", maxRetries: 0 });
    expect(text).not.toBe("");
    expect(requests()).toHaveLength(3);
  });

  test("5xx alone make at most 3 requests", async () => {
    status(503, { headers: { "retry-after-ms": "10" } });
    const error: unknown = await Promise.resolve(generateText({ model: celuxe()("gpt-4o"), prompt: "Hi" })).catch(
      (error: unknown) => error,
    );
    expect(RetryError.isInstance(error)).toBe(true);
    expect(requests()).toHaveLength(3);
  });

  test("429s and 5xx mixed are bounded: each attempt of the AI SDK waits at most maxWaitMs", async () => {
    // Per attempt of the AI SDK: two 429s waited out by the client, then a 503 handed up.
    for (let attempt = 0; attempt < 3; attempt++) {
      emulator().faults.add({
        call: attempt * 3 + 1,
        times: 2,
        fault: { type: "status", status: 429, headers: { "retry-after-ms": "10" } },
      });
    }
    status(503, { headers: { "retry-after-ms": "10" } });
    const began = performance.now();
    const rateLimit = { ...shortWindow, maxWaitMs: 20_000 };
    const model = celuxe({ apiKey: freshKey(), rateLimit })("gpt-4o");
    await expect(Promise.resolve(generateText({ model, prompt: "Hi" }))).rejects.toThrow(/503/);
    expect(requests()).toHaveLength(9);
    expect(performance.now() - began).toBeLessThan(3 * rateLimit.maxWaitMs);
  });

  test("with rateLimit: false it belongs to the AI SDK", async () => {
    status(429, { headers: { "retry-after-ms": "10" } });
    const error: unknown = await Promise.resolve(
      generateText({ model: celuxe({ apiKey: freshKey(), rateLimit: false })("gpt-4o"), prompt: "Hi" }),
    ).catch((error: unknown) => error);
    expect((error as RetryError).lastError).toMatchObject({ statusCode: 429, isRetryable: true });
    expect(requests()).toHaveLength(3);
  });
});

test("a 503 that asks to come back tomorrow is final, with maxWaitMs: Infinity too", async () => {
  status(503, { headers: { "retry-after": "86400" } });
  const model = celuxe({ apiKey: freshKey(), rateLimit: { maxWaitMs: Infinity } })("gpt-4o");
  const error = await failure(generateText({ model, prompt: "Hi" }));
  expect(error).toMatchObject({ statusCode: 503, isRetryable: false, data: { retryAfterMs: 86_400_000 } });
  expect(requests()).toHaveLength(1);
});

test("a 503 that asks to come back at once leaves the AI SDK its backoff", async () => {
  status(503, { headers: { "retry-after": "0", "x-team": "search" } });
  const error: unknown = await Promise.resolve(
    generateText({ model: celuxe()("gpt-4o"), prompt: "Hi", maxRetries: 1 }),
  ).catch((reason: unknown) => reason);
  expect((error as RetryError).lastError).toMatchObject({ responseHeaders: { "x-team": "search" } });
  const [first, second] = requests();
  expect(second!.start - first!.start).toBeGreaterThan(1_000);
});

describe("a wrong address", () => {
  test.each([
    ["generateText", (model: LanguageModel) => generateText({ model, prompt: "Hi", maxRetries: 5 })],
    [
      "streamText",
      (model: LanguageModel) => streamText({ model, prompt: "Hi", maxRetries: 5, onError: () => {} }).text,
    ],
  ])("is tried twice, and said to be wrong, by %s", async (name, run) => {
    // A host for each: what one has learned, the next need not try.
    const baseURL = `http://${name.toLowerCase()}.invalid/v1`;
    let attempts = 0;
    const onEvent = ({ type }: CeluxeEvent) => void (type === "attempt" && attempts++);
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const began = performance.now();
    const error: unknown = await Promise.resolve(run(celuxe({ baseURL, onEvent })("gpt-4o"))).catch(
      (reason: unknown) => reason,
    );
    expect(attempts).toBe(2);
    expect(performance.now() - began).toBeLessThan(6_000);
    if (name === "generateText") {
      expect(error).toHaveProperty(
        "message",
        expect.stringMatching(/after 2 attempts.*address is wrong.*CELUXE_BASE_URL/),
      );
      expect((error as RetryError).lastError).toMatchObject({ isRetryable: false, cause: { name: "ConnectionError" } });
    }
  });
});

test("an uncaught error is printed with its message once, and neither headers nor body", async () => {
  status(500, { headers: { "x-odd": "header-value" }, body: { error: { message: "The service is on fire" } } });
  const error = await failure(celuxe()("gpt-4o").doGenerate({ prompt }));
  expect(error.responseHeaders).toMatchObject({ "x-odd": "header-value" });
  expect(error.responseBody).toContain("on fire");
  // As Node prints what nobody has caught.
  const printed = inspect(error, { depth: 5, customInspect: false });
  expect(printed.split("on fire")).toHaveLength(2);
  expect(printed).not.toContain("header-value");
  const lines = printed.split("\n").filter((line) => !/^\s+at /.test(line));
  expect(lines.length).toBeLessThanOrEqual(16);
});

describe("a ready client keeps what it is set to do", () => {
  const client = (options: Parameters<typeof createCeluxeClient>[0]) =>
    createCeluxeClient({ apiKey: freshKey(), baseURL: emulator().url, ...options });

  test("the 5xx that it retries are not retried by the AI SDK", async () => {
    status(500, { headers: { "retry-after-ms": "5" } });
    const model = createCeluxe({ client: client({ maxRetries: 1 }) })("gpt-4o");
    const error = await failure(generateText({ model, prompt: "Hi" }));
    expect(error).toMatchObject({ statusCode: 500, isRetryable: false });
    expect(requests()).toHaveLength(2);
  });

  test("those that it leaves are", async () => {
    status(500, { headers: { "retry-after-ms": "5" } });
    const model = createCeluxe({ client: client({ maxRetries: 0 }) })("gpt-4o");
    await expect(Promise.resolve(generateText({ model, prompt: "Hi" }))).rejects.toThrow(/Failed after 3 attempts/);
    expect(requests()).toHaveLength(3);
  });

  test("a 429 that it leaves belongs to the AI SDK", async () => {
    status(429, { headers: { "retry-after-ms": "5" } });
    const model = createCeluxe({ client: client({ maxRetries: 0, rateLimit: false }) })("gpt-4o");
    expect(await failure(model.doGenerate({ prompt }))).toMatchObject({ statusCode: 429, isRetryable: true });
  });
});

describe("a lost connection", () => {
  test("before the answer it is tried again", async () => {
    emulator().faults.add({ times: 1, fault: { type: "reset", afterChunks: 0 } });
    const model = celuxe()("gpt-4o");
    const error = await failure(model.doGenerate({ prompt }));
    expect(error).toMatchObject({ isRetryable: true, statusCode: undefined });
    expect(ConnectionError.isInstance(error.cause)).toBe(true);
  });

  test("a service that is not there is named", async () => {
    const model = createCeluxe({ apiKey: "sk-test", baseURL: "http://127.0.0.1:9/v1" })("gpt-4o");
    expect(await failure(model.doGenerate({ prompt }))).toMatchObject({ isRetryable: true, message: /\S/ });
  });

  test("a timeout of a phase is tried again and never looks like an abort; the total deadline is final", async () => {
    emulator().faults.add({ fault: { type: "delay-head", ms: 2_000 } });
    const phase = await failure(celuxe({ timeout: { headersMs: 30 } })("gpt-4o").doGenerate({ prompt }));
    expect(phase).toMatchObject({ isRetryable: true, name: "AI_APICallError" });
    expect(RequestTimeoutError.isInstance(phase.cause)).toBe(true);
    const total = await failure(celuxe({ timeout: 30 })("gpt-4o").doGenerate({ prompt }));
    expect(total.isRetryable).toBe(false);
    expect((total.cause as RequestTimeoutError).phase).toBe("total");
  });
});

describe("in the middle of a stream", () => {
  const broken = async (settings: Parameters<typeof celuxe>[0] = {}) => {
    const result = await celuxe(settings)("gpt-4o").doStream({ prompt });
    const parts = await collect(result.stream);
    return { parts, error: ofType(parts, "error")[0]?.error as APICallError | undefined, last: parts.at(-1) };
  };

  test("a lost connection is an error part that may be tried again, and the finish reason error", async () => {
    script([chunk({ content: "Hi" }, null, { usage: { prompt_tokens: 3 } })], "reset");
    const { error, last } = await broken();
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ isRetryable: true });
    expect(ConnectionError.isInstance(error?.cause)).toBe(true);
    // What is known of the usage is told.
    expect(last).toMatchObject({
      type: "finish",
      finishReason: { unified: "error", raw: undefined },
      usage: { inputTokens: { total: 3 } },
    });
  });

  test("so it is for a client that retries by itself: it does so before an answer only", async () => {
    script([chunk({ content: "Hi" })], "reset");
    const client = createCeluxeClient({ apiKey: emulator().apiKey, baseURL: emulator().url });
    expect((await broken({ client, apiKey: undefined, baseURL: undefined })).error).toMatchObject({
      isRetryable: true,
    });
  });

  test.each<[string, unknown, number | undefined, boolean]>([
    ["an error with a code", { message: "down", code: 503 }, 503, true],
    ["an error of the request", { message: "bad", type: "invalid_request_error" }, 400, false],
    ["a rate limit", { message: "slow down", code: "rate_limit_exceeded" }, 429, false],
    ["words", "something broke", undefined, false],
  ])("%s is of the class of its code", async (_, error, code, retryable) => {
    script([chunk({ content: "Hi" }), { data: { error } }]);
    const sent = await broken({ apiKey: freshKey() });
    expect(sent.error).toMatchObject({ statusCode: code, isRetryable: retryable });
    expect(sent.last).toMatchObject({ finishReason: { unified: "error" } });
  });

  test("a line that is not JSON", async () => {
    script([chunk({ content: "Hi" }), "data: {]\n\n", chunk({ content: "there" }), chunk({}, "stop"), done]);
    const { error } = await broken();
    expect(StreamError.isInstance(error?.cause)).toBe(true);
    expect(error?.cause).toMatchObject({ kind: "malformed" });
    expect(error?.isRetryable).toBe(false);
  });

  test("a stream that stands still is a timeout, not an abort", async () => {
    script([chunk({ content: "Hi" })], "stay-open");
    const { error } = await broken({ timeout: { idleMs: 50 } });
    expect(RequestTimeoutError.isInstance(error?.cause)).toBe(true);
    const { fullStream } = streamText({
      model: celuxe({ timeout: { idleMs: 50 } })("gpt-4o"),
      prompt: "Hi",
      onError: () => {},
    });
    const types: string[] = [];
    for await (const { type } of fullStream) types.push(type);
    expect(types).toContain("error");
    expect(types).not.toContain("abort");
  });
});

describe("what is missing or wrong in the settings", () => {
  test("no key: LoadAPIKeyError, which says how to set one", async () => {
    vi.stubEnv("CELUXE_API_KEY", "");
    const error: unknown = await Promise.resolve(
      generateText({ model: createCeluxe({ baseURL: emulator().url })("gpt-4o"), prompt: "Hi" }),
    ).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    expect(LoadAPIKeyError.isInstance(error)).toBe(true);
    expect((error as Error).message).toMatch(/CELUXE_API_KEY/);
    expect(requests()).toHaveLength(0);
  });

  test("an address that is none is told as it is, and not tried again", async () => {
    vi.stubEnv("CELUXE_BASE_URL", "nowhere");
    const error: unknown = await Promise.resolve(
      generateText({ model: createCeluxe({ apiKey: "sk-test" })("gpt-4o"), prompt: "Hi" }),
    ).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect((error as ConfigurationError).field).toBe("baseURL");
  });
});

test("no key and no prompt in any error: message, JSON and inspect output", async () => {
  const apiKey = "sk-very-secret-key-123456";
  const leaking = { body: { error: { message: `key ${apiKey} is bad`, code: "invalid_api_key" } } };
  const faults = [
    () => status(401, { ...leaking, headers: { "x-echo": apiKey } }),
    () => status(500),
    () => script([chunk({ content: "Hi" }), { data: leaking.body }]),
    () => script([chunk({ content: "Hi" })], "reset"),
    () => script(["data: nonsense\n\n"]),
  ];
  for (const fault of faults) {
    emulator().faults.clear();
    fault();
    const model = celuxe({ apiKey, headers: { "x-tenant": "tenant-secret" } })("gpt-4o");
    const error: unknown = await Promise.resolve(model.doStream({ prompt })).then(
      async ({ stream }) => ofType(await collect(stream), "error")[0]?.error,
      (error: unknown) => error,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    const cause = (error as APICallError).cause as CeluxeError;
    const shown = [error, cause].flatMap((shown) => [
      (shown as Error).message,
      (shown as Error).stack,
      JSON.stringify(shown),
      inspect(shown, { depth: 20, showHidden: true }),
    ]);
    for (const secret of [apiKey, secretPrompt, "tenant-secret"]) expect(shown.join("\n")).not.toContain(secret);
    expect((error as APICallError).requestBodyValues).toEqual({ model: "gpt-4o", messages: 1, stream: true });
  }
});
