import { createCeluxeClient } from "@celuxe/core";
import { type Fault, type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { getRetryable } from "@langchain/core/errors";
import { beforeAll, describe, expect, test } from "vitest";
import { collect, failure } from "../test/harness.ts";
import { type APIError, ChatCeluxe, type ChatCeluxeInput, ConnectionError, InternalServerError } from "./index.ts";

const ways: [string, (model: ChatCeluxe) => PromiseLike<unknown>][] = [
  ["invoke", (model) => model.invoke("Hello")],
  ["stream", (model) => collect(model.stream("Hello"))],
  ["events", (model) => model.streamEvents("Hello")],
];

let keys = 0;

/** An emulator of its own, with a key that no other test has used: a process keeps one rate limit for each key. */
async function start(fault: Fault, times = Infinity) {
  const key = `sk-retry-${++keys}`;
  return startEmulator({ keys: [{ key }], faults: [{ fault, times }] });
}

const modelOf = ({ url, apiKey }: RunningEmulator, fields: Partial<ChatCeluxeInput>) =>
  new ChatCeluxe({ model: "deepseek-v3", baseURL: url, apiKey, ...fields });

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  type: "status",
  status: code,
  headers,
});
const soon = { "retry-after-ms": "10" };

interface Row {
  fails: string;
  fault: Fault;
  fields: Partial<ChatCeluxeInput>;
  requests: number;
}

const rows: Row[] = [
  { fails: "429 only", fault: status(429, soon), fields: { maxRetries: 6 }, requests: 4 },
  { fails: "429 only, maxRetries 0", fault: status(429, soon), fields: { maxRetries: 0 }, requests: 1 },
  {
    fails: "429 above maxWaitMs",
    fault: status(429, { "retry-after": "1" }),
    fields: { maxRetries: 6, rateLimit: { maxWaitMs: 50 } },
    requests: 1,
  },
  {
    fails: "429 left to LangChain",
    fault: status(429, soon),
    fields: { maxRetries: 1, rateLimit: false },
    requests: 2,
  },
  {
    fails: "429 left to LangChain, without a hint, where it gives up",
    fault: status(429),
    fields: { maxRetries: 3, rateLimit: false },
    requests: 1,
  },
  { fails: "503, maxRetries 2", fault: status(503), fields: { maxRetries: 2 }, requests: 3 },
  { fails: "500, maxRetries 1", fault: status(500), fields: { maxRetries: 1 }, requests: 2 },
  { fails: "408, maxRetries 1", fault: status(408), fields: { maxRetries: 1 }, requests: 2 },
  { fails: "522, maxRetries 1", fault: status(522), fields: { maxRetries: 1 }, requests: 2 },
  { fails: "503, maxRetries 0", fault: status(503), fields: { maxRetries: 0 }, requests: 1 },
  {
    fails: "503 that asks for a longer wait than maxWaitMs",
    fault: status(503, { "retry-after": "1" }),
    fields: { maxRetries: 3, rateLimit: { maxWaitMs: 500 } },
    requests: 1,
  },
  {
    fails: "503 that asks to come back tomorrow, whatever maxWaitMs",
    fault: status(503, { "retry-after": "86400" }),
    fields: { maxRetries: 3, rateLimit: { maxWaitMs: Infinity } },
    requests: 1,
  },
  { fails: "501", fault: status(501), fields: { maxRetries: 3 }, requests: 1 },
  { fails: "400", fault: status(400), fields: { maxRetries: 3 }, requests: 1 },
  { fails: "402", fault: status(402), fields: { maxRetries: 3 }, requests: 1 },
  { fails: "a redirect", fault: { type: "redirect", location: "/elsewhere" }, fields: { maxRetries: 3 }, requests: 1 },
  { fails: "a web page", fault: { type: "html" }, fields: { maxRetries: 3 }, requests: 1 },
  {
    fails: "a connection lost before the head, maxRetries 1",
    fault: { type: "reset", afterChunks: 0 },
    fields: { maxRetries: 1 },
    requests: 2,
  },
];

