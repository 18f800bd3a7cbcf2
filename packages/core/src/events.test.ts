import { describe, expect, expectTypeOf, test } from "vitest";
import { collect, createCanaryClient, rejection, startCanaryEmulator } from "../test/canary.ts";
import type { CeluxeEvent, OnEvent } from "./index.ts";

const prompt = "the moon is made of cheese";
const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: prompt }] };

const types = (events: CeluxeEvent[]) => events.map(({ type }) => type);

test("a call reports attempt, head and done, each with what identifies the call", async () => {
  await using emulator = await startCanaryEmulator();
  const client = createCanaryClient(emulator);
  const answer = await client.chat(body);
  expect(types(client.events)).toEqual(["attempt", "head", "done"]);
  const [attempt, head, done] = client.events;
  const common = { call: attempt!.call, operation: "POST /chat/completions", model: "deepseek-v3" };
  expect(attempt).toMatchObject({ ...common, attempt: 1 });
  expect(head).toMatchObject({ ...common, attempt: 1, status: 200, requestId: answer.response.requestId });
  expect(done).toMatchObject({
    ...common,
    attempts: 1,
    finishReason: "stop",
    promptTokens: answer.usage!.promptTokens,
    completionTokens: answer.usage!.completionTokens,
  });
  expect(done!.elapsedMs).toBeGreaterThanOrEqual(attempt!.elapsedMs);
});

test("waiting, cool-downs, retries and failures are reported as they happen", async () => {
  await using emulator = await startCanaryEmulator({
    faults: [
      {
        call: 1,
        fault: { type: "status", status: 429, headers: { "retry-after-ms": "50", "x-ratelimit-limit": "20" } },
      },
      {
        call: 2,
        fault: { type: "status", status: 503, headers: { "retry-after-ms": "600", "x-request-id": "req_9" } },
      },
      { call: 3, fault: { type: "status", status: 402 } },
    ],
  });
  const client = createCanaryClient(emulator, { rateLimit: { windowMs: 100 } });
  await rejection(client.chat(body));
  expect(client.events).toMatchObject([
    { type: "attempt", attempt: 1 },
    { type: "head", attempt: 1, status: 429 },
    { type: "cooldown", attempt: 1, retryAfterMs: 50, limit: 20 },
    { type: "retry", attempt: 1, delayMs: 0, error: "RateLimitError", status: 429, code: "rate_limit_exceeded" },
    { type: "queued" },
    { type: "attempt", attempt: 2 },
    { type: "head", attempt: 2, status: 503, requestId: "req_9" },
    { type: "retry", attempt: 2, delayMs: 600, error: "InternalServerError", status: 503 },
    { type: "attempt", attempt: 3 },
    { type: "head", attempt: 3, status: 402 },
    { type: "error", attempts: 3, error: "InsufficientBalanceError", status: 402, code: "insufficient_balance" },
  ]);
});

describe("every call ends in exactly one done or error", () => {
  const ends = (events: CeluxeEvent[]) => events.filter(({ type }) => type === "done" || type === "error");

  test("a stream that is read to its end", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    const stream = await client.streamChat({ ...body, stream_options: { include_usage: true } });
    await collect(stream);
    await stream.next();
    await stream.cancel();
    expect(ends(client.events)).toMatchObject([
      { type: "done", finishReason: "stop", completionTokens: expect.any(Number) },
    ]);
  });

  test("a stream that its consumer leaves", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    for await (const _ of await client.streamChat(body)) break;
    expect(ends(client.events)).toMatchObject([{ type: "done", attempts: 1 }]);
    expect(ends(client.events)[0]).not.toHaveProperty("finishReason");
  });

  test("a stream that breaks", async () => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault: { type: "close", afterChunks: 3 } }] });
    const client = createCanaryClient(emulator);
    const stream = await client.streamChat(body);
    await rejection(collect(stream));
    await stream.cancel();
    expect(ends(client.events)).toMatchObject([{ type: "error", error: "StreamError", attempts: 1 }]);
  });

  test("a call that is refused before a request, and one that is aborted with any reason", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, maxWaitMs: 0 } });
    await client.listModels();
    await rejection(client.chat(body));
    await rejection(client.chat(body, { signal: AbortSignal.abort("no") }));
    expect(ends(client.events)).toMatchObject([
      { type: "done", operation: "GET /models" },
      { type: "error", error: "RateLimitError", attempts: 0 },
      { type: "error", error: "abort", attempts: 0 },
    ]);
  });
});

test("events are flat and hold neither prompt nor answer", async () => {
  await using emulator = await startCanaryEmulator({
    replies: [{ reply: { text: "no, of basalt" } }],
    faults: [{ call: 2, fault: { type: "status", status: 400, body: { error: { message: `bad: ${prompt}` } } } }],
  });
  const client = createCanaryClient(emulator);
  await collect(await client.streamChat(body));
  await rejection(client.chat(body));
  expect(client.events.length).toBeGreaterThan(5);
  for (const event of client.events) {
    for (const value of Object.values(event)) expect(["string", "number"]).toContain(typeof value);
    expect(JSON.stringify(event)).not.toMatch(/cheese|basalt/);
  }
});

test("what a hook throws is swallowed, at once or later", async () => {
  await using emulator = await startCanaryEmulator();
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  const hooks: OnEvent[] = [
    () => {
      throw new Error("hook");
    },
    // What users do by mistake.
    () => Promise.reject(new Error("async hook")),
  ];
  for (const onEvent of hooks) await createCanaryClient(emulator, { onEvent }).chat(body);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled).toEqual([]);
});

test("the calls of two clients have numbers of their own, in the order in which they were made", async () => {
  await using emulator = await startCanaryEmulator();
  const clients = [createCanaryClient(emulator), createCanaryClient(emulator)];
  await Promise.all(clients.map((client) => client.chat(body)));
  const [first, second] = clients.map(({ events }) => new Set(events.map(({ call }) => call)));
  expect(first!.size).toBe(1);
  expect(second!.size).toBe(1);
  expect([...second!][0]! - [...first!][0]!).toBe(1);
});

test("the type tells the fields of each event apart", () => {
  const onEvent: OnEvent = (event) => {
    if (event.type === "retry") expectTypeOf(event.delayMs).toEqualTypeOf<number>();
    if (event.type === "done") expectTypeOf(event.finishReason).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: a head has no delay
    if (event.type === "head") void event.delayMs;
  };
  expectTypeOf<CeluxeEvent["type"]>().toEqualTypeOf<
    "queued" | "attempt" | "cooldown" | "retry" | "head" | "store-failed" | "done" | "error"
  >();
  expect(onEvent).toBeTypeOf("function");
});
