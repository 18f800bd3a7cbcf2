import { execFile } from "node:child_process";
import { inspect } from "node:util";
import type { Fault } from "@celuxe/emulator";
import { describe, expect, test } from "vitest";
import { canaryKey, collect, createCanaryClient, rejection, startCanaryEmulator } from "../test/canary.ts";
import {
  APIError,
  AuthenticationError,
  type CeluxeClientOptions,
  CeluxeError,
  ConnectionError,
  createCeluxeClient,
  RateLimitError,
  RequestTimeoutError,
  type TimeoutOptions,
} from "./index.ts";

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

/** What a user sees of one fault: of the call, or of the loop over its stream. */
async function failure(fault: Fault, how: "chat" | "stream", options: CeluxeClientOptions = {}): Promise<CeluxeError> {
  await using emulator = await startCanaryEmulator({ faults: [{ fault }] });
  const client = createCanaryClient(emulator, { maxRetries: 0, rateLimit: { maxWaitMs: 0 }, ...options });
  const error = await rejection(how === "chat" ? client.chat(body) : client.streamChat(body).then(collect));
  if (!CeluxeError.isInstance(error)) throw error;
  return error;
}

describe("each fault of the emulator gives an error class and a message that a user can act on", () => {
  /** The one bound that a fault runs into; on a busy machine others would be met by chance. */
  const bounds: Record<string, TimeoutOptions> = {
    comments: { progressMs: 300 },
    "delay-head": { headersMs: 200 },
    stall: { idleMs: 200 },
  };
  const cases: [string, Fault, "chat" | "stream", string, RegExp][] = [
    ["status 400", { type: "status", status: 400 }, "chat", "BadRequestError", /400.*correct what the message names/],
    [
      "status 401",
      { type: "status", status: 401 },
      "chat",
      "AuthenticationError",
      /Check the API key.*the apiKey option/,
    ],
    ["status 402", { type: "status", status: 402 }, "chat", "InsufficientBalanceError", /top up.*raise the limit/],
    ["status 403", { type: "status", status: 403 }, "chat", "PermissionDeniedError", /IP whitelist/],
    ["status 404", { type: "status", status: 404 }, "chat", "NotFoundError", /listModels\(\).*\/v1/],
    ["status 408", { type: "status", status: 408 }, "chat", "APIError", /may succeed in a moment/],
    ["status 409", { type: "status", status: 409 }, "chat", "APIError", /Correct what the service names/],
    [
      "status 429",
      { type: "status", status: 429 },
      "chat",
      "RateLimitError",
      /free plan allows 10.*rateLimit.*plan with a/,
    ],
    ["status 500", { type: "status", status: 500 }, "chat", "InternalServerError", /may succeed in a moment/],
    [
      "status 503, no body",
      { type: "status", status: 503, body: "" },
      "chat",
      "InternalServerError",
      /503: no message/,
    ],
    ["status 599, text", { type: "status", status: 599, body: "gone" }, "chat", "InternalServerError", /599: gone\./],
    ["html", { type: "html" }, "chat", "ProtocolError", /text\/html.*It begins: .*It works!/],
    ["html, streamed", { type: "html" }, "stream", "ProtocolError", /text\/html.*baseURL/],
    ["html, status 502", { type: "html", status: 502 }, "stream", "InternalServerError", /502: .*It works!/],
    ["error-200", { type: "error-200" }, "chat", "InternalServerError", /Internal server error/],
    ["error-200, streamed", { type: "error-200" }, "stream", "InternalServerError", /Internal server error/],
    ["error-200, text", { type: "error-200", error: "boom" }, "chat", "APIError", /an error inside its answer: boom\./],
    ["huge-error", { type: "huge-error" }, "chat", "InternalServerError", /502: .*bad gateway/],
    [
      "redirect",
      { type: "redirect", location: "https://else.test/v1" },
      "chat",
      "ProtocolError",
      /https:\/\/else\.test.*Set baseURL/,
    ],
    [
      "comments",
      { type: "comments" },
      "stream",
      "RequestTimeoutError",
      /only keep-alive comments for 0\.3 s.*progressMs/,
    ],
    [
      "script",
      { type: "script", chunks: ["nothing of the kind"] },
      "chat",
      "ProtocolError",
      /not a chat completion.*nothing of/,
    ],
    ["script, empty", { type: "script", chunks: [] }, "stream", "ProtocolError", /empty/],
    [
      "delay-head",
      { type: "delay-head", ms: 60_000 },
      "chat",
      "RequestTimeoutError",
      /no answer within 0\.2 s.*headersMs/,
    ],
    ["stall", { type: "stall" }, "chat", "RequestTimeoutError", /nothing for 0\.2 s.*idleMs/],
    [
      "stall, streamed",
      { type: "stall", afterChunks: 3 },
      "stream",
      "RequestTimeoutError",
      /nothing for 0\.2 s.*idleMs/,
    ],
    [
      "reset before the head",
      { type: "reset", afterChunks: 0 },
      "chat",
      "ConnectionError",
      /Could not reach.*network and baseURL/,
    ],
    ["reset", { type: "reset", afterChunks: 2 }, "chat", "ConnectionError", /lost in the middle/],
    [
      "reset, streamed",
      { type: "reset", afterChunks: 3 },
      "stream",
      "ConnectionError",
      /lost in the middle.*try again/,
    ],
    ["close", { type: "close", afterChunks: 2 }, "chat", "ProtocolError", /not a chat completion/],
    ["close, streamed", { type: "close", afterChunks: 3 }, "stream", "StreamError", /incomplete. Try again/],
    ["in-band-error", { type: "in-band-error" }, "stream", "InternalServerError", /500 inside its answer/],
    [
      "in-band-error, later",
      { type: "in-band-error", afterChunks: 3 },
      "stream",
      "InternalServerError",
      /inside its answer/,
    ],
    ["done-without-finish", { type: "done-without-finish" }, "stream", "StreamError", /incomplete.*Try again/],
    ["malformed-line", { type: "malformed-line" }, "stream", "StreamError", /not JSON.*Try again/],
    ["oversized-line", { type: "oversized-line" }, "stream", "StreamError", /more than 16 MiB.*Try again/],
  ];
  const harmless: [string, Fault][] = [
    ["split-bytes", { type: "split-bytes" }],
    ["slow-end", { type: "slow-end", ms: 50 }],
    ["a stall that ends", { type: "stall", ms: 50 }],
  ];
  test.concurrent("an error whose body stalls is waited for no longer than 5 s", async () => {
    const stalled = await failure({ type: "script", status: 503, chunks: ["half an"], end: "stay-open" }, "chat");
    expect(stalled).toMatchObject({ name: "InternalServerError", status: 503, body: "half an" });
  });

  test.concurrent.each(cases)("%s", async (_, fault, how, name, message) => {
    const error = await failure(fault, how, { timeout: bounds[fault.type] });
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  test.concurrent.each(harmless)("%s is no failure", async (_, fault) => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault }] });
    const deltas = await collect(await createCanaryClient(emulator).streamChat(body));
    expect(deltas.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
  });

  test("and none of its faults is missing here", () => {
    const played = new Set([...cases, ...harmless].map(([, { type }]) => type));
    // A fault that the emulator gets does not compile until it is named here.
    const all: Record<Fault["type"], true> = {
      status: true,
      html: true,
      "error-200": true,
      "huge-error": true,
      redirect: true,
      comments: true,
      script: true,
      "delay-head": true,
      stall: true,
      reset: true,
      close: true,
      "done-without-finish": true,
      "in-band-error": true,
      "malformed-line": true,
      "oversized-line": true,
      "split-bytes": true,
      "slow-end": true,
    };
    expect(played).toEqual(new Set(Object.keys(all)));
  });
});

