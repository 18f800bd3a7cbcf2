import { Agent, request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  createEmulator,
  type EmulatorOptions,
  type JournalEntry,
  type RunningEmulator,
  startEmulator,
} from "./index.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "What is the capital of France?" }] };
const STREAMED = { ...QUESTION, stream: true };
const ENDLESS = {
  type: "script",
  *chunks() {
    for (;;) yield "x".repeat(64 * 1024);
  },
} as const;

const running: RunningEmulator[] = [];
afterEach(() => Promise.all(running.splice(0).map((emulator) => emulator.close())));

async function start(options: EmulatorOptions = {}) {
  const emulator = await startEmulator(options);
  running.push(emulator);
  const init = (body: unknown, more: RequestInit = {}): RequestInit => ({
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}`, "x-test": "yes" },
    body: JSON.stringify(body),
    ...more,
  });
  return {
    emulator,
    post: (body: unknown = QUESTION, more?: RequestInit) => fetch(`${emulator.url}/chat/completions`, init(body, more)),
  };
}

async function until(condition: () => boolean) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("what the journal tells of a request", () => {
  it("everything but the key", async () => {
    const { emulator, post } = await start({ keys: [{ key: "sk-very-secret", plan: "pro" }] });
    const text = await (await post()).text();
    const [entry] = emulator.journal.requests;
    expect(entry).toMatchObject({
      number: 1,
      method: "POST",
      path: "/v1/chat/completions",
      plan: "pro",
      connection: 1,
      status: 200,
      bytes: text.length,
      body: QUESTION,
      headers: { "x-test": "yes" },
    });
    expect(entry?.key).toMatch(/^key-[0-9a-f]{8}$/);
    const { start: begun = 0, head = 0, end = 0 } = entry ?? {};
    expect([begun <= head, head <= end, Math.abs(end - Date.now()) < 60_000]).toEqual([true, true, true]);
    expect(JSON.stringify(emulator.journal.requests)).not.toContain("sk-very-secret");
    expect(entry?.clientGone).toBeUndefined();
  });

  it("refused requests, unknown keys, unknown paths and bodies that are no JSON", async () => {
    const { emulator, post } = await start();
    await post("{", { headers: { authorization: "Bearer sk-other" }, body: "{" });
    await fetch(`${emulator.url}/models?limit=1`);
    await fetch(`${emulator.url}/nothing`, { headers: { authorization: `Bearer ${emulator.apiKey}` } });
    const told = emulator.journal.requests.map(({ number, path, status, body, key }) => [
      number,
      path,
      status,
      body,
      typeof key,
    ]);
    expect(told).toEqual([
      [1, "/v1/chat/completions", 401, "{", "string"],
      [2, "/v1/models?limit=1", 401, undefined, "undefined"],
      [3, "/v1/nothing", 404, undefined, "string"],
    ]);
    expect(emulator.journal.requests[0]?.plan).toBeUndefined();
  });

  it("which requests shared a connection", async () => {
    const { emulator } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = (options: object) =>
      new Promise((resolve) =>
        request(`${emulator.url}/models`, options, (response) => response.resume().on("end", resolve)).end(),
      );
    await get({ agent });
    await get({ agent });
    await get({ agent: new Agent() });
    expect(emulator.journal.requests.map((entry) => entry.connection)).toEqual([1, 1, 2]);
    agent.destroy();
  });

  it("which fault was played", async () => {
    const { emulator, post } = await start({ faults: [{ call: 2, fault: { type: "html" } }] });
    await (await post()).text();
    await (await post()).text();
    expect(emulator.journal.requests.map((entry) => entry.fault)).toEqual([undefined, "html"]);
  });

  it("peak concurrency, idle, clear", async () => {
    const { emulator, post } = await start({ pace: { firstTokenMs: 50 } });
    const all = [post(), post(STREAMED), post()].map(async (sent) => (await sent).text());
    await until(() => emulator.journal.open === 3);
    expect(emulator.journal.peakConcurrency).toBe(3);
    await emulator.journal.idle();
    expect(emulator.journal.requests.map((entry) => typeof entry.end)).toEqual(["number", "number", "number"]);
    await Promise.all(all);
    emulator.journal.clear();
    expect([emulator.journal.requests, emulator.journal.peakConcurrency, emulator.journal.open]).toEqual([[], 0, 0]);
    await emulator.journal.idle();
    await (await post()).text();
    expect(emulator.journal.requests[0]?.number).toBe(1);
  });
});

describe("what the journal keeps", () => {
  it("the newest bodies, up to 64 Mi characters: an emulator that runs for days stays small", async () => {
    const { fetch: send, apiKey, journal } = createEmulator();
    const body = JSON.stringify({ padding: "x".repeat(10 * 1024 * 1024) });
    for (let number = 1; number <= 8; number++) {
      await send("http://x/v1/chat/completions", {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}` },
        body,
      });
    }
    expect(journal.requests.map((entry) => entry.body !== undefined)).toEqual([
      false,
      false,
      ...Array<boolean>(6).fill(true),
    ]);
  });
});

