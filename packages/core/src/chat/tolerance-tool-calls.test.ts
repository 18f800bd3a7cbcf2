import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunk, done, finish, role, type ScriptedServer, startScripted, text, toolCalls } from "../../test/scripted.ts";
import { madeId, toolCallForms } from "../../test/tool-call-forms.ts";
import type { ChatDelta } from "../index.ts";

// Tool calls in all the forms that servers give them.

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

const sky = '{"at":"sky"}';

describe("tool deltas without index / all index 0 / without id or type / late name: separate whole calls", () => {
  test.each(toolCallForms)("$form", async ({ deltas, calls }) => {
    const expected = calls.map((call, index) => ({ index, id: madeId, status: "complete", ...call }));
    for (const mergeDeltas of [true, false]) {
      const chunks = deltas.map((delta) => toolCalls(delta));
      const played = await server.play([role, ...chunks, finish("tool_calls"), done], { mergeDeltas });
      expect(played.toolCalls).toEqual(expected);
      // What was streamed is what the end says, under the same ids.
      expect(startsOf(played.deltas)).toEqual(played.toolCalls.map(({ index, id, name }) => ({ index, id, name })));
      expect(played.argumentsByCall).toEqual(expected.map((call) => call.arguments));
      const ids = played.toolCalls.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test("side by side in one chunk, without numbers", async () => {
    const call = { function: { name: "now", arguments: "" } };
    const played = await server.play([role, toolCalls(call, call), finish("tool_calls"), done]);
    expect(played.toolCalls.map(({ name }) => name)).toEqual(["now", "now"]);
  });

  test("one object where a list belongs, and the old function_call", async () => {
    const fn = { name: "look", arguments: sky };
    for (const delta of [{ tool_calls: { id: "a", function: fn } }, { function_call: fn }]) {
      const played = await server.play([role, chunk(delta), finish("function_call"), done]);
      expect(played.toolCalls).toMatchObject([{ name: "look", arguments: sky, status: "complete" }]);
      expect(played.finish?.reason).toBe("tool-calls");
    }
  });

  test("extra_content stays with its call: Gemini refuses the next request without its thought signature", async () => {
    const extraContent = { google: { thought_signature: "s" } };
    const first = { index: 0, id: "a", function: { name: "look", arguments: sky }, extra_content: extraContent };
    const second = { index: 1, id: "b", function: { name: "look", arguments: sky } };
    const played = await server.play([role, toolCalls(first), toolCalls(second), finish("tool_calls"), done]);
    expect(played.toolCalls[0]).toMatchObject({ id: "a", extraContent });
    expect(played.toolCalls[1]).not.toHaveProperty("extraContent");
  });

  test("a call without a name is kept, and is invalid", async () => {
    const call = toolCalls({ index: 0, id: "a", function: { arguments: sky } });
    const played = await server.play([role, call, finish(), done]);
    expect(played.toolCalls).toMatchObject([{ id: "a", name: "", arguments: sky, status: "invalid" }]);
  });

  test("text between calls is kept in its place", async () => {
    const look = toolCalls({ index: 0, id: "a", function: { name: "look", arguments: sky } });
    const played = await server.play([role, text("First "), look, text("then"), finish("tool_calls"), done]);
    expect(played.text).toBe("First then");
    expect(played.deltas.map(({ type }) => type)).toEqual([
      "start",
      "text",
      "tool-call-start",
      "tool-call-arguments",
      "text",
      "tool-call-end",
      "finish",
    ]);
  });
});

describe("arguments empty, missing, an object", () => {
  test.each([
    ["empty", { arguments: "" }, "{}"],
    ["blank", { arguments: " \n" }, "{}"],
    ["missing", {}, "{}"],
    ["null", { arguments: null }, "{}"],
    ["null as text", { arguments: "null" }, "{}"],
    ["an object", { arguments: { at: "sky", deep: [1, null] } }, '{"at":"sky","deep":[1,null]}'],
    ["an empty object", { arguments: {} }, "{}"],
    ["an object with a __proto__", { arguments: JSON.parse('{"__proto__":{"a":1}}') }, '{"__proto__":{"a":1}}'],
  ])("%s", async (_, fn, expected) => {
    const call = { index: 0, id: "a", function: { name: "look", ...fn } };
    const played = await server.play([role, toolCalls(call), finish("tool_calls"), done]);
    expect(played.toolCalls).toMatchObject([{ arguments: expected, status: "complete" }]);
    const message = { content: null, tool_calls: [call] };
    const answer = await server.answer({ choices: [{ message, finish_reason: "tool_calls" }] });
    expect(answer.toolCalls).toMatchObject([{ arguments: expected, status: "complete" }]);
  });

  test("an empty object before the pieces is a placeholder", async () => {
    const first = toolCalls({ index: 0, id: "a", function: { name: "look", arguments: {} } });
    const rest = toolCalls({ index: 0, function: { arguments: sky } });
    const played = await server.play([role, first, rest, finish(), done]);
    expect(played.toolCalls).toMatchObject([{ arguments: sky, status: "complete" }]);
  });
});

describe("cut arguments", () => {
  const cut = '{"at":"sk';
  const call = { index: 0, id: "a", function: { name: "look", arguments: cut } };

  test.each(["tool_calls", "stop"])("with %s: the raw text, invalid, never repaired", async (reason) => {
    const played = await server.play([role, toolCalls(call), finish(reason), done]);
    expect(played.toolCalls).toMatchObject([{ arguments: cut, status: "invalid" }]);
    const choice = { message: { tool_calls: [call] }, finish_reason: reason };
    const answer = await server.answer({ choices: [choice] });
    expect(answer.toolCalls).toMatchObject([{ arguments: cut, status: "invalid" }]);
  });

  test.each(["length", "max_tokens", "content_filter", "error", "unheard-of"])(
    "with %s: cut, never runnable",
    async (reason) => {
      for (const text of [cut, "", '"at', "1", "[1,2"]) {
        const piece = { ...call, function: { name: "look", arguments: text } };
        const played = await server.play([role, toolCalls(piece), finish(reason), done]);
        expect(played.toolCalls, text).toMatchObject([{ status: "cut" }]);
        expect(played.finish?.reason).not.toBe("tool-calls");
      }
    },
  );

  test("with length, a call that was whole before is told from the one that is cut", async () => {
    const whole = { index: 0, id: "a", function: { name: "look", arguments: sky } };
    const other = { index: 1, id: "b", function: { name: "dive", arguments: '{"at' } };
    const played = await server.play([role, toolCalls(whole, other), finish("length"), done]);
    expect(played.toolCalls.map(({ status }) => status)).toEqual(["complete", "cut"]);
  });

  test.each(["[1]", '"sky"', "7", "true"])("JSON that is no object is invalid: %s", async (text) => {
    const piece = { ...call, function: { name: "look", arguments: text } };
    const played = await server.play([role, toolCalls(piece), finish("tool_calls"), done]);
    expect(played.toolCalls).toMatchObject([{ arguments: text, status: "invalid" }]);
  });
});

function startsOf(deltas: ChatDelta[]) {
  return deltas.filter((delta) => delta.type === "tool-call-start").map(({ index, id, name }) => ({ index, id, name }));
}
