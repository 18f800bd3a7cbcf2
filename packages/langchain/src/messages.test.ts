import type { BaseMessageLike } from "@langchain/core/messages";
import {
  AIMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { failure, useEmulator } from "../test/harness.ts";
import { type ChatCeluxeInput, ConfigurationError } from "./index.ts";

// The emulator refuses what OpenAI's format refuses, so a message that comes through is also one that it allows.
const { chat, lastBody, requests } = useEmulator();

async function send(history: BaseMessageLike[], fields: Partial<ChatCeluxeInput> = {}) {
  await chat({ model: "gpt-4o", ...fields }).invoke(history);
  return lastBody()["messages"];
}

/** What is sent for one content block of a user message. */
async function sendBlock(block: Record<string, unknown>) {
  const messages = await send([new HumanMessage({ content: [{ type: "text", text: "Look:" }, block as never] })]);
  return (messages as { content: unknown[] }[])[0]?.content[1];
}

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const base64 = (data: Uint8Array | string) => Buffer.from(data).toString("base64");
const pngURL = `data:image/png;base64,${base64(png)}`;
const url = "https://example.com/cat.png";

describe("roles", () => {
  test("every message class, tuples and role objects", async () => {
    const history: BaseMessageLike[] = [
      new SystemMessage("Be brief."),
      ["human", "Hello"],
      new AIMessage("Hi."),
      { role: "user", content: "How are you?" },
      ["assistant", "Fine."],
      "And now?",
      new ChatMessage("Good.", "assistant"),
      new ChatMessage("Well.", "human"),
      { role: "developer", content: "Be kind." },
      new HumanMessage({ content: "Bye", name: "ada" }),
    ];
    expect(await send(history)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi." },
      { role: "user", content: "How are you?" },
      { role: "assistant", content: "Fine." },
      { role: "user", content: "And now?" },
      { role: "assistant", content: "Good." },
      { role: "user", content: "Well." },
      { role: "developer", content: "Be kind." },
      { role: "user", content: "Bye", name: "ada" },
    ]);
  });

  test("a function message and a role of one's own go out as they are", async () => {
    await failure(
      chat().invoke([new FunctionMessage({ content: "42", name: "add" }), new ChatMessage("Hi", "critic")]),
    );
    expect(lastBody()["messages"]).toEqual([
      { role: "function", content: "42", name: "add" },
      { role: "critic", content: "Hi" },
    ]);
  });

  test("a message that removes another is an error that names it", async () => {
    const error = await failure(chat().invoke([new HumanMessage("Hi"), new RemoveMessage({ id: "1" })]));
    expect(ConfigurationError.isInstance(error) && error.field).toBe("messages[1]");
    expect(requests()).toHaveLength(0);
  });
});