describe("the remedy is said in words", () => {
  test("429: the plan's limit, when to come again, and how to wait", async () => {
    const headers = { "retry-after": "42", "x-ratelimit-limit-requests": "500" };
    const error = await failure({ type: "status", status: 429, headers }, "chat");
    expect(error.message).toMatch(/its limit is 500.*Try again in 42 s.*declare your limit as rateLimit/);
  });
  test("401: where the key came from", async () => {
    const fault: Fault = { type: "status", status: 401 };
    expect((await failure(fault, "chat")).message).toContain("it came from the apiKey option");
    expect((await failure(fault, "chat", { apiKey: () => canaryKey })).message).toContain("the apiKey function");
    process.env["CELUXE_API_KEY"] = canaryKey;
    try {
      const message = (await failure(fault, "chat", { apiKey: undefined })).message;
      expect(message).toContain("the environment variable CELUXE_API_KEY");
    } finally {
      delete process.env["CELUXE_API_KEY"];
    }
  });
  test("no key at all", async () => {
    const error = await rejection(createCeluxeClient().chat(body));
    expect(error).toMatchObject({ name: "ConfigurationError", field: "apiKey" });
    expect(error).toHaveProperty(
      "message",
      expect.stringMatching(/CELUXE_API_KEY or pass the apiKey option.*npx @celuxe\/emulator/),
    );
  });
  test("the service's request id, for its support", async () => {
    const error = await failure({ type: "status", status: 500, headers: { "x-request-id": "req_7" } }, "chat");
    expect(error).toMatchObject({ requestId: "req_7" });
    expect(error.message).toMatch(/Request id: req_7\.$/);
  });
});

