import type { FaultRule } from "@celuxe/emulator";
import { describe, expect, test } from "vitest";
import { collect, createCanaryClient, rejection, startCanaryEmulator, until } from "../../test/canary.ts";
import type { CeluxeClientOptions } from "../index.ts";

// Each failure has exactly one owner: who tries again, and how often.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

/** A server with faults, and a client whose cool-downs are as short as the server's hints. */
async function start(faults: FaultRule[], options: CeluxeClientOptions = {}) {
  const emulator = await startCanaryEmulator({ faults });
  const client = createCanaryClient(emulator, { rateLimit: { windowMs: 100 }, ...options });
  return { emulator, client, requests: emulator.journal.requests, [Symbol.asyncDispose]: emulator.close };
}

const status = (code: number, extra: { headers?: Record<string, string>; body?: unknown } = {}) =>
  ({ type: "status", status: code, ...extra }) as const;

/** The documented form of an error, with another code. */
const coded = (code: string, type = "error") => ({ error: { message: "No.", type, code } });

describe("a 429 whose wait fits maxWaitMs: core tries again, at most 4 requests in all", () => {
  test("until one is accepted", async () => {
    await using server = await start([{ times: 3, fault: status(429, { headers: { "retry-after-ms": "20" } }) }]);
    const { response } = await server.client.chat(body);
    expect(response.attempts).toBe(4);
    expect(server.requests).toHaveLength(4);
  });

  test("and no fifth", async () => {
    await using server = await start([{ fault: status(429, { headers: { "retry-after-ms": "20" } }) }]);
    const error = await rejection(server.client.chat(body));
    expect(error).toMatchObject({ name: "RateLimitError", status: 429, attempts: 4, retryAfterMs: 20 });
    expect(server.requests).toHaveLength(4);
  });

  test("maxRetries: 0, as the adapters set it, does not take that away", async () => {
    await using server = await start([{ times: 2, fault: status(429, { headers: { "retry-after-ms": "20" } }) }], {
      maxRetries: 0,
    });
    expect((await server.client.chat(body)).response.attempts).toBe(3);
  });

  test("the calls that were refused go first when the cool-down is over", async () => {
    await using server = await start([{ call: 1, fault: status(429, { headers: { "retry-after-ms": "300" } }) }]);
    const order: string[] = [];
    const first = server.client.chat(body).then(() => order.push("refused"));
    await until(() => server.client.rateLimit.state().coolingDownMs > 0);
    const second = server.client.chat(body).then(() => order.push("later"));
    await Promise.all([first, second]);
    expect(order).toEqual(["refused", "later"]);
  });
});

describe("a quota, billing or credit code and 402: nobody tries again, and later calls are not blocked", () => {
  test.each([
    [402, undefined],
    [402, coded("insufficient_balance", "insufficient_quota")],
    [429, coded("insufficient_quota")],
    [429, coded("exceeded", "insufficient_quota")],
    [429, coded("billing_hard_limit_reached")],
    [403, coded("insufficient_user_quota")],
    [400, coded("credit_balance_too_low")],
    [403, coded("spending_limit_exceeded")],
  ])("status %i, %j", async (code, errorBody) => {
    await using server = await start([{ call: 1, fault: status(code, { body: errorBody }) }], {
      rateLimit: { maxWaitMs: 0 },
    });
    const error = await rejection(server.client.chat(body));
    expect(error).toMatchObject({ name: "InsufficientBalanceError", status: code, attempts: 1 });
    expect(error).toHaveProperty("message", expect.stringMatching(/top up/i));
    expect(server.client.rateLimit.state().coolingDownMs).toBe(0);
    await server.client.chat(body);
    expect(server.requests).toHaveLength(2);
  });

  test.each(["rate_limit_exceeded", "requests_per_minute_quota", "rate_quota", "load_balancer_busy"])(
    "%s is no such code",
    async (code) => {
      await using server = await start([{ fault: status(429, { body: coded(code) }) }], { rateLimit: false });
      expect(await rejection(server.client.chat(body))).toMatchObject({ name: "RateLimitError", code });
    },
  );
});