describe("content", () => {
  test("one text stands as a string, several texts of a user as parts, of others joined", async () => {
    const texts = (...all: string[]) => all.map((text) => ({ type: "text" as const, text }));
    expect(
      await send([
        new SystemMessage({ content: texts("Be brief.", "Be kind.") }),
        new HumanMessage({ content: texts("One.") }),
        new AIMessage({ content: texts("Tw", "o.") }),
        new HumanMessage({ content: texts("Three.", "Four.") }),
      ]),
    ).toEqual([
      { role: "system", content: "Be brief.\nBe kind." },
      { role: "user", content: "One." },
      { role: "assistant", content: "Two." },
      { role: "user", content: texts("Three.", "Four.") },
    ]);
  });

  test.each([
    ["a standard image by URL", { type: "image", url }, url],
    ["standard image bytes", { type: "image", data: png, mimeType: "image/png" }, pngURL],
    ["a standard image in base64", { type: "image", data: base64(png), mimeType: "image/png" }, pngURL],
    ["a standard image as data URL", { type: "image", data: pngURL, mimeType: "image/png" }, pngURL],
    ["an older image by URL", { type: "image", source_type: "url", url }, url],
    [
      "an older image in base64",
      { type: "image", source_type: "base64", mime_type: "image/png", data: base64(png) },
      pngURL,
    ],
    ["OpenAI's image", { type: "image_url", image_url: { url } }, url],
    ["OpenAI's image as text", { type: "image_url", image_url: url }, url],
    ["an image as file", { type: "file", data: png, mimeType: "image/png" }, pngURL],
  ])("%s", async (_, block, sent) => {
    expect(await sendBlock(block)).toEqual({ type: "image_url", image_url: { url: sent } });
  });

  test("the detail of an image", async () => {
    const sent = { type: "image_url", image_url: { url, detail: "low" } };
    expect(await sendBlock({ type: "image", url, metadata: { detail: "low" } })).toEqual(sent);
    expect(await sendBlock({ type: "image_url", image_url: { url, detail: "low" } })).toEqual(sent);
  });

  test.each([
    ["standard", { type: "audio", data: "UklGRg==", mimeType: "audio/wav" }, "wav"],
    ["standard bytes", { type: "audio", data: Buffer.from("UklGRg==", "base64"), mimeType: "audio/x-wav" }, "wav"],
    ["older", { type: "audio", source_type: "base64", data: "UklGRg==", mime_type: "audio/mpeg" }, "mp3"],
    ["OpenAI's", { type: "input_audio", input_audio: { data: "UklGRg==", format: "mp3" } }, "mp3"],
    ["as file", { type: "file", data: "UklGRg==", mimeType: "audio/mp3" }, "mp3"],
  ])("a recording, %s", async (_, block, format) => {
    expect(await sendBlock(block)).toEqual({ type: "input_audio", input_audio: { data: "UklGRg==", format } });
  });

  test.each([
    [
      "standard",
      { type: "file", data: "JVBERg==", mimeType: "application/pdf", metadata: { filename: "a.pdf" } },
      "a.pdf",
    ],
    ["without a name", { type: "file", data: "JVBERg==", mimeType: "application/pdf" }, "file.pdf"],
    [
      "older",
      {
        type: "file",
        source_type: "base64",
        data: "JVBERg==",
        mime_type: "application/pdf",
        metadata: { name: "b.pdf" },
      },
      "b.pdf",
    ],
  ])("a file, %s", async (_, block, filename) => {
    const file_data = "data:application/pdf;base64,JVBERg==";
    expect(await sendBlock(block)).toEqual({ type: "file", file: { filename, file_data } });
  });

  test.each([
    ["by URL", { type: "video", url }, { url }],
    ["as bytes", { type: "video", data: "AAAA", mimeType: "video/mp4" }, { url: "data:video/mp4;base64,AAAA" }],
    ["as gateways take it", { type: "video_url", video_url: { url, fps: 2 } }, { url, fps: 2 }],
  ])("a video %s", async (_, block, video_url) => {
    expect(await sendBlock(block)).toEqual({ type: "video_url", video_url });
  });

  test("an image as Anthropic writes it", async () => {
    const source = { type: "base64", media_type: "image/png", data: "AAAA" };
    const sent = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    expect(await sendBlock({ type: "image", source })).toEqual(sent);
  });

  test("a part as the caller writes it: the value of a non_standard block", async () => {
    const value = { type: "video_url", video_url: { url: "https://example.com/a.mp4" }, min_pixels: 1 };
    expect(await sendBlock({ type: "non_standard", value })).toEqual(value);
  });

  test.each([
    ["standard", { type: "file", fileId: "file-1" }],
    ["older", { type: "file", source_type: "id", id: "file-1" }],
    ["OpenAI's", { type: "file", file: { file_id: "file-1" } }],
  ])("a file by id, %s", async (_, block) => {
    expect(await sendBlock(block)).toEqual({ type: "file", file: { file_id: "file-1" } });
  });

  test.each([
    ["text-plain", { type: "text-plain", text: "Grüße" }, "Grüße"],
    [
      "text-plain with title",
      { type: "text-plain", title: "Letter", context: "1912", text: "Dear…" },
      "Letter\n1912\nDear…",
    ],
    [
      "text-plain bytes",
      { type: "text-plain", data: new TextEncoder().encode("Grüße"), mimeType: "text/plain" },
      "Grüße",
    ],
    ["a text file", { type: "file", data: base64("# Grüße"), mimeType: "text/markdown" }, "# Grüße"],
    ["an older text", { type: "text", source_type: "text", text: "Old" }, "Old"],
    ["an older text file", { type: "file", source_type: "text", text: "Old" }, "Old"],
  ])("%s as text", async (_, block, text) => {
    expect(await sendBlock(block)).toEqual({ type: "text", text });
  });

  test.each([
    ["an unknown block", { type: "hologram", data: "x" }, "is of type hologram"],
    [
      "a part of one's own without a type",
      { type: "non_standard", value: { fps: 2 } },
      "without a value that has a type",
    ],
    ["a video without data", { type: "video" }, "is of type video without url or data"],
    ["a recording by URL", { type: "audio", url }, "names its audio by URL"],
    ["a file by URL", { type: "file", url, mimeType: "application/pdf" }, "names its file by URL"],
    ["an image by id", { type: "image", fileId: "file-1" }, "is of type image without url or data"],
    ["data without a type", { type: "image", data: "AAAA" }, "has data without mimeType"],
    [
      "an image that is none",
      { type: "image", data: "AAAA", mimeType: "application/zip" },
      "but its mimeType is application/zip",
    ],
    ["text without text", { type: "text" }, "is of type text without a text"],
    ["an image_url without URL", { type: "image_url" }, "is of type image_url without a url"],
    ["no block", null, "is null"],
  ])("%s is an error that names it, and nothing is sent", async (_, block, problem) => {
    const history = [
      new SystemMessage("Hi"),
      new HumanMessage({ content: [{ type: "text", text: "a" }, block as never] }),
    ];
    const error = await failure(chat().invoke(history));
    if (!ConfigurationError.isInstance(error)) throw error;
    expect(error.field).toBe("messages[1].content[1]");
    expect(error.message).toContain(problem);
    expect(requests()).toHaveLength(0);
  });

  test("standard blocks by the contentBlocks field", async () => {
    const message = new HumanMessage({
      contentBlocks: [
        { type: "text", text: "Look:" },
        { type: "image", url },
      ],
    });
    expect(await send([message])).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Look:" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ]);
  });
});

