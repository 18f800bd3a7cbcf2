import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { canaryKey, createCanaryClient, look, rejection, startCanaryEmulator } from "../test/canary.ts";
import { createCeluxeClient } from "./index.ts";

// Where requests go, what they carry beside the key, and from where the key may be sent at all.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("headers", () => {
  test.each(["authorization", "Authorization", "AUTHORIZATION"])(
    "%s cannot be set, neither for a client nor for a call",
    async (name) => {
      expect(() => createCeluxeClient({ headers: { [name]: "Bearer other" } })).toThrow(/authorization.*apiKey/);
      await using emulator = await startCanaryEmulator();
      const client = createCanaryClient(emulator);
      const error = await rejection(client.chat(body, { headers: { [name]: "Bearer other" } }));
      expect(error).toMatchObject({ name: "ConfigurationError", field: "headers" });
      expect(emulator.journal.requests).toHaveLength(0);
    },
  );

  test("those of the call win over those of the client; undefined leaves them as they are", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator, {
      headers: { "X-Team": "search", "x-user": "a", "x-none": undefined },
    });
    await client.chat(body, { headers: { "x-user": "b", "x-team": undefined } });
    const { headers } = emulator.journal.requests[0]!;
    expect(headers).toMatchObject({ "x-team": "search", "x-user": "b", "content-type": "application/json" });
    expect(headers).not.toHaveProperty("x-none");
  });

  test.each<[string, unknown]>([
    ["a line break in a value", { "x-a": `1\r\nx-b: ${canaryKey}` }],
    ["a letter outside Latin-1", { "x-a": `☃ ${canaryKey}` }],
    ["a space in a name", { "x a": canaryKey }],
  ])("%s is refused without naming the value, and is no lost connection", async (_, headers) => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    const error = await rejection(client.chat(body, { headers: headers as Record<string, string> }));
    expect(error).toMatchObject({ name: "ConfigurationError", field: "headers" });
    expect(error).toHaveProperty("message", expect.stringMatching(/The header "x.a" cannot be sent/));
  });

  test.each([
    "content-length",
    "Transfer-Encoding",
    "expect",
    "keep-alive",
    "upgrade",
    "te",
    "proxy-connection",
    "http2-settings",
  ])("%s belongs to the connection, and is refused by its name", async (name) => {
    await using emulator = await startCanaryEmulator();
    const error = await rejection(createCanaryClient(emulator).chat(body, { headers: { [name]: "1" } }));
    expect(error).toMatchObject({
      name: "ConfigurationError",
      field: "headers",
      message: expect.stringContaining(`"${name.toLowerCase()}" cannot be set`),
    });
    expect(emulator.journal.requests).toHaveLength(0);
  });

  test("a Headers object would lose its entries without a word, so it is refused", () => {
    const headers = new Headers({ "x-a": "1" }) as unknown as Record<string, string>;
    expect(() => createCeluxeClient({ headers })).toThrow(/headers must be a plain object/);
  });
});

describe("the base URL", () => {
  const urlOf = (input: string | URL | Request) => (input instanceof Request ? input.url : input.toString());

  test.each([
    ["https://api.test/v1", "https://api.test/v1/models"],
    ["https://api.test/v1/", "https://api.test/v1/models"],
    ["https://api.test/v1//", "https://api.test/v1/models"],
    ["https://api.test", "https://api.test/models"],
    ["https://api.test:8443/a/b", "https://api.test:8443/a/b/models"],
    ["https://api.test/v1?tenant=a%20b", "https://api.test/v1/models?tenant=a%20b"],
    ["https://api.test//evil.test", "https://api.test//evil.test/models"],
    ["https://api.test/v1/../v2", "https://api.test/v2/models"],
    [" https://api.test/v1 ", "https://api.test/v1/models"],
  ])("%s: requests go to %s", async (baseURL, url) => {
    let requested = "";
    const client = createCeluxeClient({
      apiKey: "sk-test",
      baseURL,
      fetch: async (input) => {
        requested = urlOf(input);
        return Response.json([]);
      },
    });
    await client.listModels();
    expect(requested).toBe(url);
    expect(new URL(requested).origin).toBe(new URL(baseURL).origin);
  });

  test("comes from CELUXE_BASE_URL where no option is set, and is the documented one without either", async () => {
    const requested: string[] = [];
    const fetch = async (input: string | URL | Request) => {
      requested.push(urlOf(input));
      return Response.json([]);
    };
    await createCeluxeClient({ apiKey: "sk-test", fetch }).listModels();
    vi.stubEnv("CELUXE_BASE_URL", "https://env.test/v1");
    await createCeluxeClient({ apiKey: "sk-test", fetch }).listModels();
    await createCeluxeClient({ apiKey: "sk-test", baseURL: "https://option.test/v1", fetch }).listModels();
    expect(requested).toEqual([
      "https://api.celuxe.shop/v1/models",
      "https://env.test/v1/models",
      "https://option.test/v1/models",
    ]);
  });

  test.each([
    ["not a URL", "api.celuxe.shop", /is not a URL.*https:\/\/api\.celuxe\.shop\/v1/],
    ["empty", "", /is not a URL/],
    ["another protocol", "file:///etc/passwd", /http\(s\)/],
    ["a password", `https://user:${canaryKey}@api.test/v1`, /without a user name and password/],
  ])("%s is refused without repeating it", (_, baseURL, message) => {
    let error: unknown;
    try {
      createCeluxeClient({ baseURL });
    } catch (thrown) {
      error = thrown;
    }
    look("baseURL error", error);
    expect(error).toMatchObject({
      name: "ConfigurationError",
      field: "baseURL",
      message: expect.stringMatching(message),
    });
  });

  test("http:// to another machine warns once; to this machine it does not", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const host of ["localhost", "app.localhost", "127.0.0.1", "127.8.8.8", "[::1]"]) {
      createCeluxeClient({ baseURL: `http://${host}:8080/v1` });
    }
    expect(warn).not.toHaveBeenCalled();
    for (let made = 0; made < 3; made++) createCeluxeClient({ baseURL: "http://gateway.test/v1" });
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/http:\/\/gateway\.test is not encrypted.*Use https/)]]);
    createCeluxeClient({ baseURL: "http://127.0.0.1.evil.test/v1" });
    expect(warn).toHaveBeenCalledTimes(2);
  });
});

