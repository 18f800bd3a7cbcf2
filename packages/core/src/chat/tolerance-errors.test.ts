import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { done, finish, role, type ScriptedServer, startScripted, text } from "../../test/scripted.ts";
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  CeluxeError,
  InsufficientBalanceError,
  InternalServerError,
  ProtocolError,
  RateLimitError,
} from "../index.ts";

// Errors inside an answer with status 200, and bodies that are something else than an answer.

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

const inBand: [string, unknown, typeof APIError, string?][] = [
  ["an object with a textual code", { error: { message: "Slow down", code: "rate_limit_exceeded" } }, RateLimitError],
  ["an object with a numeric code", { error: { message: "Slow down", code: 429 } }, RateLimitError],
  ["an object with a code as text", { error: { message: "Slow down", code: "429" } }, RateLimitError],
  ["an object with a type", { error: { message: "Oh", type: "server_error" } }, InternalServerError],
  ["an object with a status", { error: { message: "Who?", status: 401 } }, AuthenticationError],
  [
    "Celuxe's documented error",
    { error: { message: "Insufficient balance", type: "insufficient_quota", code: "insufficient_balance" } },
    InsufficientBalanceError,
  ],
  [
    "an object beside a chunk",
    { id: "1", choices: [{ delta: {} }], error: { code: 400, message: "No" } },
    BadRequestError,
  ],
  ["a string", { error: "the model fell over" }, APIError, "the model fell over"],
  ["a flag with fields beside it", { error: true, message: "the model fell over", code: 500 }, InternalServerError],
  ["a number with fields beside it", { error: 500, message: "the model fell over" }, APIError, "the model fell over"],
  ["an object without a message", { error: { code: 503 } }, InternalServerError],
  ["an object of type error", { object: "error", message: "the model fell over", code: 500 }, InternalServerError],
];

describe("in-band error", () => {
  test.each(inBand)("first, %s: thrown before the stream as the class of its code", async (_, data, Class, said) => {
    const played = await server.play([role, { data }]);
    expect(played).toMatchObject({ opened: false, deltas: [] });
    expect(played.error).toBeInstanceOf(Class);
    expectHelpful(played.error, said);
  });

  test.each(inBand)("later, %s: thrown behind what came", async (_, data, Class, said) => {
    const played = await server.play([role, text("Hel"), { data }, text("lo"), finish(), done]);
    expect(played).toMatchObject({ opened: true, text: "Hel", finish: undefined });
    expect(played.error).toBeInstanceOf(Class);
    expectHelpful(played.error, said);
  });

  test.each(inBand)("in a whole answer, %s: thrown as the class of its code", async (_, data, Class, said) => {
    const error: unknown = await server.answer(data).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Class);
    expectHelpful(error, said);
  });

  test.each([
    ["an error object", '{"error":{"message":"Slow down","code":429}}', RateLimitError, "Slow down"],
    ["the fields alone", '{"message":"Slow down","code":429}', RateLimitError, "Slow down"],
    ["plain text", "the model fell over", APIError, "the model fell over"],
    ["nothing", "", APIError, undefined],
    ["null", "null", APIError, undefined],
  ])("an event: error with %s", async (_, data, Class, said) => {
    for (const before of [[role], [role, text("Hel")]]) {
      const played = await server.play([...before, `event: error\ndata: ${data}\n\n`, text("lo"), finish(), done]);
      expect(played.opened).toBe(before.length > 1);
      expect(played.error).toBeInstanceOf(Class);
      expectHelpful(played.error, said);
    }
  });

  test("written between the events, without data:", async () => {
    const played = await server.play([role, text("Hel"), '{"error":{"message":"Oh","code":500}}\n']);
    expect(played.text).toBe("Hel");
    expect(played.error).toBeInstanceOf(InternalServerError);
  });

  test.each([null, "", false, 0, {}, [], { message: null, code: "" }])("error: %j is none", async (error) => {
    const wire = { id: "1", choices: [{ index: 0, delta: { content: "Hi" } }], error };
    expect(await server.play([{ data: wire }, finish(), done])).toMatchObject({ text: "Hi", error: undefined });
    const answer = await server.answer({ error, choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] });
    expect(answer.text).toBe("Hi");
  });

  test("first, a 429: waits and tries again as after the HTTP error", async () => {
    let calls = 0;
    const limited = [{ data: { error: { message: "Slow down", code: 429 } } }, done];
    const headers = { "retry-after-ms": "50" };
    const chunks = () => (calls++ === 0 ? limited : [role, text("Hi"), finish(), done]);
    const played = await server.play({ chunks, headers }, { rateLimit: { windowMs: 200 } });
    expect(played).toMatchObject({ text: "Hi", error: undefined });
    expect(calls).toBe(2);
  });

  test("first, a 500: tried again where the client retries", async () => {
    let calls = 0;
    const broken = [role, { data: { error: { message: "Oh", code: 500 } } }];
    const played = await server.play(() => (calls++ === 0 ? broken : [role, text("Hi"), finish(), done]), {
      maxRetries: 1,
    });
    expect(played).toMatchObject({ text: "Hi", error: undefined });
    expect(calls).toBe(2);
  });

  test("behind usage alone counts as first", async () => {
    const played = await server.play([{ data: { usage: { prompt_tokens: 1 } } }, { data: { error: { code: 500 } } }]);
    expect(played.opened).toBe(false);
    expect(played.error).toBeInstanceOf(InternalServerError);
  });
});