describe("tool calls and their answers", () => {
  const call = (id: string, args: Record<string, unknown> = {}) => ({
    id,
    name: "look",
    args,
    type: "tool_call" as const,
  });
  const wireCall = (id: string, args = "{}") => ({ id, type: "function", function: { name: "look", arguments: args } });

  test("calls are taken from tool_calls; content is null where there are only calls", async () => {
    expect(
      await send([
        ["human", "Hi"],
        new AIMessage({ content: "", tool_calls: [call("a", { at: "sky" })] }),
        new ToolMessage({ content: "blue", tool_call_id: "a" }),
        new AIMessage({ content: "Once more.", tool_calls: [call("b")] }),
        new ToolMessage({ content: "grey", tool_call_id: "b" }),
      ]),
    ).toEqual([
      { role: "user", content: "Hi" },
      { role: "assistant", content: null, tool_calls: [wireCall("a", '{"at":"sky"}')] },
      { role: "tool", content: "blue", tool_call_id: "a" },
      { role: "assistant", content: "Once more.", tool_calls: [wireCall("b")] },
      { role: "tool", content: "grey", tool_call_id: "b" },
    ]);
  });

  test("a tool message with status error says so", async () => {
    const sent = await send([
      new AIMessage({ content: "", tool_calls: [call("a"), call("b")] }),
      new ToolMessage({ content: "no such file", tool_call_id: "a", status: "error" }),
      new ToolMessage({ content: "Error: timeout", tool_call_id: "b", status: "error" }),
    ]);
    expect(sent).toMatchObject([{}, { content: "Error: no such file" }, { content: "Error: timeout" }]);
  });

  test("texts of a result are joined; its files follow in a user message", async () => {
    const sent = await send([
      new AIMessage({ content: "", tool_calls: [call("a"), call("b")] }),
      new ToolMessage({
        tool_call_id: "a",
        name: "look",
        content: [
          { type: "text", text: "Two things:" },
          { type: "text", text: "a cat" },
          { type: "image_url", image_url: { url } },
        ],
      }),
      new ToolMessage({ tool_call_id: "b", content: "nothing" }),
    ]);
    expect(sent).toMatchObject([
      {},
      { role: "tool", content: "Two things:\na cat\n(1 file: in the user message that follows)", tool_call_id: "a" },
      { role: "tool", content: "nothing", tool_call_id: "b" },
      {
        role: "user",
        content: [
          { type: "text", text: "1 file of the result of look (a):" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ]);
  });

  test("an invalid call goes back only where a message answers it", async () => {
    const invalid = (id: string) => ({
      id,
      name: "look",
      args: '{"at":',
      error: "cut",
      type: "invalid_tool_call" as const,
    });
    expect(
      await send([
        new AIMessage({ content: "", invalid_tool_calls: [invalid("a"), invalid("b")] }),
        new ToolMessage({ content: "Malformed, try again.", tool_call_id: "a", status: "error" }),
      ]),
    ).toEqual([
      { role: "assistant", content: null, tool_calls: [wireCall("a", '{"at":')] },
      { role: "tool", content: "Error: Malformed, try again.", tool_call_id: "a" },
    ]);
  });

  test("standard blocks: calls stand once, reasoning and refusal are told apart", async () => {
    const message = new AIMessage({
      contentBlocks: [
        { type: "reasoning", reasoning: "Hm." },
        { type: "text", text: "Let me look." },
        { type: "tool_call", id: "a", name: "look", args: {} },
      ],
    });
    expect(await send([message, new ToolMessage({ content: "blue", tool_call_id: "a" })])).toEqual([
      { role: "assistant", content: "Let me look.", tool_calls: [wireCall("a")], reasoning_content: "Hm." },
      { role: "tool", content: "blue", tool_call_id: "a" },
    ]);
  });

  test("calls that stand in the content alone", async () => {
    const message = new AIMessage({
      content: [{ type: "tool_call", id: "a", name: "look", args: {} }],
      tool_calls: [],
    });
    expect(await send([message, new ToolMessage({ content: "blue", tool_call_id: "a" })])).toMatchObject([
      { content: null, tool_calls: [wireCall("a")] },
      {},
    ]);
  });

  test("a conversation that began with Anthropic goes on", async () => {
    const message = new AIMessage({
      content: [
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "a", name: "look", input: {} },
      ],
      tool_calls: [call("a")],
      response_metadata: { model_provider: "anthropic" },
    });
    expect(await send([message, new ToolMessage({ content: "blue", tool_call_id: "a" })])).toMatchObject([
      { content: "Let me look.", tool_calls: [wireCall("a")] },
      {},
    ]);
  });

  const text = { type: "text", text: "Let me look." };
  // Each as its integration saves it: the calls stand in `tool_calls` too, unless the store kept the content alone.
  const foreign: [string, string, object[]][] = [
    ["tool_use", "anthropic", [text, { type: "tool_use", id: "a", name: "look", input: { at: "sky" } }]],
    [
      "thinking and redacted_thinking",
      "anthropic",
      [
        { type: "thinking", thinking: "Hm.", signature: "s" },
        { type: "redacted_thinking", data: "x" },
        text,
        { type: "tool_use", id: "a", name: "look", input: { at: "sky" } },
      ],
    ],
    [
      "functionCall",
      "google-genai",
      [text, { type: "functionCall", functionCall: { id: "a", name: "look", args: { at: "sky" } } }],
    ],
    [
      "functionCall without a type",
      "google-vertexai",
      [text, { functionCall: { id: "a", name: "look", args: { at: "sky" } } }],
    ],
    [
      "v1 tool_call and reasoning",
      "celuxe",
      [
        { type: "reasoning", reasoning: "Hm." },
        text,
        { type: "tool_call", id: "a", name: "look", args: { at: "sky" } },
      ],
    ],
    [
      "reasoning_content",
      "bedrock-converse",
      [
        { type: "reasoning_content", reasoningText: { text: "Hm.", signature: "s" } },
        text,
        { type: "tool_call", id: "a", name: "look", args: { at: "sky" } },
      ],
    ],
    [
      "an image that the model drew",
      "celuxe",
      [
        text,
        { type: "image", mimeType: "image/png", data: "AAAA" },
        { type: "tool_call", id: "a", name: "look", args: { at: "sky" } },
      ],
    ],
  ];
  const saved = foreign.flatMap(([name, provider, content]) =>
    [undefined, provider, "somebody"].map((model_provider) => ({ name, content, model_provider })),
  );

  test.each(saved)(
    "a saved history with $name loads, model_provider $model_provider",
    async ({ content, model_provider }) => {
      const calls = [call("a", { at: "sky" })];
      for (const tool_calls of [calls, []]) {
        const message = new AIMessage({ content: content as never, response_metadata: { model_provider } });
        message.tool_calls = tool_calls;
        const thought = JSON.stringify(content).includes("Hm.") && { reasoning_content: "Hm." };
        expect(await send([["human", "Hi"], message, new ToolMessage({ content: "blue", tool_call_id: "a" })])).toEqual(
          [
            { role: "user", content: "Hi" },
            { role: "assistant", content: "Let me look.", tool_calls: [wireCall("a", '{"at":"sky"}')], ...thought },
            { role: "tool", content: "blue", tool_call_id: "a" },
          ],
        );
      }
    },
  );

  test.each([
    ["system", new SystemMessage({ content: [{ type: "image_url", image_url: { url } }] })],
    ["assistant", new AIMessage({ content: [{ type: "image_url", image_url: { url } }] })],
  ])("an image in a message of the %s is an error that names it", async (_, message) => {
    const error = await failure(chat().invoke([message]));
    expect(ConfigurationError.isInstance(error) && error.message).toContain("messages[0].content[0] is no text");
    expect(requests()).toHaveLength(0);
  });

  test("no message of the assistant is empty, and reasoning that stands alone goes to the call behind it", async () => {
    const thought = new AIMessage({ content: "", additional_kwargs: { reasoning_content: "Where? " } });
    expect(
      await send([
        ["human", "Hi"],
        thought,
        new AIMessage(""),
        new AIMessage({ content: [], tool_calls: [call("a")], additional_kwargs: { reasoning_content: "Hm." } }),
        new ToolMessage({ content: "blue", tool_call_id: "a" }),
        thought,
        ["human", "And?"],
        new AIMessage({ content: "Grey.", tool_calls: [call("b")] }),
        new ToolMessage({ content: "grey", tool_call_id: "b" }),
      ]),
    ).toEqual([
      { role: "user", content: "Hi" },
      { role: "assistant", content: null, tool_calls: [wireCall("a")], reasoning_content: "Where? Hm." },
      { role: "tool", content: "blue", tool_call_id: "a" },
      { role: "user", content: "And?" },
      { role: "assistant", content: "Grey.", tool_calls: [wireCall("b")] },
      { role: "tool", content: "grey", tool_call_id: "b" },
    ]);
  });

  test("an unknown block of an assistant is an error that names it", async () => {
    const message = new AIMessage({ content: [{ type: "hologram", data: "x" }] });
    const error = await failure(chat().invoke([message]));
    expect(ConfigurationError.isInstance(error) && error.field).toBe("messages[0].content[0]");
  });

  test.each([
    ["without an id", { name: "look", args: {} }, "without an id"],
    ["with a cycle", { ...call("a"), args: cyclic() }, "are not JSON"],
  ])("a call %s is an error that names it", async (_, given, problem) => {
    const error = await failure(chat().invoke([new AIMessage({ content: "", tool_calls: [given] })]));
    expect(ConfigurationError.isInstance(error) && error.message).toContain(problem);
    expect(error).toMatchObject({ field: "messages[0].tool_calls" });
  });

  function cyclic(): Record<string, unknown> {
    const args: Record<string, unknown> = {};
    args["self"] = args;
    return args;
  }
});

describe("reasoning sent back", () => {
  const thought = (tool_calls: { id: string; name: string; args: Record<string, unknown> }[] = []) =>
    new AIMessage({ content: "So.", additional_kwargs: { reasoning_content: "Hm." }, tool_calls });
  const history = [
    thought(),
    thought([{ id: "a", name: "look", args: {} }]),
    new ToolMessage({ content: "blue", tool_call_id: "a" }),
  ];
  const sent = async (sendReasoning?: boolean | "tool-calls") =>
    ((await send(history, { sendReasoning })) as { reasoning_content?: string }[]).map(
      (message) => message.reasoning_content,
    );

  test("with tool calls by default, which DeepSeek's models need", async () => {
    expect(await sent()).toEqual([undefined, "Hm.", undefined]);
    expect(await sent("tool-calls")).toEqual([undefined, "Hm.", undefined]);
  });

  test("always or never", async () => {
    expect(await sent(true)).toEqual(["Hm.", "Hm.", undefined]);
    expect(await sent(false)).toEqual([undefined, undefined, undefined]);
  });

  test("per call", async () => {
    await chat().invoke(history, { sendReasoning: true });
    expect(lastBody()["messages"]).toMatchObject([{ reasoning_content: "Hm." }, {}, {}]);
  });

  test("a refusal goes back as text", async () => {
    expect(
      await send([new AIMessage({ content: "", additional_kwargs: { refusal: "No." } }), ["human", "Why?"]]),
    ).toEqual([
      { role: "assistant", content: "No." },
      { role: "user", content: "Why?" },
    ]);
  });
});
