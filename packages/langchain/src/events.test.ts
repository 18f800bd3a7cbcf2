import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { AIMessage } from "@langchain/core/messages";
import { HumanMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { chunk, collect, done, say, useEmulator } from "../test/harness.ts";

const { chat, lastBody, reply, requests, script } = useEmulator();

const full = {
  reasoning: ["Let me ", "think."],
  text: ["One ", "moment."],
  toolCalls: [
    { name: "look", arguments: ['{"at":', '"sky"}'], id: "call_a" },
    { name: "look", arguments: ['{"at'], id: "call_b" },
  ],
};
const look = { type: "function" as const, function: { name: "look", parameters: { type: "object" } } };

describe("content-block events", () => {
  test("one block after the other, each begun, filled and ended, in the protocol's words", async () => {
    reply(full);
    const events = await collect(chat({ mergeDeltas: false }).streamEvents("Hello", { tools: [look] }));
    const id = expect.any(String) as string;
    expect(events).toEqual([
      { event: "message-start", id },
      { event: "content-block-start", index: 0, content: { type: "reasoning", reasoning: "" } },
      { event: "content-block-delta", index: 0, delta: { type: "reasoning-delta", reasoning: "Let me " } },
      { event: "content-block-delta", index: 0, delta: { type: "reasoning-delta", reasoning: "think." } },
      { event: "content-block-finish", index: 0, content: { type: "reasoning", reasoning: "Let me think." } },
      { event: "content-block-start", index: 1, content: { type: "text", text: "" } },
      { event: "content-block-delta", index: 1, delta: { type: "text-delta", text: "One " } },
      { event: "content-block-delta", index: 1, delta: { type: "text-delta", text: "moment." } },
      { event: "content-block-finish", index: 1, content: { type: "text", text: "One moment." } },
      {
        event: "content-block-start",
        index: 2,
        content: { type: "tool_call_chunk", id: "call_a", name: "look", args: "", index: 0 },
      },
      { event: "content-block-delta", index: 2, delta: { type: "tool-call-delta", args: '{"at":' } },
      { event: "content-block-delta", index: 2, delta: { type: "tool-call-delta", args: '"sky"}' } },
      {
        event: "content-block-start",
        index: 3,
        content: { type: "tool_call_chunk", id: "call_b", name: "look", args: "", index: 1 },
      },
      { event: "content-block-delta", index: 3, delta: { type: "tool-call-delta", args: '{"at' } },
      {
        event: "content-block-finish",
        index: 2,
        content: { type: "tool_call", id: "call_a", name: "look", args: { at: "sky" } },
      },
      {
        event: "content-block-finish",
        index: 3,
        content: {
          type: "invalid_tool_call",
          id: "call_b",
          name: "look",
          args: '{"at',
          error: "The arguments are not JSON, or the call has no name.",
        },
      },
      {
        event: "message-finish",
        reason: "tool_use",
        usage: expect.objectContaining({ output_tokens: expect.any(Number) as number }) as object,
        responseMetadata: expect.objectContaining({ finish_reason: "tool_calls", model_name: "deepseek-v3" }) as object,
      },
    ]);
    expect(lastBody()["stream"]).toBe(true);
  });

  test("text after reasoning after text is a block of its own", async () => {
    script([chunk({ content: "A" }), chunk({ reasoning_content: "B" }), chunk({ content: "C" }, "stop"), done]);
    const message = await chat().streamEvents("Hello");
    expect(message.content).toEqual([
      { type: "text", text: "A" },
      { type: "reasoning", reasoning: "B" },
      { type: "text", text: "C" },
    ]);
  });

  test("a refusal grows in its block", async () => {
    script([chunk({ refusal: "I can" }), chunk({ refusal: "not." }, "stop"), done]);
    const events = await collect(chat({ mergeDeltas: false }).streamEvents("Hello"));
    expect(events.filter(({ event }) => event.startsWith("content-block"))).toEqual([
      { event: "content-block-start", index: 0, content: { type: "refusal", refusal: "" } },
      {
        event: "content-block-delta",
        index: 0,
        delta: { type: "block-delta", fields: { type: "refusal", refusal: "I can" } },
      },
      {
        event: "content-block-delta",
        index: 0,
        delta: { type: "block-delta", fields: { type: "refusal", refusal: "I cannot." } },
      },
      { event: "content-block-finish", index: 0, content: { type: "refusal", refusal: "I cannot." } },
    ]);
  });

  test("assembled they say what invoke says", async () => {
    reply(full);
    const invoked = say(await chat().invoke("Hello", { tools: [look] }));
    expect(invoked.invalid_tool_calls).toHaveLength(1);
    expect(say(await chat().streamEvents("Hello", { tools: [look] }))).toEqual(invoked);
    expect(say(await chat().streamEvents("Hello", { tools: [look] }).output)).toEqual(invoked);
    const events: ChatModelStreamEvent[] = [];
    const handler = {
      lc_prefer_chat_model_stream_events: true,
      handleChatModelStreamEvent: (event: ChatModelStreamEvent) => void events.push(event),
    };
    expect(say(await chat().invoke("Hello", { tools: [look], callbacks: [handler] }))).toEqual(invoked);
    expect(events.at(-1)).toMatchObject({ event: "message-finish", reason: "tool_use" });
  });

  test("its parts can be read alone", async () => {
    reply({ ...full, toolCalls: full.toolCalls.slice(0, 1) });
    const stream = chat({ mergeDeltas: false }).streamEvents("Hello", { tools: [look] });
    expect(await collect(stream.text)).toEqual(["One ", "moment."]);
    expect(await stream.text).toBe("One moment.");
    expect(await stream.reasoning).toBe("Let me think.");
    expect(await stream.toolCalls).toEqual([{ type: "tool_call", id: "call_a", name: "look", args: { at: "sky" } }]);
    expect(await collect(stream.usage)).toHaveLength(1);
    expect(requests()).toHaveLength(1);
  });
});

describe("streamEvents of every runnable", () => {
  test("v2 tells start, tokens and end", async () => {
    reply({ text: ["Hel", "lo"] });
    const model = chat({ mergeDeltas: false });
    const events = await collect(model.streamEvents([new HumanMessage("Hi")], { version: "v2" }));
    expect(events.map(({ event }) => event)).toEqual([
      "on_chat_model_start",
      "on_chat_model_stream",
      "on_chat_model_stream",
      "on_chat_model_stream",
      "on_chat_model_end",
    ]);
    const { data, name } = events.at(-1)!;
    expect(name).toBe("ChatCeluxe");
    expect((data["output"] as AIMessage).text).toBe("Hello");
    expect((data["output"] as AIMessage).usage_metadata?.output_tokens).toBe(2);
  });

  test("v2 as bytes of server-sent events", async () => {
    reply({ text: "Hello" });
    const stream = chat().streamEvents("Hi", { version: "v2", encoding: "text/event-stream" });
    const text = Buffer.concat(await collect(stream)).toString();
    expect(text).toContain("event: data");
    expect(text).toContain("on_chat_model_end");
  });
});
