import { createServer } from "node:http";
import { PassThrough } from "node:stream";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { createCanaryClient, rejection } from "../../test/canary.ts";

// What is only nearly a fetch: other libraries', and mocks.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

const whole = { status: 200, ok: true, headers: new Headers({ "content-type": "text/event-stream" }), body: null };

function bodyOf(...chunks: unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

const used = Response.json({ choices: [{ message: { content: "Hi" } }] });
void used.text();
const locked = Response.json({ choices: [{ message: { content: "Hi" } }] });
locked.body!.getReader();

describe("a fetch that is only nearly one is a ConfigurationError that says what is missing", () => {
  test.each<[string, unknown, RegExp]>([
    ["a mock without an answer", undefined, /it is undefined/],
    ["null", null, /it is null/],
    ["text", '{"choices":[]}', /it is a string/],
    ["the JSON itself", { choices: [] }, /no status/],
    ["a body of node-fetch", { ...whole, body: new PassThrough() }, /body\.getReader\(\)/],
    ["a mock with json() alone", { ok: true, status: 200, json: async () => ({}) }, /headers\.get\(\)/],
    ["headers as an object", { ...whole, headers: { "content-type": "application/json" } }, /headers\.get\(\)/],
    ["headers as a map without forEach", { ...whole, headers: { get: () => null } }, /headers\.forEach\(\)/],
    ["no ok", { ...whole, ok: undefined }, /no ok/],
    ["no body at all", { ...whole, body: undefined }, /no body/],
    ["a body as text", { ...whole, body: "data: [DONE]" }, /body\.getReader\(\)/],
    ["a status as text", { ...whole, status: "200" }, /no status/],
    ["a response that was read", used, /read already/],
    ["a response that is being read", locked, /read already/],
    ["a body of texts", () => ({ ...whole, body: bodyOf("data: [DONE]\n\n") }), /something else than bytes/],
    ["a body of objects", () => ({ ...whole, body: bodyOf({ choices: [] }) }), /something else than bytes/],
  ])("%s", async (_, response, message) => {
    let asked = 0;
    const fetch = (async () => {
      asked++;
      return typeof response === "function" ? response() : response;
    }) as unknown as typeof globalThis.fetch;
    const client = createCanaryClient({ url: "https://api.test/v1" }, { fetch });
    for (const call of [() => client.chat(body), () => client.streamChat(body), () => client.listModels()]) {
      asked = 0;
      const error = await rejection(call());
      expect(error).toMatchObject({
        name: "ConfigurationError",
        field: "fetch",
        message: expect.stringMatching(message),
      });
      expect(asked).toBe(1);
    }
  });

  test("a mock that gives one response twice", async () => {
    const response = Response.json({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] });
    const client = createCanaryClient({ url: "https://api.test/v1" }, { fetch: async () => response });
    expect((await client.chat(body)).text).toBe("Hi");
    expect(await rejection(client.chat(body))).toMatchObject({ name: "ConfigurationError", field: "fetch" });
  });

  test("what comes late, after the call has ended, hurts nobody", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const fetch = (() => new Promise((resolve) => setTimeout(resolve, 50))) as unknown as typeof globalThis.fetch;
    const client = createCanaryClient({ url: "https://api.test/v1" }, { fetch });
    expect(await rejection(client.chat(body, { signal: AbortSignal.timeout(10) }))).toMatchObject({
      name: "TimeoutError",
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  });

  test("the connection behind it is closed where it listens to its signal", async () => {
    const server = createServer((_, response) => void response.write("data: "));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const closed = once(server, "request").then(([, response]) => once(response, "close"));
    const { port } = server.address() as AddressInfo;
    const fetch = (async (...parameters: Parameters<typeof globalThis.fetch>) => {
      const { status, ok, headers } = await globalThis.fetch(...parameters);
      return { status, ok, headers, body: new PassThrough() };
    }) as unknown as typeof globalThis.fetch;
    const client = createCanaryClient({ url: `http://127.0.0.1:${port}/v1` }, { fetch });
    expect(await rejection(client.streamChat(body))).toMatchObject({ name: "ConfigurationError" });
    await closed;
    server.close();
  });
});