describe("bounds", () => {
  test("an error page of 3 MB costs at most 64 KiB, and 4 KiB of it are kept", async () => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault: { type: "huge-error" } }] });
    let read = 0;
    const client = createCanaryClient(emulator, {
      maxRetries: 0,
      async fetch(input, init) {
        const response = await fetch(input, init);
        const reader = response.body!.getReader();
        const counted = new ReadableStream<Uint8Array>(
          {
            async pull(controller) {
              const { done, value } = await reader.read();
              if (done) return controller.close();
              read += value.length;
              controller.enqueue(value);
            },
            cancel: (reason) => reader.cancel(reason),
          },
          { highWaterMark: 0 },
        );
        return new Response(counted, response);
      },
    });
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "InternalServerError", status: 502 });
    expect(APIError.isInstance(error) && error.body).toHaveLength(4096);
    expect(read).toBeGreaterThan(4096);
    expect(read).toBeLessThanOrEqual(64 * 1024);
  });

  test("an error object without end is read for 64 KiB", async () => {
    function* endless() {
      yield '{"error":{"message":"';
      for (;;) yield "x".repeat(8_192);
    }
    const huge = await failure({ type: "script", status: 500, chunks: endless }, "chat");
    expect(huge).toMatchObject({ name: "InternalServerError", status: 500 });
    expect(APIError.isInstance(huge) && huge.body).toHaveLength(4096);
    expect(huge.message.length).toBeLessThan(2_000);
  });

  test("a JSON body of more than 32 MiB is given up", async () => {
    function* endless() {
      yield '{"text":"';
      for (;;) yield "x".repeat(1024 * 1024);
    }
    const headers = { "content-type": "application/json" };
    const error = await failure({ type: "script", headers, chunks: endless }, "chat");
    expect(error).toMatchObject({ name: "ProtocolError", status: 200 });
    expect(error.message).toMatch(/more than 32 MiB/);
  });

  test("the service's own words are cut where they are long", async () => {
    const error = { message: "very ".repeat(10_000), type: "x", code: "y" };
    const cut = await failure({ type: "status", status: 400, body: { error } }, "chat");
    expect(cut.message.length).toBeLessThan(1_500);
    expect(cut.message).toContain("correct what the message names");
  });
});

