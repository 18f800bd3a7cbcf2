import type { Fault } from "@celuxe/emulator";
import { afterEach, describe, expect, test, vi } from "vitest";
import { canaryKey, collect, createCanaryClient, look, rejection, startCanaryEmulator } from "../test/canary.ts";
import { type APIError, type CeluxeClientOptions, createCeluxeClient } from "./index.ts";

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

afterEach(() => void vi.unstubAllEnvs());

describe("the key is trimmed and checked before a header is built", () => {
  test("spaces and line ends around it, as files and shells leave them, do no harm", async () => {
    await using emulator = await startCanaryEmulator();
    for (const apiKey of [`${canaryKey}\n`, ` ${canaryKey}\r\n`, () => `\t${canaryKey} `]) {
      await createCanaryClient(emulator, { apiKey }).chat(body);
    }
    vi.stubEnv("CELUXE_API_KEY", `${canaryKey}\r\n`);
    await createCanaryClient(emulator, { apiKey: undefined }).chat(body);
    expect(emulator.journal.requests.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  const [head, tail] = [canaryKey.slice(0, 10), canaryKey.slice(10)];
  test.each<[string, unknown, RegExp]>([
    ["CR and LF inside", `${head}\r\n${tail}`, /malformed.*line break.*Copy it again/],
    ["a header injected", `${canaryKey}\r\nx-admin: 1`, /malformed/],
    ["a space inside", `${head} ${tail}`, /malformed/],
    ["a letter outside ASCII", `${canaryKey}é`, /malformed/],
    ["a zero byte", `${canaryKey}\0`, /malformed/],
    ["a key in quotes", `"${canaryKey}"`, /in quotes: set the key alone/],
    ["a key in single quotes", `'${canaryKey}'`, /in quotes: set the key alone/],
    ["what a header would hold", `Bearer ${canaryKey}`, /begins with "Bearer ": set the key alone/],
    ["blank", "  \n", /blank/],
    ["empty", "", /gave none/],
    ["a number", 7, /must be a string.*number/],
    ["an object", { key: canaryKey }, /must be a string.*object/],
  ])("%s is refused in words that do not hold it", async (_, apiKey, message) => {
    await using emulator = await startCanaryEmulator();
    for (const option of [apiKey, () => apiKey]) {
      const client = createCanaryClient(emulator, { apiKey: option as CeluxeClientOptions["apiKey"] });
      for (const call of [() => client.chat(body), () => client.streamChat(body), () => client.listModels()]) {
        const error = await rejection(call());
        expect(error).toMatchObject({ name: "ConfigurationError", field: "apiKey" });
        expect(error).toHaveProperty("message", expect.stringMatching(message));
      }
    }
    expect(emulator.journal.requests).toHaveLength(0);
  });

  test("a key function that gives null gave none; a key that is null is not given, so that the environment counts", async () => {
    await using emulator = await startCanaryEmulator();
    const none = await rejection(createCanaryClient(emulator, { apiKey: () => null as unknown as string }).chat(body));
    expect(none).toMatchObject({ name: "ConfigurationError", message: expect.stringMatching(/function gave none/) });
    vi.stubEnv("CELUXE_API_KEY", canaryKey);
    await createCanaryClient(emulator, { apiKey: null as unknown as string }).chat(body);
    expect(emulator.journal.requests).toMatchObject([{ status: 200 }]);
  });

  test("a malformed key of the environment is refused as well, and only at the first request", async () => {
    vi.stubEnv("CELUXE_API_KEY", `${head}\r\n${tail}`);
    const client = createCanaryClient({ url: "http://127.0.0.1:1/v1" }, { apiKey: undefined });
    const error = await rejection(client.chat(body));
    expect(error).toHaveProperty("message", expect.stringMatching(/environment variable CELUXE_API_KEY is malformed/));
  });
});

describe("what a server echoes of the key is redacted", () => {
  // The search for the key is canary.ts's, after each test; a test here only has to provoke.
  const echo = `Incorrect API key provided: ${canaryKey}.`;
  const faults: [string, Fault][] = [
    ["in the message", { type: "status", status: 401, body: { error: { message: echo } } }],
    [
      "in type and code",
      { type: "status", status: 403, body: { error: { message: "no", type: canaryKey, code: canaryKey } } },
    ],
    ["in a text", { type: "status", status: 500, body: echo }],
    ["in a page", { type: "status", status: 502, body: `<html><body><p>${echo}</p></body></html>` }],
    [
      "in headers",
      { type: "status", status: 429, headers: { "x-key": canaryKey, "www-authenticate": `Bearer ${canaryKey}` } },
    ],
    ["in the request id", { type: "status", status: 500, headers: { "x-request-id": canaryKey } }],
    ["in a redirect", { type: "redirect", location: `https://${canaryKey}.test/?key=${canaryKey}` }],
    ["in a relative redirect", { type: "redirect", location: `/${canaryKey}` }],
    [
      "in the content type",
      { type: "script", headers: { "content-type": `text/html; key=${canaryKey}` }, chunks: ["<p>hi"] },
    ],
    ["in an answer of another kind", { type: "script", headers: { "content-type": "text/html" }, chunks: [echo] }],
    [
      "in JSON of another shape",
      { type: "script", headers: { "content-type": "application/json" }, chunks: [JSON.stringify({ echo })] },
    ],
    ["in an error with status 200", { type: "error-200", error: { message: echo, code: canaryKey } }],
    ["in an error inside a stream", { type: "in-band-error", error: { message: echo, code: 400 } }],
    ["in an error inside a stream, later", { type: "in-band-error", afterChunks: 3, error: echo }],
    [
      "in a line that is not JSON",
      { type: "script", chunks: [`data: {"choices":[{"delta":{"content":"a"}}]}\n\n`, `data: ${echo}\n\n`] },
    ],
    [
      "in the headers of an answer",
      {
        type: "script",
        headers: { "x-request-id": canaryKey, "x-echo": echo },
        chunks: [`data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n`],
      },
    ],
  ];
  test.each(faults)("%s", async (_, fault) => {
    await using emulator = await startCanaryEmulator({ faults: [{ fault }] });
    const client = createCanaryClient(emulator, { maxRetries: 0, rateLimit: { maxWaitMs: 0 } });
    await client.chat(body).catch(() => {});
    await client
      .streamChat(body)
      .then(collect)
      .catch(() => {});
    await client.listModels().catch(() => {});
    expect(emulator.journal.requests.length).toBeGreaterThan(0);
  });

  test("also where an excerpt would cut it in half", async () => {
    for (let before = 150; before < 210; before += 7) {
      const page = `${"x ".repeat(before / 2)}${canaryKey} and so on ${"y ".repeat(200)}`;
      await using emulator = await startCanaryEmulator({
        faults: [{ fault: { type: "status", status: 400, body: page } }],
      });
      const error = await rejection(createCanaryClient(emulator).chat(body));
      expect(String(error)).not.toContain(canaryKey.slice(0, 8));
    }
  });

  test("also as JSON and as part of a URL", async () => {
    const odd = `${canaryKey}"\\/+&=%`;
    const forms = [odd, JSON.stringify(odd), encodeURIComponent(odd)];
    await using emulator = await startCanaryEmulator({
      faults: [{ fault: { type: "status", status: 400, body: forms.join(" ") } }],
    });
    const error = await rejection(createCanaryClient(emulator, { apiKey: odd }).chat(body));
    expect(String(error)).toContain('[redacted] "[redacted] [redacted]');
  });
});

describe("a part of the key, and a key that is escaped, are redacted as well", () => {
  /** What must not be seen: enough letters to tell whose key it is. */
  const part = canaryKey.slice(0, 8);
  const slash = `${canaryKey}/a&b-c`;
  const unicode = (text: string, upper = false) =>
    Array.from(text, (letter) => {
      const hex = letter.charCodeAt(0).toString(16).padStart(4, "0");
      return `\\u${upper ? hex.toUpperCase() : hex}`;
    }).join("");

  test.each<[string, string]>([
    ["all but three letters", canaryKey.slice(0, -3)],
    ["its first eight letters", canaryKey.slice(0, 8)],
    ["half of it, escaped", unicode(canaryKey).slice(0, 70)],
    ["half a sign of it", `${canaryKey.slice(0, 12)}\\u00`],
  ])(
    "a body that breaks off behind %s",
    async (_, cut) => {
      for (const end of ["reset", "close", "stay-open"] as const) {
        const chunks = [`{"error":{"message":"Incorrect API key: ${cut}`, { waitMs: 30 }];
        await using emulator = await startCanaryEmulator({
          faults: [{ fault: { type: "script", status: 401, chunks, end } }],
        });
        const client = createCanaryClient(emulator, { maxRetries: 0 });
        const error = await rejection(client.chat(body));
        expect(error).toMatchObject({ status: 401, body: '{"error":{"message":"Incorrect API key: [redacted]' });
        expect(`${String(error)} ${(error as Error).stack}`).not.toContain(part);
      }
    },
    30_000,
  );

  test("a page that is read no further than 4 KiB", async () => {
    const page = (before: number) => `${"x".repeat(before - 1)} ${canaryKey}`;
    for (const cut of [10, 20, 30]) {
      const [first, rest] = [page(4096 - cut).slice(0, 4096), `${canaryKey.slice(cut)} and so on`];
      const chunks = [first, { waitMs: 50 }, rest.repeat(50)];
      await using emulator = await startCanaryEmulator({
        faults: [{ fault: { type: "script", status: 502, chunks } }],
      });
      const error = (await rejection(createCanaryClient(emulator, { maxRetries: 0 }).chat(body))) as APIError;
      expect(error.body).not.toContain(part);
      expect(error.body).toContain("[redacted]");
    }
  });

  test.each<[string, string]>([
    ["slashes", JSON.stringify({ key: slash }).replaceAll("/", "\\/")],
    ["an ampersand and a hyphen", JSON.stringify({ key: slash }).replaceAll("&", "\\u0026").replaceAll("-", "\\u002d")],
    ["every letter, in capitals", `{"key":"${unicode(slash, true)}"}`],
    ["JSON inside JSON", JSON.stringify({ detail: JSON.stringify({ key: slash }).replaceAll("/", "\\/") })],
    ["a URL inside a URL", `?next=${encodeURIComponent(`?key=${encodeURIComponent(slash)}`)} `],
    ["a page", `<p>${slash.replace("&", "&amp;")}</p>`],
  ])("%s", async (_, text) => {
    await using emulator = await startCanaryEmulator({
      faults: [{ fault: { type: "script", status: 400, chunks: [text] } }],
    });
    const error = (await rejection(createCanaryClient(emulator, { apiKey: slash }).chat(body))) as APIError;
    expect(error.body).toContain("[redacted]");
    expect(error.body).not.toMatch(/canary|u0063|\/a|&b|26b/i);
  });

  test("the rest of a body stays as it is", async () => {
    const text = `{"error":{"message":"No ${canaryKey}, sir.","type":"x"},"sk":"sk-other"}`;
    await using emulator = await startCanaryEmulator({
      faults: [{ fault: { type: "script", status: 400, chunks: [text] } }],
    });
    const error = await rejection(createCanaryClient(emulator).chat(body));
    expect(error).toMatchObject({ body: text.replace(canaryKey, "[redacted]"), type: "x" });
  });

  test("no text and no key makes it slow", async () => {
    const texts = [canaryKey.slice(0, 8), "\\", "\\\\s", "%25", "&#x", `${canaryKey}\\"`].map((text) =>
      text.repeat(30_000 / text.length),
    );
    const keys = [canaryKey, `sk-${"a".repeat(9_000)}`, `sk-${"\\".repeat(60)}`, "a".repeat(60)];
    const began = performance.now();
    for (const apiKey of keys) {
      for (const text of [...texts, apiKey, apiKey.slice(0, -1)]) {
        await using emulator = await startCanaryEmulator({
          faults: [{ fault: { type: "status", status: 400, body: { text } } }],
        });
        const error = await rejection(createCeluxeClient({ apiKey, baseURL: emulator.url }).chat(body));
        expect(error).toMatchObject({ name: "BadRequestError" });
      }
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 30_000);
});

describe("what fetch throws is kept as text alone, redacted", () => {
  test.each<[string, () => unknown]>([
    ["an error that names the header", () => new TypeError(`Invalid header value: "Bearer ${canaryKey}"`)],
    [
      "an error that carries the request",
      () => Object.assign(new Error("no"), { config: { headers: { authorization: canaryKey } } }),
    ],
    [
      "causes",
      () =>
        new TypeError("fetch failed", {
          cause: new Error(canaryKey, { cause: Object.assign(new Error("x"), { code: canaryKey }) }),
        }),
    ],
    ["several errors", () => new AggregateError([new Error(canaryKey)], `all failed: ${canaryKey}`)],
    ["a text", () => `Bearer ${canaryKey}`],
    ["an object", () => ({ message: canaryKey, request: { key: canaryKey } })],
    ["an error with the key for a name", () => Object.assign(new Error("x"), { name: canaryKey, stack: canaryKey })],
    ["nothing", () => undefined],
  ])("%s", async (_, make) => {
    const client = createCanaryClient(
      { url: "https://api.test/v1" },
      {
        maxRetries: 0,
        fetch: async () => {
          // oxlint-disable-next-line only-throw-error -- a fetch of somebody else throws what it likes
          throw make();
        },
      },
    );
    for (const call of [() => client.chat(body), () => client.streamChat(body)]) {
      const error = await rejection(call());
      expect(error).toMatchObject({ name: "ConnectionError", cause: expect.any(Error) });
      expect(error).toHaveProperty("message", expect.stringMatching(/Could not reach Celuxe at https:\/\/api\.test/));
    }
  });

  test("also in the middle of a body", async () => {
    const client = createCanaryClient(
      { url: "https://api.test/v1" },
      {
        maxRetries: 0,
        fetch: async () =>
          new Response(new ReadableStream({ pull: (controller) => controller.error(new Error(`lost ${canaryKey}`)) }), {
            headers: { "content-type": "application/json" },
          }),
      },
    );
    expect(await rejection(client.chat(body))).toMatchObject({ name: "ConnectionError" });
    expect(await rejection(client.streamChat(body).then(collect))).toMatchObject({ name: "ConnectionError" });
  });
});

test("neither the client nor the shared budgets of the process show the key", async () => {
  await using emulator = await startCanaryEmulator();
  const client = createCanaryClient(emulator);
  await client.chat(body);
  look("client", client);
  look("budgets", (globalThis as Record<symbol, unknown>)[Symbol.for("celuxe.rate-limits.v1")]);
  expect(JSON.stringify(client)).not.toContain("sk-");
});

test("the request body is never put into an error", async () => {
  const prompt = "the moon is made of cheese";
  const faults: Fault[] = [
    { type: "status", status: 400 },
    { type: "status", status: 500, body: "" },
    { type: "html" },
    { type: "reset", afterChunks: 0 },
    { type: "reset", afterChunks: 2 },
    { type: "close", afterChunks: 2 },
    { type: "malformed-line" },
  ];
  for (const fault of faults) {
    await using emulator = await startCanaryEmulator({ replies: [{ reply: { text: "no" } }], faults: [{ fault }] });
    const client = createCanaryClient(emulator, { maxRetries: 0 });
    const error = await rejection(
      client.streamChat({ ...body, messages: [{ role: "user", content: prompt }] }).then(collect),
    );
    expect(JSON.stringify([error, String((error as Error).stack), String((error as Error).cause)])).not.toContain(
      "cheese",
    );
  }
});
