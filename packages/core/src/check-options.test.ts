import { assert, constantFrom, nat, property, string, tuple, boolean } from "fast-check";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { createCanaryClient, rejection, startCanaryEmulator } from "../test/canary.ts";
import {
  type CallOptions,
  type CeluxeClientOptions,
  type ChatRequestBody,
  checkOptions,
  ConfigurationError,
  createCeluxeClient,
  type StreamOptions,
} from "./index.ts";

afterEach(() => vi.unstubAllEnvs());

const body: ChatRequestBody = { model: "deepseek-v3", messages: [{ role: "user", content: "Hello" }] };

function refusal(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (ConfigurationError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the nearest known name", () => {
  const known = { baseURL: "string", maxWaitMs: "number", stop: "array", n: "number", includeRaw: "boolean" };
  const options = { spellings: { stop: "until endwith", "Belongs elsewhere: into the body.": "temperature" } };
  test.each<[name: string, remedy: RegExp]>([
    ["baseUrl", /^There is no option baseUrl\. Did you mean baseURL\?$/],
    ["base_url", /mean baseURL\?/],
    ["BASE-URL", /mean baseURL\?/],
    ["baesURL", /mean baseURL\?/],
    ["baseUR", /mean baseURL\?/],
    ["bassseURL", /mean baseURL\?/],
    ["openaiBaseURL", /mean baseURL\?/],
    ["endpoint", /mean baseURL\?/],
    ["maxWait", /mean maxWaitMs\?/],
    ["stops", /mean stop\?/],
    ["end_with", /mean stop\?/],
    ["temperature", /option temperature\. Belongs elsewhere/],
    // Two edits of four letters could make anything.
    ["shop", /mean stop\?/],
    ["shot", /Known are baseURL, maxWaitMs, stop, n, includeRaw\./],
    ["m", /Known are/],
    ["", /Known are/],
    ["constructor", /Known are/],
    ["__proto__x", /Known are/],
  ])("%s", (name, remedy) => {
    const error = refusal(() => checkOptions({ [name]: 1 }, known, options));
    expect(error).toMatchObject({ field: name, message: expect.stringMatching(remedy) });
  });

  test("stands behind what the options are part of", () => {
    const error = refusal(() => checkOptions({ max_wait_ms: 1 }, known, { within: "rateLimit" }));
    expect(error.message).toBe("There is no option rateLimit.max_wait_ms. Did you mean rateLimit.maxWaitMs?");
    expect(error.field).toBe("rateLimit.max_wait_ms");
  });

  test("is all that counts where other options pass", () => {
    const options = { open: true, spellings: { stop: "until" } };
    expect(checkOptions({ callbacks: [], tags: ["a"], n: 2 }, known, options)).toEqual({
      callbacks: [],
      tags: ["a"],
      n: 2,
    });
    for (const name of ["baseUrl", "until", "maxWaitMS", "includeraw"]) {
      expect(refusal(() => checkOptions({ [name]: 1 }, known, options)).message).toContain("Did you mean");
    }
  });

  test("one slip of a long name is always found, and no name takes long", () => {
    const slip = tuple(nat(8), constantFrom("drop", "double", "swap"), boolean());
    assert(
      property(slip, ([at, kind, snake]) => {
        const letters = "maxWaitMs".split("");
        if (kind === "drop") letters.splice(at, 1);
        if (kind === "double") letters.splice(at, 0, letters[at]!);
        if (kind === "swap") letters.splice(at, 2, letters[at + 1] ?? "", letters[at]!);
        const name = letters.join("").replace(/[A-Z]/g, snake ? "_$&" : "$&");
        if (name === "maxWaitMs") return;
        expect(refusal(() => checkOptions({ [name]: 1 }, known)).message).toContain("mean maxWaitMs?");
      }),
    );
    assert(
      property(string({ minLength: 1, maxLength: 60 }), (name) => {
        if (Object.hasOwn(known, name) || name === "__proto__") return;
        expect(refusal(() => checkOptions({ [name]: 1 }, known)).message.length).toBeLessThan(200);
      }),
    );
    const began = performance.now();
    refusal(() => checkOptions({ ["a".repeat(1_000_000)]: 1 }, known));
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test("an error never shows what may be a key", () => {
  const key = "sk-live-0123456789abcdef0123456789";
  const shown = [
    { key },
    { apikey: key },
    { baseURL: [key] },
    { timeout: key },
    { rateLimit: key },
    { rateLimit: { limit: key } },
    { headers: { "x-key": [key] } },
    key,
    [key],
  ].map((options) => refusal(() => createCeluxeClient(options as CeluxeClientOptions)).message);
  expect(shown.join("\n")).not.toContain("sk-live");
});

describe("null counts as not given", () => {
  // What a form or a database gives for an empty field; the types know only undefined.
  const nothing = null as never;

  test("for every option of a client, at the top and nested", () => {
    vi.stubEnv("CELUXE_BASE_URL", "http://localhost:4010/v1");
    const nulls = {
      apiKey: nothing,
      baseURL: nothing,
      rateLimit: nothing,
      maxRetries: nothing,
      timeout: nothing,
      mergeDeltas: nothing,
      headers: nothing,
      fetch: nothing,
      onEvent: nothing,
      dangerouslyAllowBrowser: nothing,
    } satisfies Required<CeluxeClientOptions>;
    const expected = { baseURL: "http://localhost:4010/v1", maxRetries: 2, rateLimited: true };
    for (const options of [
      nulls,
      nothing,
      { rateLimit: { limit: nothing, windowMs: nothing, maxWaitMs: nothing, store: nothing } },
      { timeout: { headersMs: nothing, idleMs: nothing, progressMs: nothing, totalMs: nothing } },
      // A name that is not given is not looked at.
      { baseUrl: null, rate_limit: undefined } as object,
    ]) {
      expect(createCeluxeClient(options).config).toEqual(expected);
    }
    vi.stubEnv("CELUXE_BASE_URL", undefined);
    expect(createCeluxeClient(nulls).config.baseURL).toBe("https://api.celuxe.shop/v1");
  });

  test("for every option of a call", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator, {
      rateLimit: null as never,
      headers: { "x-empty": nothing },
      timeout: nothing,
    });
    const options = { signal: nothing, headers: nothing, maxAttempts: nothing } satisfies CallOptions;
    expect((await client.chat(body, options)).text).not.toBe("");
    expect((await client.chat(body, nothing)).text).not.toBe("");
    await (await client.streamChat(body, { ...options, includeRaw: nothing })).cancel();
    expect(await client.listModels({ ...options, refresh: nothing })).not.toHaveLength(0);
    expect(emulator.journal.requests.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe("options of a call are checked too, before anything is sent", () => {
  test.each<[options: unknown, field: string, remedy: RegExp]>([
    [{ abortsignal: new AbortController().signal }, "abortsignal", /mean signal\?/],
    [{ signal: new AbortController() }, "signal", /AbortSignal/],
    [{ signal: true }, "signal", /must be object, not true/],
    [new AbortController().signal, "aborted", /Known are signal/],
    [{ header: {} }, "header", /mean headers\?/],
    [{ headers: [["x-team", "search"]] }, "headers", /plain object/],
    [{ headers: { "x-count": 5 } }, "headers", /headers\.x-count must be string, not 5/],
    [{ max_attempts: 1 }, "max_attempts", /mean maxAttempts\?/],
    [{ temperature: 0 }, "temperature", /Known are/],
    [{ priority: "high" }, "priority", /"interactive" or "batch", not "high"/],
    ["interactive", "options", /must be an object/],
  ])("%j", async (options, field, remedy) => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    for (const call of [
      client.chat(body, options as CallOptions),
      client.streamChat(body, options as CallOptions),
      client.listModels(options as CallOptions),
    ]) {
      expect(await rejection(call)).toMatchObject({
        name: "ConfigurationError",
        field,
        message: expect.stringMatching(remedy),
      });
    }
    expect(emulator.journal.requests).toHaveLength(0);
  });

  test("each method knows its own", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    const errors = [
      await rejection(client.chat(body, { includeRaw: true } as CallOptions)),
      await rejection(client.streamChat(body, { includeRaw: "yes" } as unknown as StreamOptions)),
      await rejection(client.streamChat(body, { include_raw: true } as CallOptions)),
      await rejection(client.listModels({ refresh: 1 } as unknown as CallOptions)),
      await rejection(client.listModels({ refrehs: true } as CallOptions)),
    ];
    expect(errors.map((error) => (error as ConfigurationError).field)).toEqual([
      "includeRaw",
      "includeRaw",
      "include_raw",
      "refresh",
      "refrehs",
    ]);
    expect(emulator.journal.requests).toHaveLength(0);
  });
});

test("options that are inherited or read by a getter count as their own do", () => {
  class Settings {
    get baseURL() {
      return "http://localhost:1/v1";
    }
  }
  expect(createCeluxeClient(new Settings()).config.baseURL).toBe("http://localhost:1/v1");
  const inherited = Object.create({ baseUrl: "http://localhost:1/v1" }) as CeluxeClientOptions;
  expect(refusal(() => createCeluxeClient(inherited)).field).toBe("baseUrl");
});

test("the types refuse what is misspelt", () => {
  // @ts-expect-error: baseURL
  const spelling: CeluxeClientOptions = { baseUrl: "http://localhost:1/v1" };
  // @ts-expect-error: maxWaitMs
  const nested: CeluxeClientOptions = { rateLimit: { max_wait_ms: 1 } };
  // @ts-expect-error: totalMs
  const bounds: CeluxeClientOptions = { timeout: { total: 1 } };
  // @ts-expect-error: a number
  const text: CeluxeClientOptions = { timeout: "10" };
  // @ts-expect-error: fields of the request belong into the body
  const call: CallOptions = { temperature: 0 };
  expect([spelling, nested, bounds, text, call]).toHaveLength(5);
  expectTypeOf(checkOptions<{ name?: string }>).returns.toEqualTypeOf<{ name?: string }>();
});
