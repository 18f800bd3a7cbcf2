import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createEmulator, type Fault, type RunningEmulator, startEmulator } from "../index.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "What is the capital of France?" }] };
const STREAMED = { ...QUESTION, stream: true };

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
afterEach(() => {
  emulator.faults.clear();
  emulator.journal.clear();
});

function post(body: unknown = STREAMED, init: RequestInit = {}) {
  return fetch(`${emulator.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify(body),
    ...init,
  });
}

/** The wire as a plain socket sees it: the reads, and how the connection ended by `readMs` after the first of them. */
function overSocket(body: unknown, { readMs = 10_000 } = {}) {
  const { hostname, port, pathname } = new URL(`${emulator.url}/chat/completions`);
  const json = JSON.stringify(body);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    `authorization: Bearer ${emulator.apiKey}`,
    `content-length: ${Buffer.byteLength(json)}`,
    "connection: close",
  ];
  return new Promise<{ reads: string[]; end: "end" | "reset" | "open" }>((resolve) => {
    const reads: string[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join("\r\n")}\r\n\r\n${json}`));
    socket.setNoDelay().setEncoding("latin1");
    const finish = (end: "end" | "reset" | "open") => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ reads, end });
    };
    let timer: NodeJS.Timeout | undefined;
    socket.on("data", (data: string) => {
      reads.push(data);
      timer ??= setTimeout(() => finish("open"), readMs);
    });
    socket.on("end", () => finish("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code === "ECONNRESET" ? "reset" : "end"));
  });
}

/** The data of the events in a stream's text; the last one may be cut. */
function eventsOf(text: string): string[] {
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice("data: ".length));
}

/** Everything that came until the end, and whether that was an end or a failure. */
async function readAll(response: Response) {
  const decoder = new TextDecoder();
  const body: ReadableStream<Uint8Array> | null = response.body;
  let text = "";
  try {
    for await (const bytes of body ?? []) text += decoder.decode(bytes, { stream: true });
    return { text, failure: undefined };
  } catch (error) {
    return { text, failure: error };
  }
}

