import { type JSONObject, NoSuchModelError } from "@ai-sdk/provider";
import { WORKFLOW_DESERIALIZE, WORKFLOW_SERIALIZE } from "@ai-sdk/provider-utils";
import {
  AuthenticationError,
  celuxe as defaultProvider,
  type CeluxeEvent,
  type CeluxeProviderSettings,
  ConfigurationError,
  createCeluxe,
  VERSION,
} from "@celuxe/ai-sdk-provider";
import { type CeluxeClient, createCeluxeClient } from "@celuxe/core";
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { call, useEmulator } from "../test/harness.ts";
import { CeluxeLanguageModel } from "./language-model.ts";

const { celuxe, emulator, freshKey, reply, requests } = useEmulator();

afterEach(() => void vi.unstubAllEnvs());

function useEnvironment(): void {
  vi.stubEnv("CELUXE_API_KEY", emulator().apiKey);
  vi.stubEnv("CELUXE_BASE_URL", emulator().url);
}

describe("the default provider", () => {
  test("was made before there was a key, and reads the environment at its first request", async () => {
    const model = defaultProvider("deepseek-v3");
    useEnvironment();
    reply({ text: "Hi" });
    expect((await model.doGenerate(call())).content).toEqual([{ type: "text", text: "Hi" }]);
    expect((await defaultProvider.listModels()).map(({ id }) => id)).toContain("deepseek-v3");
  });
});

describe("models", () => {
  test("come from the call, chat and languageModel alike", async () => {
    const provider = celuxe();
    for (const model of [provider("gpt-4o"), provider.chat("gpt-4o"), provider.languageModel("gpt-4o")]) {
      expect(model).toMatchObject({ specificationVersion: "v4", provider: "celuxe.chat", modelId: "gpt-4o" });
    }
    expect(provider.specificationVersion).toBe("v4");
    expect(celuxe({ name: "celuxe-eu" })("gpt-4o").provider).toBe("celuxe-eu.chat");
  });

  test("take images and videos by URL, and nothing else", () => {
    const urls = celuxe()("gpt-4o").supportedUrls;
    expect(Object.keys(urls)).toEqual(["image/*", "video/*"]);
    expect(urls["image/*"]?.some((pattern) => pattern.test("https://example.com/a.png"))).toBe(true);
    expect(urls["image/*"]?.some((pattern) => pattern.test("data:image/png;base64,AA"))).toBe(false);
  });

  test("for embeddings and images there are none", () => {
    for (const [modelType, run] of [
      ["embeddingModel", () => celuxe().embeddingModel("text-1")],
      ["imageModel", () => celuxe().imageModel("picture-1")],
    ] as const) {
      const error = caught(run);
      expect(NoSuchModelError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ modelType, message: expect.stringMatching(/Celuxe documents no/) });
    }
  });
});

describe("listModels", () => {
  test("gives what the service lists", async () => {
    expect(await celuxe().listModels()).toContainEqual(expect.objectContaining({ id: "gpt-4o", ownedBy: "celuxe" }));
  });

  test("fails with the typed error", async () => {
    await expect(celuxe({ apiKey: "sk-wrong" }).listModels()).rejects.toSatisfy(
      AuthenticationError.isInstance.bind(AuthenticationError),
    );
  });
});

describe("settings", () => {
  test("that cannot work are refused where the provider is made", () => {
    expect(() => createCeluxe({ baseURL: "nowhere" })).toThrow(ConfigurationError);
    expect(() => createCeluxe({ timeout: -1 })).toThrow(/timeout/);
    expect(() => createCeluxe({ rateLimit: { limit: 0 } })).toThrow(/rateLimit/);
  });

  test("null counts as not given, also once a workflow has carried it", () => {
    const nothing = null as never;
    const settings = {
      name: nothing,
      extraBody: nothing,
      client: nothing,
      apiKey: nothing,
      baseURL: nothing,
      rateLimit: nothing,
      timeout: nothing,
      mergeDeltas: nothing,
      headers: nothing,
      fetch: nothing,
      onEvent: nothing,
      dangerouslyAllowBrowser: nothing,
    } satisfies Required<CeluxeProviderSettings>;
    useEnvironment();
    const model = createCeluxe(settings)("gpt-4o");
    const wire = JSON.stringify(CeluxeLanguageModel[WORKFLOW_SERIALIZE](model));
    const carried = CeluxeLanguageModel[WORKFLOW_DESERIALIZE](JSON.parse(wire) as never);
    for (const { provider } of [model, carried, createCeluxe(nothing)("gpt-4o")]) expect(provider).toBe("celuxe.chat");
    expect(() => createCeluxe({ ...settings, client: createCeluxeClient() })).not.toThrow();
    return expect(model.doGenerate(call())).resolves.toMatchObject({ finishReason: { unified: "stop" } });
  });

  test("that are no client in place of one are refused", () => {
    const openai = { chat: { completions: {} } } as unknown as CeluxeClient;
    expect(caught(() => createCeluxe({ client: openai }))).toMatchObject({ field: "client" });
  });

  test("beside a ready client have no effect, so they are refused", () => {
    const client = createCeluxeClient();
    expect(caught(() => createCeluxe({ client, baseURL: emulator().url }))).toMatchObject({ field: "baseURL" });
    expect(() => createCeluxe({ client, baseURL: undefined, name: "mine", extraBody: { seed: 1 } })).not.toThrow();
  });

  test("a ready client is used", async () => {
    const events: CeluxeEvent[] = [];
    const client = createCeluxeClient({
      apiKey: emulator().apiKey,
      baseURL: emulator().url,
      onEvent: (event) => void events.push(event),
    });
    await createCeluxe({ client })("gpt-4o").doGenerate(call());
    expect(events.map(({ type }) => type)).toEqual(["attempt", "head", "done"]);
  });

  test("apiKey as a function, fetch and onEvent are used", async () => {
    const events: CeluxeEvent[] = [];
    const key = freshKey();
    const fetch = vi.fn(globalThis.fetch);
    await celuxe({ apiKey: async () => key, fetch, onEvent: (event) => void events.push(event) })("gpt-4o").doGenerate(
      call(),
    );
    expect(fetch).toHaveBeenCalledOnce();
    expect(events.at(-1)).toMatchObject({ type: "done", model: "gpt-4o" });
  });
});