const cases = rows.flatMap((row) => ways.map(([way, call]) => ({ ...row, way, call })));

async function countRequests({ fault, fields, call }: (typeof cases)[number]): Promise<number> {
  await using emulator = await start(fault);
  await failure(call(modelOf(emulator, fields)));
  return emulator.journal.requests.length;
}

describe("requests per call", () => {
  /** The backoff of LangChain's caller begins at a second: side by side all take no longer than the longest. */
  let counts: Promise<number>[];
  beforeAll(() => void (counts = cases.map(countRequests)));

  test.each(cases.map((given, index) => ({ ...given, index })))(
    "$fails: $requests, by $way",
    async ({ index, requests }) => {
      expect(await counts[index]).toBe(requests);
    },
  );
});

describe("besides", { concurrent: true }, () => {
  test.for(ways)(
    "a wrong address is tried twice and said to be wrong, by %s",
    async ([way, call], { expect: check }) => {
      let attempts = 0;
      const model = new ChatCeluxe({
        model: "deepseek-v3",
        apiKey: "sk-test",
        // A host for each: what one has learned, the next need not try.
        baseURL: `https://${way}.invalid/v1`,
        onEvent: ({ type }) => void (type === "attempt" && attempts++),
      });
      const began = performance.now();
      const error = await failure(call(model));
      if (!ConnectionError.isInstance(error)) throw error;
      check(error.message).toMatch(/address is wrong.*CELUXE_BASE_URL/);
      check(getRetryable(error)).toBe(false);
      check(attempts).toBe(2);
      check(performance.now() - began).toBeLessThan(10_000);
    },
  );

  test("a failure and then an answer", async ({ expect: check }) => {
    await using emulator = await start(status(503), 1);
    const message = await modelOf(emulator, { maxRetries: 2 }).invoke("Hello");
    check(message.text).not.toBe("");
    check(emulator.journal.requests).toHaveLength(2);
  });

  test.for([
    ["is called for what may be tried again", 503, false, 2, 2],
    ["can stop it", 503, true, 1, 1],
    ["is not called for what is final", 400, false, 1, 0],
  ] as const)("a user's own onFailedAttempt %s", async ([, code, stops, requests, calls], { expect: check }) => {
    await using emulator = await start(status(code));
    const seen: unknown[] = [];
    const onFailedAttempt = (error: unknown) => {
      seen.push((error as APIError).status);
      if (stops) throw error;
    };
    await failure(modelOf(emulator, { maxRetries: 1, onFailedAttempt }).invoke("Hello"));
    check(emulator.journal.requests).toHaveLength(requests);
    check(seen).toEqual(Array.from({ length: calls }, () => code));
  });

  test("maxRetries of the call wins", async ({ expect: check }) => {
    await using emulator = await start(status(503));
    const model = modelOf(emulator, { maxRetries: 6 });
    await failure(model.invoke("Hello", { maxRetries: 1 }));
    await failure(model.invoke("Hello", { maxRetries: 0 }));
    check(emulator.journal.requests).toHaveLength(3);
  });

  test("a ready client that retries itself is not retried by LangChain", async ({ expect: check }) => {
    await using emulator = await start(status(503, soon));
    const client = createCeluxeClient({ apiKey: emulator.apiKey, baseURL: emulator.url, maxRetries: 1 });
    const model = new ChatCeluxe({ model: "deepseek-v3", client, maxRetries: 3 });
    check(InternalServerError.isInstance(await failure(model.invoke("Hello")))).toBe(true);
    check(emulator.journal.requests).toHaveLength(2);
  });

  test("a stream that broke is not begun again", async ({ expect: check }) => {
    await using emulator = await start({ type: "reset", afterChunks: 2 });
    await failure(collect(modelOf(emulator, { maxRetries: 3 }).stream("Hello")));
    check(emulator.journal.requests).toHaveLength(1);
  });
});
