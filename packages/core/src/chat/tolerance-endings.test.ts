import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  chunk,
  collect,
  done,
  finish,
  role,
  type ScriptedServer,
  startScripted,
  text,
  toolCalls,
  usage,
} from "../../test/scripted.ts";
import { ConnectionError, StreamError } from "../index.ts";

// How a stream ends, and what that makes of the answer: the rows of the tolerance table, one by one.

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

const wholeCall = toolCalls({ index: 0, id: "call_1", function: { name: "look", arguments: '{"at":"sky"}' } });
const cutCall = toolCalls({ index: 0, id: "call_1", function: { name: "look", arguments: '{"at":"sk' } });

// Relays write [DONE] also when what is behind them broke.
describe("[DONE], no finish reason", () => {
  test.each([
    ["after half a text", text("Hel"), "Hel"],
    ["after a whole tool call", wholeCall, ""],
    ["after half a tool call", cutCall, ""],
  ])("is truncated %s: StreamError behind what came, and no call", async (_, half, said) => {
    const played = await server.play([role, half, done]);
    expect(played.error).toBeInstanceOf(StreamError);
    expect(played).toMatchObject({ opened: true, text: said, toolCalls: [], finish: undefined });
    expect(played.error).toMatchObject({ kind: "truncated" });
  });

  test.each([
    ["nothing", []],
    ["the role alone", [role]],
    ["an empty chunk", [{ data: {} }]],
  ])("with %s before it is truncated too, thrown by streamChat itself", async (_, before) => {
    const played = await server.play([...before, done]);
    expect(played).toMatchObject({ opened: false, error: { kind: "truncated" } });
  });

  test("of a whole answer is the reason stop: JSON that is whole is not cut", async () => {
    const answer = await server.answer({ choices: [{ message: { content: "Hi" }, finish_reason: null }] });
    expect(answer).toMatchObject({ text: "Hi", finishReason: "stop", rawFinishReason: undefined });
  });
});

describe("a finish reason, then the end without [DONE]", () => {
  test.each([
    ["the body ends", "close" as const],
    ["the connection is reset", "reset" as const],
  ])("is complete where %s", async (_, end) => {
    const played = await server.play({ chunks: [role, text("Hi"), finish(), usage({ total_tokens: 3 })], end });
    expect(played).toMatchObject({ text: "Hi", error: undefined, finish: { reason: "stop" } });
    expect(played.usage?.totalTokens).toBe(3);
  });

  test("is complete where the connection is reset before anybody reads", async () => {
    const stream = await server.stream({ chunks: [role, text("Hi"), finish()], end: "reset" });
    await server.emulator.journal.idle();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await collect(stream)).toMatchObject({ text: "Hi", error: undefined, finish: { reason: "stop" } });
  });

  test("is complete where the line behind it is cut or no JSON", async () => {
    for (const rest of ['data: {"usage":{"total_tok', "data: [DON", "data: finished\n\n"]) {
      const played = await server.play([role, text("Hi"), finish("stop"), rest]);
      expect(played, rest).toMatchObject({ text: "Hi", error: undefined, finish: { reason: "stop" } });
    }
  });
});

describe("neither a finish reason nor [DONE]", () => {
  test.each([
    ["between two events", ""],
    ["inside an event", 'data: {"choices":[{"index":0,"delta":{"content":"lo'],
    ["inside a line", "data: [DON"],
    ["inside a character", Uint8Array.of(...new TextEncoder().encode("data: {"), 0xe6, 0x9d)],
  ])("is truncated where the body ends %s: StreamError behind what came", async (_, rest) => {
    const played = await server.play([role, text("Hel"), cutCall, rest]);
    expect(played.text).toBe("Hel");
    expect(played.error).toBeInstanceOf(StreamError);
    expect(played.error).toMatchObject({ kind: "truncated", message: expect.stringContaining("incomplete") });
    expect(played).toMatchObject({ toolCalls: [], finish: undefined });
  });

  test("makes no call runnable, not even a whole one", async () => {
    const played = await server.play([role, wholeCall]);
    expect(played.error).toMatchObject({ kind: "truncated" });
    expect(played.toolCalls).toEqual([]);
  });

  test("still tells the usage that came before", async () => {
    const played = await server.play([role, text("Hel"), usage({ completion_tokens: 1 })]);
    expect(played.error).toMatchObject({ kind: "truncated" });
    expect(played.usage?.completionTokens).toBe(1);
  });

  test("is thrown by streamChat itself where no content came", async () => {
    const played = await server.play([role]);
    expect(played).toMatchObject({ opened: false, error: { kind: "truncated" } });
  });
});