describe("a client that goes away", () => {
  const gone = async (emulator: RunningEmulator): Promise<JournalEntry> => {
    await until(() => emulator.journal.requests[0]?.clientGone !== undefined);
    const [entry] = emulator.journal.requests;
    if (!entry) throw new Error("no entry");
    expect(entry.end).toBe(entry.clientGone);
    expect(emulator.journal.open).toBe(0);
    return entry;
  };

  it("before the head", async () => {
    const { emulator, post } = await start({ faults: [{ fault: { type: "delay-head", ms: 60_000 } }] });
    const abort = new AbortController();
    const asked = post(QUESTION, { signal: abort.signal });
    await until(() => emulator.journal.open === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await expect(asked).rejects.toThrow(/abort/);
    expect((await gone(emulator)).head).toBeUndefined();
  });

  it("in the middle of a stream: it is told, and nothing more is made", async () => {
    let made = 0;
    const { emulator, post } = await start();
    emulator.faults.add({
      fault: {
        type: "script",
        *chunks() {
          for (;;) {
            made++;
            yield { data: { made } };
            yield { waitMs: 2 };
          }
        },
      },
    });
    const reader = (await post(STREAMED)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const entry = await gone(emulator);
    const madeThen = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made).toBe(madeThen);
    expect(entry.bytes).toBeGreaterThan(0);
  });

  it("during a stall, or after [DONE] before the end", async () => {
    for (const fault of [{ type: "stall" }, { type: "slow-end", ms: 60_000 }] as const) {
      const { emulator, post } = await start({ faults: [{ fault }] });
      const reader = (await post(STREAMED)).body?.getReader();
      await reader?.read();
      await reader?.cancel();
      await gone(emulator);
    }
  });

  it("a finished answer is no client gone, even if the connection closes then", async () => {
    const { emulator, post } = await start();
    await (
      await post(STREAMED, { headers: { authorization: `Bearer ${emulator.apiKey}`, connection: "close" } })
    ).text();
    await emulator.journal.idle();
    expect(emulator.journal.requests[0]?.clientGone).toBeUndefined();
  });

  it("at the hand of the script itself", async () => {
    const abort = new AbortController();
    const {
      fetch: send,
      apiKey,
      journal,
    } = createEmulator({
      faults: [
        {
          fault: {
            type: "script",
            *chunks() {
              yield "a";
              abort.abort(new Error("enough"));
              yield "b";
            },
          },
        },
      ],
    });
    const init = { method: "POST", headers: { authorization: `Bearer ${apiKey}` }, body: "{}", signal: abort.signal };
    await expect((await send("http://x/v1/chat/completions", init)).text()).rejects.toThrow("enough");
    expect(journal.requests[0]?.clientGone).toBeDefined();
  });

  it("without a socket, by the signal and by cancelling the body", async () => {
    const { fetch: send, apiKey, journal } = createEmulator({ faults: [{ fault: { type: "stall", afterChunks: 2 } }] });
    const init = { method: "POST", headers: { authorization: `Bearer ${apiKey}` }, body: JSON.stringify(STREAMED) };
    const abort = new AbortController();
    const response = await send("http://x/v1/chat/completions", { ...init, signal: abort.signal });
    const text = response.text();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(text).rejects.toBe(reason);
    await (await send("http://x/v1/chat/completions", init)).body?.cancel();
    await journal.idle();
    expect(journal.requests.map((entry) => typeof entry.clientGone)).toEqual(["number", "number"]);
    await expect(send("http://x/v1/chat/completions", { ...init, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});

describe("a client that does not read", () => {
  it("stops the emulator after the buffers between are full", async () => {
    const { emulator, post } = await start({ faults: [{ fault: ENDLESS }] });
    const response = await post(STREAMED);
    let before = -1;
    // Until it has written nothing for a while.
    while (emulator.journal.requests[0]?.bytes !== before) {
      before = emulator.journal.requests[0]?.bytes ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(16 * 1024 * 1024);
    await response.body?.cancel();
    await emulator.journal.idle();
  });
});

describe("over HTTP", () => {
  it("GET /__celuxe/journal, without bodies unless asked, and not a request of its own", async () => {
    const { emulator, post } = await start();
    await (await post()).text();
    const address = new URL("/__celuxe/journal", emulator.url);
    const view = await (await fetch(address)).json();
    expect(view).toMatchObject({
      open: 0,
      peakConcurrency: 1,
      requests: [{ number: 1, status: 200, path: "/v1/chat/completions" }],
    });
    expect(view.requests[0]).not.toHaveProperty("body");
    expect(view.requests[0]).not.toHaveProperty("headers");
    const full = await (await fetch(`${address}?bodies=true`)).json();
    expect(full.requests).toHaveLength(1);
    expect(full.requests[0].body).toEqual(QUESTION);
    expect(JSON.stringify(full)).not.toContain(emulator.apiKey);
  });
});

describe("CORS", () => {
  const headers = {
    origin: "https://app.test",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };

  it("off by default", async () => {
    const { emulator, post } = await start();
    expect((await post()).headers.get("access-control-allow-origin")).toBeNull();
    expect((await fetch(`${emulator.url}/chat/completions`, { method: "OPTIONS", headers })).status).toBe(401);
  });

  it("on: the preflight passes without a key, answers and errors can be read, also their rate-limit headers", async () => {
    const { emulator, post } = await start({ cors: true });
    const preflight = await fetch(`${emulator.url}/chat/completions`, { method: "OPTIONS", headers });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    for (const response of [
      await post(),
      await post({}),
      await post(QUESTION, { headers: {} }),
      await post(STREAMED),
    ]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-expose-headers")).toContain("retry-after");
      await response.text();
    }
    expect(emulator.journal.requests).toHaveLength(4);
  });
});