describe("408, 500, 502–504, 52x and connection failures before the head: core retries when used directly", () => {
  const curable: [string, FaultRule["fault"]][] = [
    ...[408, 500, 502, 503, 504, 520, 524, 529].map((code): [string, FaultRule["fault"]] => [`${code}`, status(code)]),
    ["a reset before the head", { type: "reset", afterChunks: 0 }],
    ["no head within headersMs", { type: "delay-head", ms: 60_000 }],
    ["an error with code 500 as the first event", { type: "in-band-error" }],
    ["a reset before the first delta", { type: "reset", afterChunks: 1 }],
  ];
  const boundsFor = ({ type }: FaultRule["fault"]) => (type === "delay-head" ? { headersMs: 800 } : {});

  test.concurrent("a 429 inside the answer, as its first event, is treated like the status", async () => {
    await using server = await start([
      { times: 1, fault: { type: "in-band-error", error: { code: 429, message: "slow down" } } },
    ]);
    // Without a hint the first cool-down takes 5 s.
    const stream = await server.client.streamChat(body);
    expect(stream.response.attempts).toBe(2);
    await stream.cancel();
    expect(server.client.events.filter(({ type }) => type === "cooldown")).toHaveLength(1);
  });

  test.concurrent.each(curable)("%s: two retries by default", async (_, fault) => {
    await using server = await start([{ fault }], { timeout: boundsFor(fault) });
    const error = await rejection(server.client.streamChat(body));
    expect(error).toHaveProperty(
      "name",
      expect.stringMatching(/^(API|InternalServer|Connection|RequestTimeout)Error$/),
    );
    expect(server.requests).toHaveLength(3);
  });

  const kinds = curable.filter(([name]) => !name.startsWith("5"));
  test.concurrent.each(kinds)("%s: answered by a later request", async (_, fault) => {
    await using server = await start([{ times: 2, fault }], { timeout: boundsFor(fault) });
    const stream = await server.client.streamChat(body);
    expect(stream.response.attempts).toBe(3);
    let text = "";
    for await (const delta of stream) if (delta.type === "text") text += delta.text;
    expect(text).not.toBe("");
  });

  test.concurrent.each(curable)("%s: left to the framework with maxRetries: 0", async (_, fault) => {
    await using server = await start([{ fault }], { timeout: boundsFor(fault), maxRetries: 0 });
    await rejection(server.client.streamChat(body));
    expect(server.requests).toHaveLength(1);
  });

  test("a refused connection", async () => {
    const server = await start([]);
    await server.client.chat(body);
    await server.emulator.close();
    const error = await rejection(server.client.chat(body));
    expect(error).toMatchObject({ name: "ConnectionError", code: "ECONNREFUSED" });
    expect(error).toHaveProperty(
      "message",
      expect.stringMatching(/Could not reach .*ECONNREFUSED.*network and baseURL/),
    );
    expect(server.client.events.filter(({ type }) => type === "attempt")).toHaveLength(1 + 3);
  });

  test("Retry-After is obeyed within maxWaitMs", async () => {
    const fault = status(503, { headers: { "retry-after-ms": "700" } });
    await using patient = await start([{ times: 1, fault }]);
    await patient.client.chat(body);
    expect(patient.client.events.find(({ type }) => type === "retry")).toMatchObject({ delayMs: 700, status: 503 });
    const [first, second] = patient.requests;
    expect(second!.start - first!.start).toBeGreaterThanOrEqual(699);

    await using impatient = await start([{ times: 1, fault }], { rateLimit: { maxWaitMs: 600 } });
    const error = await rejection(impatient.client.chat(body));
    expect(error).toMatchObject({ name: "InternalServerError", status: 503, retryAfterMs: 700, attempts: 1 });
  });
});

test.each([0, 86_400_000])(
  "a 503 that asks for %d ms neither comes back at once nor sleeps in silence",
  async (hintMs) => {
    const headers = { "retry-after": String(hintMs / 1000) };
    await using server = await start([{ fault: status(503, { headers }) }], {
      maxRetries: 1,
      rateLimit: { windowMs: 100, maxWaitMs: Infinity },
    });
    const calls = Array.from({ length: 40 }, () => rejection(server.client.chat(body)));
    const errors = await Promise.all(calls);
    const delays = server.client.events.flatMap((event) => (event.type === "retry" ? event.delayMs : []));
    if (hintMs === 0) {
      expect(delays).toHaveLength(40);
      expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(150);
    } else {
      expect(delays).toEqual([]);
      expect(errors[0]).toMatchObject({ status: 503, attempts: 1, retryAfterMs: hintMs, retryable: false });
    }
  },
);

test("what backoff has taken of maxWaitMs is gone for the next retry", async () => {
  const fault = status(503, { headers: { "retry-after-ms": "400" } });
  await using server = await start([{ fault }], { maxRetries: 5, rateLimit: { maxWaitMs: 700 } });
  expect(await rejection(server.client.chat(body))).toMatchObject({ status: 503, attempts: 2, retryAfterMs: 400 });
  expect(server.requests).toHaveLength(2);
});

