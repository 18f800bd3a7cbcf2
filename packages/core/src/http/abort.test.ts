import { getEventListeners } from "node:events";
import type { FaultRule, RunningEmulator } from "@celuxe/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCanaryClient, rejection, startCanaryEmulator, until } from "../../test/canary.ts";
import { type CeluxeClient, type CeluxeClientOptions, createCeluxeClient } from "../index.ts";

// Wherever a call is when its signal aborts, it settles with the signal's reason, closes its connection and leaves
// nothing behind.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on("unhandledRejection", onUnhandled));
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled).toEqual([]);
});

interface Stage {
  stage: string;
  faults?: FaultRule[];
  options?: CeluxeClientOptions;
  /** What happens before the call that is aborted. */
  prepare?: (client: CeluxeClient) => Promise<unknown>;
  /** Requests that the server has seen when all is over. */
  requests: number;
  /** The last of them was still being answered when the client closed the connection. */
  closes?: true;
  call?: (client: CeluxeClient, signal: AbortSignal) => Promise<unknown>;
}

const chat = (client: CeluxeClient, signal: AbortSignal) => client.chat(body, { signal });
const stream = async (client: CeluxeClient, signal: AbortSignal) => {
  for await (const _ of await client.streamChat(body, { signal }));
};
const limited = (headers: Record<string, string>): FaultRule => ({
  fault: { type: "status", status: 429, headers },
});

const stages: Stage[] = [
  {
    stage: "waiting for a turn",
    options: { rateLimit: { limit: 1 } },
    prepare: (client) => client.listModels(),
    requests: 1,
  },
  { stage: "in its own cool-down", faults: [limited({ "retry-after": "60" })], requests: 1 },
  {
    stage: "in the cool-down of another call",
    faults: [limited({ "retry-after": "60" })],
    options: { rateLimit: { maxWaitMs: 90_000 } },
    prepare: async (client) => {
      const other = new AbortController();
      const call = rejection(client.chat(body, { signal: other.signal }));
      await until(() => client.rateLimit.state().coolingDownMs > 0);
      other.abort();
      await call;
    },
    requests: 1,
  },
  {
    stage: "in backoff",
    faults: [{ fault: { type: "status", status: 503, headers: { "retry-after": "60" } } }],
    requests: 1,
  },
  {
    stage: "before the head",
    faults: [{ fault: { type: "delay-head", ms: 60_000 } }],
    requests: 1,
    closes: true,
  },
  {
    stage: "before the head of a stream",
    faults: [{ fault: { type: "delay-head", ms: 60_000 } }],
    requests: 1,
    closes: true,
    call: stream,
  },
  {
    stage: "in the middle of a JSON body",
    faults: [{ fault: { type: "stall", afterChunks: 1 } }],
    requests: 1,
    closes: true,
  },
  {
    stage: "before the first delta",
    faults: [{ fault: { type: "stall", afterChunks: 1 } }],
    requests: 1,
    closes: true,
    call: stream,
  },
  {
    stage: "in the middle of a stream",
    faults: [{ fault: { type: "stall", afterChunks: 4 } }],
    requests: 1,
    closes: true,
    call: stream,
  },
  {
    stage: "in the middle of a stream of keep-alive comments",
    faults: [{ fault: { type: "comments", everyMs: 20 } }],
    requests: 1,
    closes: true,
    call: stream,
  },
  {
    stage: "in the middle of an error's body",
    faults: [
      {
        fault: {
          type: "script",
          status: 500,
          headers: { "content-type": "application/json" },
          chunks: ['{"error":'],
          end: "stay-open",
        },
      },
    ],
    requests: 1,
    closes: true,
  },
  {
    stage: "in the list of models",
    faults: [{ fault: { type: "stall", afterChunks: 1 } }],
    requests: 1,
    closes: true,
    call: (client, signal) => client.listModels({ signal }),
  },
];