describe("what an error carries", () => {
  test("everything that the answer said, and no cookie", async () => {
    const headers = { "x-request-id": "req_1", "retry-after": "7", "x-team": "search", "set-cookie": "id=secret" };
    const error = await failure({ type: "status", status: 429, headers }, "chat");
    expect(error).toMatchObject({
      status: 429,
      type: "rate_limit_error",
      code: "rate_limit_exceeded",
      requestId: "req_1",
      retryAfterMs: 7_000,
      attempts: 1,
      headers: { "x-request-id": "req_1", "x-team": "search" },
    });
    expect(APIError.isInstance(error) && error.headers).not.toHaveProperty("set-cookie");
    expect(APIError.isInstance(error) && JSON.parse(error.body ?? "")).toHaveProperty("error.message");
  });

  test.each<[string, unknown, object]>([
    ["fields at the top", { message: "m", type: "t", code: "c" }, { type: "t", code: "c" }],
    ["a text", { error: "m" }, { type: undefined, code: undefined }],
    ["a numeric code", { error: { message: "m", code: 1234 } }, { code: "1234" }],
    ["nulls", { error: { message: null, type: null, code: null } }, { type: undefined, code: undefined }],
    ["a list", [{ error: "m" }], { type: undefined, code: undefined }],
    ["not JSON", "m", { type: undefined, code: undefined }],
  ])("error bodies of another shape: %s", async (_, errorBody, fields) => {
    const error = await failure({ type: "status", status: 418, body: errorBody }, "chat");
    expect(error).toMatchObject({ status: 418, ...fields });
    expect(error.message).toMatch(/^Celuxe answered 418: .+/);
  });

  test("toJSON has the fields and neither stack nor cause; inspect shows the name", async () => {
    const error = await failure({ type: "reset", afterChunks: 0 }, "chat");
    const { name, message, code, ...others } = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;
    expect([name, message, code]).toEqual(["ConnectionError", error.message, expect.any(String)]);
    expect(others).toEqual({});
    expect(inspect(error)).toMatch(/^ConnectionError: Could not reach/);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("headers and body are there to be read, and neither printed nor in JSON", async () => {
    const error = await failure({ type: "status", status: 500, headers: { "x-odd": "header-value" } }, "chat");
    if (!APIError.isInstance(error)) throw error;
    expect(error.headers["x-odd"]).toBe("header-value");
    expect(error.body).toContain('"error"');
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "InternalServerError",
      message: error.message,
      status: 500,
      type: error.type,
      code: error.code,
      requestId: error.requestId,
      attempts: 1,
    });
    expect(Object.keys(error)).not.toEqual(expect.arrayContaining(["headers", "body"]));
    const page = await failure({ type: "html" }, "chat");
    expect(page).toHaveProperty("body", expect.stringContaining("It works!"));
    expect(JSON.parse(JSON.stringify(page))).toEqual({ name: "ProtocolError", message: page.message, status: 200 });
  });

  test("an uncaught one is printed with its message once and few lines beside the stack", async () => {
    const faults = [{ fault: { type: "status", status: 429, headers: { "retry-after": "900" } } as const }];
    await using emulator = await startCanaryEmulator({ faults });
    const script = `import { createCeluxeClient } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
      const client = createCeluxeClient({ apiKey: ${JSON.stringify(canaryKey)}, baseURL: process.env.URL });
      await client.chat({ model: "m", messages: [{ role: "user", content: "Hello" }] });`;
    for (const [url, message] of [
      [emulator.url, "Celuxe answered 429"],
      ["http://127.0.0.1:1/v1", "Could not reach Celuxe"],
    ] as const) {
      const stderr = await new Promise<string>((resolve) => {
        const options = { env: { ...process.env, URL: url } };
        execFile(process.execPath, ["--input-type=module", "-e", script], options, (_, __, text) => resolve(text));
      });
      expect(stderr.split(message)).toHaveLength(2);
      const lines = stderr
        .trim()
        .split("\n")
        .filter((line) => !/^\s+at /.test(line));
      // The line that threw, a blank one, the message, at most seven fields or causes, and Node's own last two.
      expect(lines.length).toBeLessThanOrEqual(16);
    }
  });

  test("isInstance knows the class and those above it, and errors of another copy of the package", () => {
    const error = new RateLimitError("m", { status: 429 });
    for (const Class of [CeluxeError, APIError, RateLimitError]) expect(Class.isInstance(error)).toBe(true);
    for (const Class of [AuthenticationError, ConnectionError]) expect(Class.isInstance(error)).toBe(false);
    expect(ConnectionError.isInstance(new RequestTimeoutError("m", { phase: "idle" }))).toBe(true);
    const copy = Object.assign(new Error("m"), { [Symbol.for("celuxe.error")]: ["RateLimitError", "APIError"] });
    expect(RateLimitError.isInstance(copy)).toBe(true);
    for (const other of [null, undefined, "m", {}, new Error("m")]) expect(CeluxeError.isInstance(other)).toBe(false);
  });
});