describe("a workflow", () => {
  const transfer = (model: unknown) => {
    const serialized = CeluxeLanguageModel[WORKFLOW_SERIALIZE](model as CeluxeLanguageModel);
    const wire = JSON.stringify(serialized);
    return { wire, model: CeluxeLanguageModel[WORKFLOW_DESERIALIZE](JSON.parse(wire) as typeof serialized) };
  };

  test("carries a model through JSON; key, headers and fetch come from the environment again", async () => {
    useEnvironment();
    const settings = {
      apiKey: "sk-secret-of-this-side",
      headers: { "x-tenant": "tenant-secret" },
      fetch: () => Promise.reject(new Error("of the other side")),
      name: "celuxe-eu",
      extraBody: { seed: 5 },
      rateLimit: { limit: "pro", maxWaitMs: Infinity },
      timeout: { headersMs: Infinity, idleMs: 5_000 },
      mergeDeltas: false,
    } as const;
    const { wire, model } = transfer(createCeluxe(settings)("gpt-4o"));
    expect(wire).not.toMatch(/secret/);
    expect(model).toMatchObject({ provider: "celuxe-eu.chat", modelId: "gpt-4o" });
    // The same once more: Infinity, which JSON has not, is still there.
    expect(transfer(model).wire).toBe(wire);
    await model.doGenerate(call());
    expect(requests()[0]?.body).toMatchObject({ seed: 5 });
  });

  test("carries the address without its query, which comes from the environment where that is the same", async () => {
    useEnvironment();
    const baseURL = `${emulator().url}?sig=secret`;
    const there = createCeluxe({ baseURL })("gpt-4o");
    const { wire, model } = transfer(there);
    for (const each of [there, model]) {
      expect(JSON.stringify(each) + inspect(each, { depth: 9, getters: true, showHidden: true })).not.toMatch(/secret/);
    }
    expect(wire).not.toMatch(/secret/);
    const fetch = vi.spyOn(globalThis, "fetch");
    await model.doGenerate(call());
    vi.stubEnv("CELUXE_BASE_URL", `${emulator().url}?sig=of-there`);
    await transfer(there).model.doGenerate(call());
    vi.stubEnv("CELUXE_BASE_URL", "https://else.test/v1?sig=of-there");
    await transfer(there).model.doGenerate(call());
    const endpoint = `${emulator().url}/chat/completions`;
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([endpoint, `${endpoint}?sig=of-there`, endpoint]);
    fetch.mockRestore();
  });

  test("carries a model of the default provider", async () => {
    useEnvironment();
    const { model } = transfer(createCeluxe()("deepseek-v3"));
    await expect(model.doGenerate(call())).resolves.toMatchObject({ finishReason: { unified: "stop" } });
  });

  test("a store of the rate limit stays behind; the limit itself is kept elsewhere too", () => {
    const store = { reserve: async () => ({ id: "1", waitMs: 0 }), release: async () => {}, coolDown: async () => {} };
    const { wire } = transfer(createCeluxe({ rateLimit: { limit: 10, store } })("gpt-4o"));
    expect(JSON.parse(wire)).toMatchObject({ config: { rateLimit: { limit: 10 } } });
    expect(wire).not.toContain("store");
  });

  test("a total timeout of Infinity survives too", () => {
    const { wire, model } = transfer(createCeluxe({ timeout: Infinity, rateLimit: false })("gpt-4o"));
    expect(JSON.parse(wire)).toMatchObject({ config: { timeout: "Infinity", rateLimit: false } satisfies JSONObject });
    expect(transfer(model).wire).toBe(wire);
  });
});

test("neither provider nor model shows key or headers", () => {
  const provider = createCeluxe({ apiKey: "sk-very-secret", headers: { "x-tenant": "tenant-secret" } });
  for (const thing of [provider, provider("gpt-4o")]) {
    const shown = inspect(thing, { depth: 20, showHidden: true }) + JSON.stringify(thing);
    expect(shown).not.toMatch(/secret/);
  }
});

test("VERSION is the version of the package", () => {
  expect(VERSION).toBe(packageJson.version);
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