describe("400 401 402 403 404 409 413 422, any 3xx and a wrong content type: nobody tries again", () => {
  test.each([
    [400, "BadRequestError"],
    [401, "AuthenticationError"],
    [402, "InsufficientBalanceError"],
    [403, "PermissionDeniedError"],
    [404, "NotFoundError"],
    [405, "APIError"],
    [409, "APIError"],
    [413, "BadRequestError"],
    [418, "APIError"],
    [422, "BadRequestError"],
    [501, "InternalServerError"],
    [505, "InternalServerError"],
  ])("%i is a %s", async (code, name) => {
    await using server = await start([{ fault: status(code) }]);
    for (const call of [
      () => server.client.chat(body),
      () => server.client.streamChat(body),
      server.client.listModels,
    ]) {
      expect(await rejection(call())).toMatchObject({ name, status: code, attempts: 1 });
    }
    expect(server.requests).toHaveLength(3);
  });

  test.each([300, 301, 302, 303, 304, 307, 308])("%i is not followed", async (code) => {
    await using target = await startCanaryEmulator();
    await using server = await start([{ fault: { type: "redirect", status: code, location: `${target.url}/models` } }]);
    for (const call of [
      () => server.client.chat(body),
      () => server.client.streamChat(body),
      server.client.listModels,
    ]) {
      const error = await rejection(call());
      expect(error).toMatchObject({ name: "ProtocolError", status: code });
      expect(error).toHaveProperty("message", expect.stringMatching(/redirect to https?:.*not followed.*Set baseURL/));
    }
    expect(server.requests).toHaveLength(3);
    expect(target.journal.requests).toHaveLength(0);
  });

  test("a page of HTML with status 200", async () => {
    await using server = await start([{ fault: { type: "html" } }]);
    for (const call of [
      () => server.client.chat(body),
      () => server.client.streamChat(body),
      server.client.listModels,
    ]) {
      const error = await rejection(call());
      expect(error).toMatchObject({ name: "ProtocolError", status: 200 });
      expect(error).toHaveProperty("message", expect.stringMatching(/text\/html.*baseURL.*It works!/));
    }
    expect(server.requests).toHaveLength(3);
  });
});

describe("after the first delta and at the total deadline: nobody tries again", () => {
  test("a connection lost in the middle of a stream", async () => {
    await using server = await start([{ fault: { type: "reset", afterChunks: 3 } }]);
    const stream = await server.client.streamChat(body);
    const error = await rejection(collect(stream));
    expect(error).toMatchObject({ name: "ConnectionError" });
    expect(error).toHaveProperty("message", expect.stringMatching(/lost in the middle.*incomplete/));
    expect(server.requests).toHaveLength(1);
  });

  test("a stream that is cut", async () => {
    await using server = await start([{ fault: { type: "close", afterChunks: 3 } }]);
    const stream = await server.client.streamChat(body);
    expect(await rejection(collect(stream))).toMatchObject({ name: "StreamError", kind: "truncated" });
    expect(server.requests).toHaveLength(1);
  });

  test("the total deadline ends waiting, backoff, head and body alike", async () => {
    const timeout = 400;
    await using slow = await start([{ fault: { type: "delay-head", ms: 60_000 } }], { timeout });
    await using stalled = await start([{ fault: { type: "stall", afterChunks: 2 } }], { timeout });
    await using failing = await start([{ fault: status(503, { headers: { "retry-after": "60" } }) }], { timeout });
    await using limited = await start([], { timeout, rateLimit: { limit: 1 } });
    await limited.client.listModels();
    const stream = await stalled.client.streamChat(body);
    for (const error of await Promise.all(
      [slow.client.chat(body), collect(stream), failing.client.chat(body), limited.client.chat(body)].map(rejection),
    )) {
      expect(error).toMatchObject({ name: "RequestTimeoutError", phase: "total" });
      expect(error).toHaveProperty("message", expect.stringMatching(/longer than 0\.4 s.*raise timeout/));
    }
    expect(slow.requests).toHaveLength(1);
    expect(failing.requests).toHaveLength(1);
  });
});

test("whatever the mix of failures, a call makes no more than 4 requests and its retries", async () => {
  const limited = status(429, { headers: { "retry-after-ms": "1" } });
  await using server = await start(
    [
      { call: 1, times: 2, fault: status(500) },
      { call: 3, fault: limited },
      { call: 4, fault: limited },
    ],
    { maxRetries: 5 },
  );
  const error = await rejection(server.client.chat(body));
  expect(error).toMatchObject({ name: "RateLimitError", attempts: 4 });
  expect(server.requests).toHaveLength(4);
});