describe("faults that replace the answer", () => {
  it.each([408, 418, 502, 529])("status %i, with an error of its own", async (status) => {
    emulator.faults.add({ fault: { type: "status", status } });
    const response = await post();
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: expect.objectContaining({ message: expect.stringContaining(String(status)) }),
    });
  });

  it("a status with any body and headers", async () => {
    const fault: Fault = {
      type: "status",
      status: 429,
      body: "slow down",
      headers: { "Retry-After": "7", "Content-Type": "text/x" },
    };
    emulator.faults.add({ fault });
    const response = await post();
    expect([response.status, response.headers.get("retry-after"), response.headers.get("content-type")]).toEqual([
      429,
      "7",
      "text/x",
    ]);
    expect(await response.text()).toBe("slow down");
  });

  it("a status with no body at all", async () => {
    emulator.faults.add({ fault: { type: "status", status: 503, body: "" } });
    const response = await post();
    expect([response.status, await response.text()]).toEqual([503, ""]);
  });

  it("a page of HTML with status 200", async () => {
    emulator.faults.add({ fault: { type: "html" } });
    const response = await post();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it("an error with status 200", async () => {
    emulator.faults.add({ fault: { type: "error-200", error: { message: "no", code: 429 } } });
    const response = await post();
    expect([response.status, await response.json()]).toEqual([200, { error: { message: "no", code: 429 } }]);
  });

  it("an error page of 3 MiB", async () => {
    emulator.faults.add({ fault: { type: "huge-error" } });
    const response = await post();
    expect(response.status).toBe(502);
    expect((await response.text()).length).toBeGreaterThanOrEqual(3 * 1024 * 1024);
  });

  it("a redirect to another origin", async () => {
    emulator.faults.add({ fault: { type: "redirect", location: "http://other.test/v1/chat/completions" } });
    const response = await post(QUESTION, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([307, "http://other.test/v1/chat/completions"]);
  });

  it("only keep-alive comments, for ever", async () => {
    emulator.faults.add({ fault: { type: "comments", everyMs: 20 } });
    const { reads, end } = await overSocket(STREAMED, { readMs: 400 });
    const text = reads.join("");
    expect(end).toBe("open");
    expect(text.split(": keep-alive\n\n").length).toBeGreaterThan(3);
    expect(text).not.toContain("data:");
  });

  it("needs no key and does not count against a rate limit", async () => {
    const limited = createEmulator({
      rateLimit: { plan: { limit: 1, windowMs: 60_000 } },
      faults: [{ times: 3, fault: { type: "html" } }],
    });
    const models = (key: string) =>
      limited.fetch("http://x/v1/models", { headers: { authorization: `Bearer ${key}` } });
    const statuses = [];
    for (const key of ["none", "none", "none", limited.apiKey, limited.apiKey])
      statuses.push((await models(key)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
  });
});

describe("raw scripted chunks: the wire exactly as written", () => {
  it("strings, bytes and events, byte for byte", async () => {
    const fault: Fault = {
      type: "script",
      status: 201,
      headers: { "content-type": "text/plain", "x-extra": "yes" },
      chunks: [
        "\uFEFFdata: a\r\n",
        Uint8Array.of(0xff, 0x00, 0x0a),
        { data: { choices: [] } },
        { data: "[DONE]" },
        ": end",
      ],
    };
    emulator.faults.add({ fault });
    const response = await post();
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-extra")]).toEqual([
      201,
      "text/plain",
      "yes",
    ]);
    const bytes = Buffer.from(await response.arrayBuffer());
    const expected = [
      Buffer.from("\uFEFFdata: a\r\n"),
      Buffer.of(0xff, 0, 0x0a),
      Buffer.from('data: {"choices":[]}\n\ndata: [DONE]\n\n: end'),
    ];
    expect(bytes.equals(Buffer.concat(expected))).toBe(true);
  });

  it("waits make writes of their own, and each ending is what it says", async () => {
    emulator.faults.add(
      { call: 1, fault: { type: "script", chunks: ["a", { waitMs: 30 }, "b"] } },
      { call: 2, fault: { type: "script", chunks: ["a"], end: "reset" } },
      { call: 3, fault: { type: "script", chunks: ["a"], end: "stay-open" } },
      { call: 4, fault: { type: "script", chunks: ["a", { end: "close" }, "never"] } },
    );
    const closed = await overSocket(STREAMED);
    expect(closed.end).toBe("end");
    expect(closed.reads.filter((read) => read.startsWith("1\r\nb\r\n"))).toHaveLength(1);
    expect(closed.reads.join("")).toMatch(/\r\na\r\n[^]*\r\nb\r\n0\r\n\r\n$/);
    expect((await overSocket(STREAMED)).end).toBe("reset");
    const open = await overSocket(STREAMED, { readMs: 200 });
    expect([open.end, open.reads.join("").endsWith("a\r\n")]).toEqual(["open", true]);
    expect((await overSocket(STREAMED)).reads.join("")).not.toContain("never");
  });

  it("made by a function when the request comes, lazily", async () => {
    let made = 0;
    emulator.faults.add({
      fault: {
        type: "script",
        *chunks(request) {
          for (const word of ["asked for ", (request.body as { model: string }).model]) {
            made++;
            yield word;
          }
        },
      },
    });
    expect(made).toBe(0);
    expect(await (await post()).text()).toBe("asked for gpt-4o");
    expect(made).toBe(2);
  });
});

describe("faults that change the answer", () => {
  it("a delayed head", async () => {
    emulator.faults.add({ fault: { type: "delay-head", ms: 120 } });
    await (await post()).text();
    const [entry] = emulator.journal.requests;
    expect((entry?.head ?? 0) - (entry?.start ?? 0)).toBeGreaterThanOrEqual(120);
  });

  it("a stall for ever after two chunks", async () => {
    emulator.faults.add({ fault: { type: "stall", afterChunks: 2 } });
    const { reads, end } = await overSocket(STREAMED, { readMs: 300 });
    expect(end).toBe("open");
    expect(reads.join("").match(/data: /g)).toHaveLength(2);
  });

  it("a stall with an end", async () => {
    emulator.faults.add({ fault: { type: "stall", afterChunks: 2, ms: 120 } });
    const { text } = await readAll(await post());
    expect(eventsOf(text).at(-1)).toBe("[DONE]");
    const [entry] = emulator.journal.requests;
    expect((entry?.end ?? 0) - (entry?.head ?? 0)).toBeGreaterThanOrEqual(120);
  });

  it("a reset after three chunks, on the wire a real one", async () => {
    emulator.faults.add({ fault: { type: "reset", afterChunks: 3 } });
    const { reads, end } = await overSocket(STREAMED);
    expect(end).toBe("reset");
    expect(reads.join("").match(/data: /g)).toHaveLength(3);
    const { text, failure } = await readAll(await post());
    expect(eventsOf(text)).toHaveLength(3);
    expect(failure).toMatchObject({ message: "terminated", cause: { code: "ECONNRESET" } });
  });

  it("a reset before the head", async () => {
    emulator.faults.add({ fault: { type: "reset", afterChunks: 0 } });
    await expect(post()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
    const [entry] = emulator.journal.requests;
    expect([entry?.status, entry?.bytes, entry?.clientGone]).toEqual([undefined, 0, undefined]);
  });

  it("the end without [DONE]", async () => {
    emulator.faults.add({ call: 1, fault: { type: "close" } }, { call: 2, fault: { type: "close", afterChunks: 2 } });
    const whole = eventsOf(await (await post()).text());
    expect(whole.at(-1)).toContain('"finish_reason":"stop"');
    const cut = eventsOf(await (await post()).text());
    expect(cut).toHaveLength(2);
  });

  it("[DONE] without a finish reason", async () => {
    emulator.faults.add(
      { call: 1, fault: { type: "done-without-finish" } },
      { call: 2, fault: { type: "done-without-finish", afterChunks: 2 } },
    );
    for (const count of [9, 3]) {
      const events = eventsOf(await (await post()).text());
      expect(events).toHaveLength(count);
      expect(events.at(-1)).toBe("[DONE]");
      expect(events.join("")).not.toContain('"finish_reason":"');
    }
  });

  it("an error in the stream: first, later, with [DONE], and going on", async () => {
    emulator.faults.add(
      { call: 1, fault: { type: "in-band-error" } },
      { call: 2, fault: { type: "in-band-error", afterChunks: 2, error: "boom" } },
      { call: 3, fault: { type: "in-band-error", afterChunks: 2, error: { code: 429 }, end: "done" } },
      { call: 4, fault: { type: "in-band-error", afterChunks: 2, end: "go-on" } },
    );
    const streams = [];
    for (let call = 1; call <= 4; call++) streams.push(eventsOf(await (await post()).text()));
    const [first, later, done, goingOn] = streams;
    expect(first).toEqual([expect.stringContaining('{"error":{"message":"Internal server error"')]);
    expect(later?.slice(2)).toEqual(['{"error":"boom"}']);
    expect(done?.slice(2)).toEqual(['{"error":{"code":429}}', "[DONE]"]);
    expect(goingOn).toHaveLength(11);
  });

  it("a malformed line between good ones", async () => {
    emulator.faults.add({ fault: { type: "malformed-line", afterChunks: 2 } });
    const events = eventsOf(await (await post()).text());
    const broken = events.map((event) => event !== "[DONE]" && !isJson(event));
    expect(broken.indexOf(true)).toBe(2);
    expect(broken.filter(Boolean)).toHaveLength(1);
  });

  it("an oversized line", async () => {
    emulator.faults.add({ fault: { type: "oversized-line", bytes: 100_000 } });
    const events = (await (await post()).text()).split("\n\n");
    expect(events.map((event) => event.length + 2).filter((length) => length > 1000)).toEqual([100_000]);
    expect(events.slice(0, -2).every((event) => isJson(event.slice("data: ".length)))).toBe(true);
  });

  it("every byte a write of its own", async () => {
    emulator.faults.add({ fault: { type: "split-bytes" } });
    const { reads } = await overSocket({ ...STREAMED, stream: true });
    const body = reads.join("").split("\r\n\r\n").slice(1).join("\r\n\r\n");
    // Chunked transfer: each write is a chunk, here of one byte.
    expect(body).toMatch(/^(?:1\r\n[^]\r\n)+0\r\n\r\n$/);
    expect(eventsOf(await (await post()).text()).at(-1)).toBe("[DONE]");
  });

  it("a slow end after [DONE]", async () => {
    emulator.faults.add({ fault: { type: "slow-end", ms: 150 } });
    const response = await post();
    let doneAt = 0;
    const decoder = new TextDecoder();
    const body: ReadableStream<Uint8Array> | null = response.body;
    for await (const bytes of body ?? []) if (decoder.decode(bytes).includes("[DONE]")) doneAt = performance.now();
    expect(performance.now() - doneAt).toBeGreaterThan(75);
  });

  it("an answer that is no stream can be cut, stalled and reset as well", async () => {
    emulator.faults.add(
      { call: 1, fault: { type: "close", afterChunks: 2 } },
      { call: 2, fault: { type: "reset", afterChunks: 2 } },
      { call: 3, fault: { type: "split-bytes" } },
    );
    expect((await (await post(QUESTION)).text()).length).toBe(64);
    const { text, failure } = await readAll(await post(QUESTION));
    expect(text.length).toBe(64);
    expect(failure).toMatchObject({ cause: { code: "ECONNRESET" } });
    expect(await (await post(QUESTION)).json()).toMatchObject({ object: "chat.completion" });
  });

  it("the answer is otherwise that of the request: a refused one stays refused", async () => {
    emulator.faults.add({ fault: { type: "delay-head", ms: 1 } });
    expect((await post({ model: "gpt-4o" })).status).toBe(400);
  });
});

describe("faults that cannot be played", () => {
  it("a script that throws, or what HTTP does not know, is told to the test's author", async () => {
    emulator.faults.add(
      {
        call: 1,
        fault: {
          type: "script",
          *chunks() {
            yield "a";
            throw new Error("oops");
          },
        },
      },
      { call: 2, fault: { type: "status", status: 99 } },
      { call: 3, fault: { type: "status", status: 500, headers: { "bad name": "x" } } },
    );
    const { text, failure } = await readAll(await post());
    expect(text).toMatch(/^adata: \{"error":\{"message":"The emulator failed: Error: oops"/);
    expect(failure).toMatchObject({ cause: { code: "ECONNRESET" } });
    for (const call of ["status 99", "a bad header"]) {
      const response = await post();
      expect([call, response.status]).toEqual([call, 500]);
      expect(await response.json()).toMatchObject({ error: { code: "emulator_failed" } });
    }
    await emulator.journal.idle();
  });

  it("statuses and methods without a body end at once", async () => {
    for (const status of [204, 304]) {
      emulator.faults.clear();
      emulator.faults.add({ fault: { type: "status", status } });
      const response = await post();
      expect([response.status, await response.text()]).toEqual([status, ""]);
    }
    emulator.faults.clear();
    const headers = { authorization: `Bearer ${emulator.apiKey}` };
    expect((await fetch(`${emulator.url}/models`, { method: "HEAD", headers })).status).toBe(200);
    await emulator.journal.idle();
  });
});

describe("without a socket", () => {
  it("resets are failures like those of fetch", async () => {
    const {
      fetch: send,
      apiKey,
      faults,
    } = createEmulator({ faults: [{ call: 1, fault: { type: "reset", afterChunks: 0 } }] });
    const init = { method: "POST", headers: { authorization: `Bearer ${apiKey}` }, body: JSON.stringify(STREAMED) };
    await expect(send("http://x/v1/chat/completions", init)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
    faults.add({ fault: { type: "reset", afterChunks: 3 } });
    const { text, failure } = await readAll(await send("http://x/v1/chat/completions", init));
    expect(eventsOf(text)).toHaveLength(3);
    expect(failure).toMatchObject({ message: "terminated", cause: { code: "ECONNRESET" } });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