const html = "<!doctype html>\n<title>Hi</title>\n<h1>It works!</h1>\n" + "<p>padding</p>\n".repeat(10_000);

describe("JSON error, HTML or nothing with status 200", () => {
  const contentTypes = ["text/event-stream", "application/json", "text/html", "text/plain"];

  test.each(contentTypes)("a JSON error as %s is the class of its code", async (contentType) => {
    const chunks = ['{"error":{"message":"Insufficient balance","code":"insufficient_balance"}}'];
    const played = await server.play({ chunks, headers: { "content-type": contentType } });
    expect(played.opened).toBe(false);
    expect(played.error).toBeInstanceOf(InsufficientBalanceError);
    const headers = { "content-type": contentType };
    await expect(server.answer(chunks[0], headers)).rejects.toBeInstanceOf(InsufficientBalanceError);
  });

  test.each(contentTypes)(
    "HTML as %s is a ProtocolError with status, hint and a bounded excerpt",
    async (contentType) => {
      const headers = { "content-type": contentType };
      const played = await server.play({ chunks: [html], headers });
      const whole: unknown = await server.answer(html, headers).catch((error: unknown) => error);
      for (const error of [played.error, whole]) {
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error).toMatchObject({ status: 200, message: expect.stringMatching(/baseURL.*It works!/) });
        expect((error as ProtocolError).message.length).toBeLessThan(600);
        expect((error as ProtocolError).body?.length).toBeLessThanOrEqual(4096);
      }
    },
  );

  test.each(contentTypes)("nothing as %s is a ProtocolError with status and hint", async (contentType) => {
    const headers = { "content-type": contentType };
    const played = await server.play({ chunks: [], headers });
    const whole: unknown = await server.answer("", headers).catch((error: unknown) => error);
    for (const error of [played.error, whole]) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ status: 200, message: expect.stringContaining("baseURL") });
    }
  });

  test("only comments, then the end, is nothing", async () => {
    const played = await server.play([": hello\n\n", ": hello\n\n"]);
    expect(played.error).toBeInstanceOf(ProtocolError);
  });

  test.each([{}, [], "text", 7, null, { choices: [] }, { choices: null }, { choices: [null] }])(
    "JSON that is no completion is a ProtocolError: %j",
    async (json) => {
      await expect(server.answer(JSON.stringify(json))).rejects.toBeInstanceOf(ProtocolError);
    },
  );
});

function expectHelpful(error: unknown, said?: string): void {
  expect(error).toBeInstanceOf(CeluxeError);
  const { message } = error as Error;
  if (said !== undefined) expect(message).toContain(said);
  expect(message.length).toBeGreaterThan(20);
}