describe("connection lost mid-stream", () => {
  test("is a ConnectionError behind what came", async () => {
    const played = await server.play({ chunks: [role, text("Hel"), text("lo")], end: "reset" });
    expect(played).toMatchObject({ text: "Hello", opened: true, finish: undefined });
    expect(played.error).toBeInstanceOf(ConnectionError);
    expect((played.error as Error).message).toContain("try again");
  });

  test("is a ConnectionError of streamChat where no content came", async () => {
    const played = await server.play({ chunks: [role], end: "reset" });
    expect(played.opened).toBe(false);
    expect(played.error).toBeInstanceOf(ConnectionError);
  });
});

describe("malformed JSON between good lines", () => {
  test.each(['{"choices":[{"index":0,"delta":{"content":"l', "oops", "[DONE", "{}}"])(
    "is a StreamError behind what came: %s",
    async (line) => {
      const played = await server.play([role, text("Hel"), `data: ${line}\n\n`, text("lo"), finish(), done]);
      expect(played).toMatchObject({ text: "Hel", finish: undefined });
      expect(played.error).toBeInstanceOf(StreamError);
      expect(played.error).toMatchObject({ kind: "malformed" });
    },
  );

  test("closes the connection", async () => {
    const { emulator } = server;
    await server.play({ chunks: [role, text("Hel"), "data: oops\n\n"], end: "stay-open" });
    await emulator.journal.idle();
    expect(emulator.journal.requests.at(-1)?.clientGone).toBeDefined();
  });
});

const mebibyte = 1024 * 1024;

describe("an event above 16 MiB", () => {
  test.each([
    ["in one line", `data: {"choices":[],"padding":"${"x".repeat(mebibyte * 16)}"}\n\n`],
    ["in many lines", `${`data: ${"x".repeat(64 * 1024)}\n`.repeat(257)}\n`],
    ["that never ends", `data: ${"x".repeat(mebibyte * 17)}`],
  ])("%s is a StreamError behind what came", async (_, event) => {
    const played = await server.play([role, text("Hel"), event, text("lo"), finish(), done]);
    expect(played).toMatchObject({ text: "Hel", error: { kind: "oversized" } });
    expect(played.error).toBeInstanceOf(StreamError);
  });

  test("one just below is read", async () => {
    const content = "x".repeat(mebibyte * 16 - 1000);
    expect((await server.play([role, text(content), finish(), done])).text).toBe(content);
  });
});

describe("finish reasons", () => {
  test.each([
    ["stop", "stop"],
    ["end_turn", "stop"],
    ["eos", "stop"],
    ["STOP", "stop"],
    ["COMPLETE", "stop"],
    ["length", "length"],
    ["max_tokens", "length"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["tool_calls", "tool-calls"],
    ["tool_use", "tool-calls"],
    ["tool-calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["content_filter", "content-filter"],
    ["SAFETY", "content-filter"],
    ["sensitive", "content-filter"],
    ["error", "error"],
    ["insufficient_system_resource", "error"],
    ["whatever comes", "other"],
    ["constructor", "other"],
    ["__proto__", "other"],
  ])("other vendors' reasons are mapped: %s is %s", async (raw, reason) => {
    const played = await server.play([role, text("Hi"), finish(raw), done]);
    expect(played.finish).toEqual({ reason, rawReason: raw });
    const answer = await server.answer({ choices: [{ message: { content: "Hi" }, finish_reason: raw }] });
    expect(answer).toMatchObject({ finishReason: reason, rawFinishReason: raw });
  });

  test.each(["stop", "end_turn"])("%j beside whole tool calls is tool-calls", async (raw) => {
    const played = await server.play([role, wholeCall, finish(raw), done]);
    expect(played.finish?.reason).toBe("tool-calls");
  });

  test.each([null, "", "null"])("%j is none", async (raw) => {
    const played = await server.play([role, wholeCall, finish(raw), done]);
    expect(played).toMatchObject({ error: { kind: "truncated" }, finish: undefined });
  });

  test("a reason in the chunk of the last text counts, and text behind it is kept", async () => {
    const played = await server.play([role, chunk({ content: "Hi" }, { finish_reason: "stop" }), text("!"), done]);
    expect(played).toMatchObject({ text: "Hi!", finish: { reason: "stop" } });
  });

  test("an empty reason on every chunk is none", async () => {
    const played = await server.play([role, chunk({ content: "Hi" }, { finish_reason: "" })]);
    expect(played.error).toMatchObject({ kind: "truncated" });
  });
});