describe("a 404", () => {
  async function message(path: string, errorBody?: unknown): Promise<string> {
    await using emulator = await startCanaryEmulator({
      faults: [{ fault: { type: "status", status: 404, ...(errorBody !== undefined && { body: errorBody }) } }],
    });
    const client = createCanaryClient({ url: emulator.url.replace(/\/v1$/, path) });
    return ((await rejection(client.chat(body))) as Error).message;
  }
  const unknownPath = { error: { message: "Not found" } };

  test.each<[string, string, RegExp]>([
    ["/v1", "/v1/chat/completions", /Check the model id.*\/v1/],
    ["/v1?sig=secret", "/v1/chat/completions", /Check the model id.*\/v1/],
    [
      "/v1/chat/completions",
      "/v1/chat/completions/chat/completions",
      /path is wrong: baseURL must end in \/v1, without \/chat\/completions/,
    ],
    ["/v1/models", "/v1/models/chat/completions", /path is wrong: .*without \/models/],
    ["", "/chat/completions", /path is most likely wrong: baseURL should end in \/v1\. Else check the model id/],
    ["/api", "/api/chat/completions", /path is most likely wrong/],
  ])(
    "with a baseURL that ends in %j says where it was asked, and what to check first",
    async (path, called, advice) => {
      const text = await message(path, unknownPath);
      expect(text).toMatch(/^Celuxe answered 404 at http:\/\/127\.0\.0\.1:\d+\//);
      expect(text).toContain(`${called}: Not found.`);
      expect(text).toMatch(advice);
      expect(text).not.toContain("secret");
    },
  );

  test("that names the model speaks of the model, whatever the path", async () => {
    const text = await message("", { error: { message: "No such model", code: "model_not_found" } });
    expect(text).toMatch(/No such model\. Check the model id/);
  });
});

test("a client shows where requests go without the query, which may hold secrets of a proxy", () => {
  const client = createCeluxeClient({ baseURL: "https://proxy.test/v1?sig=secret" });
  expect(client.config.baseURL).toBe("https://proxy.test/v1");
  expect(JSON.stringify(client) + inspect(client, { depth: 9, getters: true, showHidden: true })).not.toContain(
    "secret",
  );
});

describe("in a browser", () => {
  /** With `process` as bundlers and Electron give it to a page. */
  function enterBrowser(process: object = { versions: { value: {} } }): void {
    enterPage();
    vi.stubGlobal("process", Object.create(globalThis.process, process as PropertyDescriptorMap));
  }
  function enterPage(): void {
    vi.stubGlobal("window", {});
    vi.stubGlobal("document", {});
  }
  test("Node is none, also where it simulates a page for tests", () => {
    enterPage();
    expect(createCeluxeClient({ apiKey: canaryKey })).toBeTypeOf("object");
  });
  test("a window of Electron is one, with Node beside it", () => {
    enterBrowser({ type: { value: "renderer" } });
    expect(() => createCeluxeClient({ apiKey: canaryKey })).toThrow(/every visitor/);
  });
  test("a plain key is refused, unless dangerouslyAllowBrowser is set", () => {
    enterBrowser();
    expect(() => createCeluxeClient({ apiKey: canaryKey })).toThrow(/every visitor.*server.*dangerouslyAllowBrowser/);
    expect(createCeluxeClient({ apiKey: canaryKey, dangerouslyAllowBrowser: true })).toBeTypeOf("object");
  });
  test("a key function is fine, and so is a client that has no key yet", () => {
    enterBrowser();
    expect(createCeluxeClient({ apiKey: () => canaryKey })).toBeTypeOf("object");
    expect(createCeluxeClient()).toBeTypeOf("object");
  });
});