describe("abort", () => {
  test.concurrent.each(stages)(
    "$stage: settles with the signal's reason, and the server sees the connection closed",
    async ({ faults = [], options = {}, prepare, requests, closes, call = chat }) => {
      await using emulator = await startCanaryEmulator({ faults });
      const client = createCanaryClient(emulator, options);
      await prepare?.(client);
      const controller = new AbortController();
      const reason = { because: "the user left" };
      const aborted = rejection(call(client, controller.signal));
      await until(() => emulator.journal.requests.length === requests);
      await new Promise((resolve) => setTimeout(resolve, 250));
      if (closes) expect(emulator.journal.open).toBe(1);
      const began = performance.now();
      controller.abort(reason);
      expect(await aborted).toBe(reason);
      expect(performance.now() - began).toBeLessThan(1_000);
      await emulator.journal.idle();
      expect(emulator.journal.requests).toHaveLength(requests);
      if (closes) expect(emulator.journal.requests.at(-1)!.clientGone).toBeTypeOf("number");
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
      expect(client.events.at(-1)).toMatchObject({ type: "error" });
    },
  );

  test("before the call: nothing is sent", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    for (const call of [chat, stream]) expect(await rejection(call(client, AbortSignal.abort("no")))).toBe("no");
    expect(emulator.journal.requests).toHaveLength(0);
    expect(client.rateLimit.state().waiting).toBe(0);
  });

  test("a fetch that ignores its signal is left behind at once", async () => {
    const client = createCeluxeClient({ apiKey: "sk-test", fetch: () => new Promise(() => {}) });
    const signal = AbortSignal.timeout(50);
    expect(await rejection(client.chat(body, { signal }))).toBe(signal.reason);
  });

  test("with AbortSignal.timeout the error is the one that the platform gives", async () => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault: { type: "delay-head", ms: 60_000 } }] });
    const client = createCanaryClient(emulator);
    expect(await rejection(chat(client, AbortSignal.timeout(100)))).toMatchObject({ name: "TimeoutError" });
  });

  test("a turn that is given back is somebody else's", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator, { rateLimit: { limit: 1, windowMs: 2_000 } });
    await client.listModels();
    const controller = new AbortController();
    const given = rejection(client.chat(body, { signal: controller.signal }));
    const next = client.chat(body);
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort("enough");
    expect(await given).toBe("enough");
    await next;
    const [first, second] = emulator.journal.requests;
    // Two windows would be 4.5 s.
    expect(second!.start - first!.start).toBeLessThan(4_400);
  });
});

/** An answer without a server, whole or as a stream. */
function answerTo(init: RequestInit | undefined): Response {
  const choice = { index: 0, finish_reason: "stop" };
  if (typeof init?.body !== "string" || !init.body.includes('"stream":true')) {
    return Response.json({ choices: [{ ...choice, message: { role: "assistant", content: "Hi" } }] });
  }
  const chunks = [{ choices: [{ index: 0, delta: { content: "Hi" } }] }, { choices: [{ ...choice, delta: {} }] }];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`);
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
}

describe("10,000 calls on one long-lived signal", () => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await startCanaryEmulator();
  });
  afterAll(() => emulator.close());

  test("leave no listener, no timer and no unhandled rejection", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    // A tenth goes over sockets; ten thousand would only show how long sockets take.
    let requests = 0;
    const client = createCeluxeClient({
      apiKey: emulator.apiKey,
      baseURL: emulator.url,
      timeout: 600_000,
      fetch: async (input, init) => ((requests += 1) % 10 === 0 ? globalThis.fetch(input, init) : answerTo(init)),
    });
    const { signal } = new AbortController();
    const timersBefore = process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    let left = 10_000;
    async function work() {
      while (left-- > 0) {
        if (left % 3 === 0) await client.chat(body, { signal });
        else if (left % 3 === 1) for await (const _ of await client.streamChat(body, { signal }));
        else for await (const _ of await client.streamChat(body, { signal })) break;
      }
    }
    await Promise.all(Array.from({ length: 25 }, work));
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const timersAfter = process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    // The sockets' own timers stay; one of ours for each call would be thousands.
    expect(timersAfter - timersBefore).toBeLessThan(100);
    expect(warnings).toEqual([]);
    process.off("warning", onWarning);
  }, 60_000);

  test("at once, and aborted at once, settle with its reason", async () => {
    const client = createCeluxeClient({
      apiKey: emulator.apiKey,
      baseURL: emulator.url,
      rateLimit: { limit: 100, maxWaitMs: Infinity },
    });
    const controller = new AbortController();
    const calls = Array.from({ length: 10_000 }, () => rejection(client.chat(body, { signal: controller.signal })));
    setTimeout(() => controller.abort("enough"), 0);
    const reasons = await Promise.all(calls.map((call) => call.catch(() => "answered")));
    expect(reasons.filter((reason) => reason === "enough").length).toBeGreaterThanOrEqual(9_900);
    expect(reasons.filter((reason) => reason !== "enough" && reason !== "answered")).toEqual([]);
    expect(client.rateLimit.state().waiting).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  }, 60_000);
});
