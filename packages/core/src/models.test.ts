import type { Fault } from "@celuxe/emulator";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { createCanaryClient, rejection, startCanaryEmulator, until } from "../test/canary.ts";
import type { CeluxeModel } from "./index.ts";
import { readModelList } from "./models.ts";

afterEach(() => void vi.useRealTimers());

/** A server that answers `GET /models` with this. */
async function startList(json: unknown, times?: number) {
  const fault: Fault = { type: "status", status: 200, body: json };
  const emulator = await startCanaryEmulator({ faults: [{ fault, times }] });
  return { emulator, client: createCanaryClient(emulator), [Symbol.asyncDispose]: emulator.close };
}

test("listModels gives what the service lists, typed, with unknown fields kept", async () => {
  await using emulator = await startCanaryEmulator({
    models: ["deepseek-v3", { id: "gpt-4o", owned_by: "openai", created: 1_700_000_000, context_length: 128_000 }],
  });
  const models = await createCanaryClient(emulator).listModels();
  expect(models).toEqual([
    { id: "deepseek-v3", object: "model", created: 1_735_689_600, ownedBy: "celuxe" },
    { id: "gpt-4o", object: "model", created: 1_700_000_000, ownedBy: "openai", context_length: 128_000 },
  ]);
  expectTypeOf(models).toEqualTypeOf<CeluxeModel[]>();
  expectTypeOf(models[0]!.created).toEqualTypeOf<number | undefined>();
  expectTypeOf(models[0]!["context_length"]).toEqualTypeOf<unknown>();
});

describe("list objects and bare arrays; one bad entry does not lose the rest", () => {
  test.each<[string, unknown, unknown]>([
    ["OpenAI's list object", { object: "list", data: [{ id: "a" }] }, [{ id: "a" }]],
    ["a bare array", [{ id: "a" }, { id: "b" }], [{ id: "a" }, { id: "b" }]],
    ["a list under another name", { models: [{ id: "a" }] }, [{ id: "a" }]],
    ["ids alone", ["a", "b"], [{ id: "a" }, { id: "b" }]],
    ["an empty list", { data: [] }, []],
    [
      "bad entries between good ones",
      { data: [{ id: "a" }, null, 7, "", {}, { id: null }, { id: "" }, [], { id: "b" }] },
      [{ id: "a" }, { id: "b" }],
    ],
    [
      "odd fields",
      [
        { id: "a", created: "1700000000", owned_by: null },
        { id: "b", created: "soon", owned_by: 7 },
      ],
      [{ id: "a", created: 1_700_000_000 }, { id: "b" }],
    ],
    [
      "fields that look like code",
      [JSON.parse('{"id":"a","__proto__":{"x":1}}')],
      [JSON.parse('{"id":"a","__proto__":{"x":1}}')],
    ],
  ])("%s", async (_, json, models) => {
    await using server = await startList(json);
    expect(await server.client.listModels()).toEqual(models);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ["an object without a list", { object: "list" }],
    ["a text", "a, b"],
    ["a number", 7],
    ["null", null],
  ])("%s is no list", (_, json) => {
    expect(readModelList(json)).toBeUndefined();
  });

  test("what is no list is a typed error, and is not cached", async () => {
    await using server = await startList({ object: "list" }, 1);
    const error = await rejection(server.client.listModels());
    expect(error).toMatchObject({ name: "ProtocolError", status: 200 });
    expect(error).toHaveProperty("message", expect.stringMatching(/not a list of models.*baseURL/));
    expect((await server.client.listModels()).length).toBeGreaterThan(0);
  });

  test("an error with status 200 is the error that it names", async () => {
    await using server = await startList({ error: { message: "No.", code: "invalid_api_key" } });
    expect(await rejection(server.client.listModels())).toMatchObject({ name: "AuthenticationError" });
  });
});

describe("the list is cached for 5 minutes", () => {
  test("unless refresh is asked for", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    vi.useFakeTimers({ toFake: ["performance"] });
    await client.listModels();
    await client.listModels();
    expect(emulator.journal.requests).toHaveLength(1);
    await client.listModels({ refresh: true });
    expect(emulator.journal.requests).toHaveLength(2);
    vi.advanceTimersByTime(299_999);
    await client.listModels();
    expect(emulator.journal.requests).toHaveLength(2);
    vi.advanceTimersByTime(1);
    await client.listModels();
    expect(emulator.journal.requests).toHaveLength(3);
  });

  test("as values: what a caller does to its list is nobody else's", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator);
    const first = await client.listModels();
    first.length = 0;
    const second = await client.listModels();
    second[0]!.id = "mine";
    expect((await client.listModels())[0]!.id).toBe("deepseek-v3");
  });

  test("and not as promises: the abort of one caller is not another's", async () => {
    await using emulator = await startCanaryEmulator({
      faults: [{ call: 1, fault: { type: "delay-head", ms: 60_000 } }],
    });
    const client = createCanaryClient(emulator);
    const controller = new AbortController();
    const aborted = rejection(client.listModels({ signal: controller.signal }));
    await until(() => emulator.journal.requests.length === 1);
    const other = client.listModels();
    controller.abort("enough");
    expect(await aborted).toBe("enough");
    expect((await other).length).toBeGreaterThan(0);
  });

  test("failures are not", async () => {
    await using server = await startList("gone", 1);
    await rejection(server.client.listModels());
    await server.client.listModels();
    expect(server.emulator.journal.requests).toHaveLength(2);
  });
});
