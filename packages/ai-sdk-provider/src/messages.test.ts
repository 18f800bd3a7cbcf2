import type { LanguageModelV4Message, LanguageModelV4Prompt, SharedV4Warning } from "@ai-sdk/provider";
import { UnsupportedFunctionalityError } from "@ai-sdk/provider";
import type { CeluxeLanguageModelOptions } from "@celuxe/ai-sdk-provider";
import { describe, expect, test } from "vitest";
import { completion, useEmulator } from "../test/harness.ts";

// The emulator refuses what OpenAI's format refuses, so a message that comes through is also one that it allows.
const { answer, celuxe, lastBody, requests } = useEmulator();

async function send(messages: LanguageModelV4Prompt, options: CeluxeLanguageModelOptions = {}) {
  const { warnings } = await celuxe()("gpt-4o").doGenerate({ prompt: messages, providerOptions: { celuxe: options } });
  return { messages: lastBody()["messages"], warnings };
}

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const pngURL = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
const wav = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt "), Buffer.alloc(8)]);
const mp3 = Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0);
const pdf = new TextEncoder().encode("%PDF-1.7 …");
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

type UserMessage = Extract<LanguageModelV4Message, { role: "user" }>;
type UserPart = UserMessage["content"][number];
const user = (...content: UserPart[]): UserMessage => ({ role: "user", content });
const hello = user({ type: "text", text: "Hello" });
const file = (mediaType: string, data: Extract<UserPart, { type: "file" }>["data"], filename?: string): UserPart => ({
  type: "file",
  mediaType,
  data,
  ...(filename !== undefined && { filename }),
});
const bytes = (data: Uint8Array | string) => ({ type: "data" as const, data });

describe("system and user messages", () => {
  test("text stands as a string, which every model takes", async () => {
    const { messages } = await send([{ role: "system", content: "Be brief." }, hello]);
    expect(messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
    ]);
  });

  test("several parts stand as parts", async () => {
    const { messages } = await send([user({ type: "text", text: "One." }, { type: "text", text: "Two." })]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "One." },
          { type: "text", text: "Two." },
        ],
      },
    ]);
  });

  test("options of messages and parts reach the wire, and cannot replace what the message says", async () => {
    const { messages } = await send([
      { role: "system", content: "Be brief.", providerOptions: { celuxe: { name: "boss", role: "user" } } },
      {
        role: "user",
        content: [
          { type: "text", text: "Hello", providerOptions: { celuxe: { cache_control: { type: "ephemeral" } } } },
        ],
        providerOptions: { celuxe: { name: "ann", content: "something else" }, openai: { name: "not for us" } },
      },
    ]);
    expect(messages).toEqual([
      { role: "system", name: "boss", content: "Be brief." },
      {
        role: "user",
        name: "ann",
        content: [{ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }],
      },
    ]);
  });
});

describe("files", () => {
  test.each<[string, UserPart, unknown]>([
    [
      "an image by URL",
      file("image/png", { type: "url", url: new URL("https://example.com/a%20b.png?x=1") }),
      { type: "image_url", image_url: { url: "https://example.com/a%20b.png?x=1" } },
    ],
    ["an image as bytes", file("image/png", bytes(png)), { type: "image_url", image_url: { url: pngURL } }],
    [
      "an image as base64",
      file("image/jpeg", bytes("AAAA")),
      { type: "image_url", image_url: { url: "data:image/jpeg;base64,AAAA" } },
    ],
    [
      "an image that is only said to be one",
      file("image", bytes(png)),
      { type: "image_url", image_url: { url: pngURL } },
    ],
    ["an image of type image/*", file("image/*", bytes(png)), { type: "image_url", image_url: { url: pngURL } }],
    [
      "an image of type image/* as base64",
      file("image/*", bytes(base64(png))),
      { type: "image_url", image_url: { url: pngURL } },
    ],
    [
      "a PDF with its name",
      file("application/pdf", bytes(pdf), "paper.pdf"),
      { type: "file", file: { filename: "paper.pdf", file_data: `data:application/pdf;base64,${base64(pdf)}` } },
    ],
    [
      "a PDF without a name",
      file("application", bytes(pdf)),
      { type: "file", file: { filename: "document.pdf", file_data: `data:application/pdf;base64,${base64(pdf)}` } },
    ],
    [
      "a wav recording",
      file("audio/wav", bytes(wav)),
      { type: "input_audio", input_audio: { data: base64(wav), format: "wav" } },
    ],
    [
      "an mp3 recording",
      file("audio/mpeg", bytes(mp3)),
      { type: "input_audio", input_audio: { data: base64(mp3), format: "mp3" } },
    ],
    [
      "a recording that is only said to be one",
      file("audio", bytes(wav)),
      { type: "input_audio", input_audio: { data: base64(wav), format: "wav" } },
    ],
    ["a text file as bytes", file("text/plain", bytes(Buffer.from("Grüße"))), { type: "text", text: "Grüße" }],
    [
      "a text file as base64",
      file("text/markdown; charset=utf-8", bytes(base64(Buffer.from("# Grüße")))),
      { type: "text", text: "# Grüße" },
    ],
    ["a JSON file", file("application/json", bytes(Buffer.from("{}"))), { type: "text", text: "{}" }],
    ["inline text", file("text/csv", { type: "text", text: "a,b" }), { type: "text", text: "a,b" }],
    [
      "a file that the service knows",
      file("application/pdf", { type: "reference", reference: { celuxe: "file-1", openai: "file-2" } }),
      { type: "file", file: { file_id: "file-1" } },
    ],
  ])("%s", async (_, part, expected) => {
    const { messages } = await send([user({ type: "text", text: "Look:" }, part)]);
    expect(messages).toEqual([{ role: "user", content: [{ type: "text", text: "Look:" }, expected] }]);
  });

  test("imageDetail becomes detail, other options stand beside it", async () => {
    const image = file("image/png", bytes(png));
    const { messages } = await send([
      user({ ...image, providerOptions: { celuxe: { imageDetail: "low", cache_control: { type: "ephemeral" } } } }),
    ]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: pngURL, detail: "low" }, cache_control: { type: "ephemeral" } },
        ],
      },
    ]);
  });

  test("an address that is not of the web stays as it was written", async () => {
    answer(completion({ content: "A cat." }));
    const url = { type: "url" as const, url: new URL("gs://Bucket/cat.png"), originalUrl: "gs://Bucket/./cat.png" };
    const { messages } = await send([user(file("image/png", url))]);
    expect(messages).toMatchObject([{ content: [{ image_url: { url: "gs://Bucket/./cat.png" } }] }]);
  });

  test("a file id under another name of the provider", async () => {
    const part = file("application/pdf", { type: "reference", reference: { "celuxe-eu": "file-3" } });
    await celuxe({ name: "celuxe-eu" })("gpt-4o").doGenerate({ prompt: [user(part, { type: "text", text: "?" })] });
    expect(lastBody()["messages"]).toMatchObject([{ content: [{ file: { file_id: "file-3" } }, {}] }]);
  });

  test("bytes become base64 alike in every runtime", async () => {
    const large = Uint8Array.from({ length: 100_001 }, (_, index) => (index * 31) % 256);
    const expected = `data:image/png;base64,${base64(large)}`;
    const sent = async (data: Uint8Array) => {
      const { messages } = await send([user(file("image/png", bytes(data)))]);
      return (messages as { content: { image_url: { url: string } }[] }[])[0]?.content[0]?.image_url.url;
    };
    expect(await sent(large)).toBe(expected);
    // A view into a larger buffer, as Node's small Buffers are.
    expect(await sent(new Uint8Array(large.buffer, 3, 5))).toBe(
      `data:image/png;base64,${base64(large.subarray(3, 8))}`,
    );
    const runtimeOwn = Object.assign(large.slice(0, 3), { toBase64: () => "own/" });
    expect(await sent(runtimeOwn)).toBe("data:image/png;base64,own/");
  });

  test.each([
    ["audio/flac", file("audio/flac", bytes(png))],
    ["application/zip", file("application/zip", bytes(png))],
    ["application/pdf by URL", file("application/pdf", { type: "url", url: new URL("https://example.com/a.pdf") })],
  ])("%s is refused by name, before a request: left out, the answer would be about nothing", async (name, part) => {
    const error = await send([user(part)]).catch((error: unknown) => error);
    expect(UnsupportedFunctionalityError.isInstance(error)).toBe(true);
    expect((error as Error).message).toContain(name);
    expect(requests()).toHaveLength(0);
  });

  test("an image that cannot be told is refused", async () => {
    await expect(send([user(file("image", bytes(Uint8Array.of(1, 2, 3))))])).rejects.toThrow(/image/);
  });
});

describe("assistant messages", () => {
  const weather = { type: "tool-call", toolCallId: "call_1", toolName: "weather", input: { city: "Paris" } } as const;
  const wireCall = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } };
  const sunny = {
    role: "tool",
    content: [
      { type: "tool-result", toolCallId: "call_1", toolName: "weather", output: { type: "text", value: "sunny" } },
    ],
  } as const satisfies LanguageModelV4Message;
  const wireSunny = { role: "tool", tool_call_id: "call_1", content: "sunny" };
  const thought = { type: "reasoning", text: "Hm." } as const;

  test("text and tool calls", async () => {
    const { messages } = await send([
      hello,
      { role: "assistant", content: [{ type: "text", text: "I look. " }, { type: "text", text: "Wait." }, weather] },
      { ...sunny, content: [...sunny.content] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: "Hello" },
      { role: "assistant", content: "I look. Wait.", tool_calls: [wireCall] },
      wireSunny,
    ]);
  });

  test("tool calls alone have null for text", async () => {
    const { messages } = await send([
      hello,
      { role: "assistant", content: [weather] },
      { ...sunny, content: [...sunny.content] },
    ]);
    expect(messages).toMatchObject([{}, { role: "assistant", content: null, tool_calls: [wireCall] }, {}]);
  });

  test.each([
    [true, ["Hm.", "Hm."]],
    [false, [undefined, undefined]],
    ["tool-calls", [undefined, "Hm."]],
    [undefined, [undefined, "Hm."]],
  ] as const)("sendReasoning %s sends back what it says", async (sendReasoning, expected) => {
    const { messages } = await send(
      [
        hello,
        { role: "assistant", content: [thought, { type: "text", text: "Hi." }] },
        hello,
        { role: "assistant", content: [thought, weather] },
        { ...sunny, content: [...sunny.content] },
      ],
      { sendReasoning },
    );
    const assistant = (messages as { role: string; reasoning_content?: string }[]).filter(
      ({ role }) => role === "assistant",
    );
    expect(assistant.map(({ reasoning_content }) => reasoning_content)).toEqual(expected);
  });

  test.each([
    ["an object", { a: 1 }, '{"a":1}'],
    ["nothing", undefined, "{}"],
    ["JSON as text stays as the model wrote it", '{"a": 1}', '{"a": 1}'],
    ["text that is not JSON", '{"a": ', '"{\\"a\\": "'],
    ["a BigInt", { a: 1n }, '{"a":"1"}'],
  ])("the input of a tool call: %s", async (_, input, expected) => {
    const { messages } = await send([
      hello,
      { role: "assistant", content: [{ ...weather, input }] },
      { ...sunny, content: [...sunny.content] },
    ]);
    expect(messages).toMatchObject([{}, { tool_calls: [{ function: { arguments: expected } }] }, {}]);
  });

  test("options of parts and messages reach the wire", async () => {
    const { messages } = await send([
      hello,
      {
        role: "assistant",
        content: [
          { type: "text", text: "Hm.", providerOptions: { celuxe: { cache_control: { type: "ephemeral" } } } },
          { ...weather, providerOptions: { celuxe: { extra_content: { google: { thought_signature: "s" } } } } },
        ],
        providerOptions: { celuxe: { prefix: true } },
      },
      { ...sunny, content: [...sunny.content], providerOptions: { celuxe: { name: "weather" } } },
    ]);
    expect(messages).toEqual([
      { role: "user", content: "Hello" },
      {
        role: "assistant",
        prefix: true,
        content: [{ type: "text", text: "Hm.", cache_control: { type: "ephemeral" } }],
        tool_calls: [{ ...wireCall, extra_content: { google: { thought_signature: "s" } } }],
      },
      { ...wireSunny, name: "weather" },
    ]);
  });

  test("text files are kept, files that OpenAI's format has no place for are named in a warning", async () => {
    const { messages, warnings } = await send([
      hello,
      {
        role: "assistant",
        content: [
          { type: "file", mediaType: "text/plain", data: { type: "text", text: "notes" } },
          { type: "file", mediaType: "image/png", data: bytes(png) },
          { type: "reasoning-file", mediaType: "image/png", data: bytes(png) },
          { type: "custom", kind: "other.thing" },
        ],
      },
      hello,
    ]);
    expect(messages).toMatchObject([{}, { role: "assistant", content: "notes" }, {}]);
    expect(featuresOf(warnings)).toEqual([
      "image/png file in an assistant message",
      "reasoning-file in an assistant message",
      "custom in an assistant message",
    ]);
  });

  test("a tool that another provider ran becomes a call and its result", async () => {
    const { messages, warnings } = await send([
      hello,
      {
        role: "assistant",
        content: [
          { ...weather, providerExecuted: true },
          {
            type: "tool-result",
            toolCallId: "call_1",
            toolName: "weather",
            output: { type: "json", value: { sky: "blue" } },
          },
          { type: "text", text: "Blue." },
        ],
      },
      hello,
    ]);
    expect(messages).toMatchObject([
      {},
      { role: "assistant", content: "Blue.", tool_calls: [wireCall] },
      { role: "tool", tool_call_id: "call_1", content: '{"sky":"blue"}' },
      {},
    ]);
    expect(warnings).toEqual([]);
  });

  test("such a call without its result is left out with a warning: the service would refuse it", async () => {
    const { messages, warnings } = await send([
      hello,
      { role: "assistant", content: [{ ...weather, providerExecuted: true }] },
      hello,
    ]);
    expect(messages).toEqual([
      { role: "user", content: "Hello" },
      { role: "user", content: "Hello" },
    ]);
    expect(featuresOf(warnings)).toEqual([
      "call of weather, a tool of another provider, without its result",
      "assistant message without content",
    ]);
  });

  // The Agents SDK and some stores keep reasoning in a message of its own.
  test("reasoning that stands alone goes to the tool call that it belongs to", async () => {
    const { messages, warnings } = await send([
      hello,
      { role: "assistant", content: [{ type: "reasoning", text: "Where? " }] },
      { role: "assistant", content: [] },
      { role: "assistant", content: [thought, weather] },
      { ...sunny, content: [...sunny.content] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: "Hello" },
      { role: "assistant", content: null, tool_calls: [wireCall], reasoning_content: "Where? Hm." },
      wireSunny,
    ]);
    expect(featuresOf(warnings)).toEqual(["assistant message without content"]);
  });

  test("reasoning without an answer behind it is left out with a warning: no assistant message is empty", async () => {
    for (const sendReasoning of [true, "tool-calls", false] as const) {
      const { messages, warnings } = await send([hello, { role: "assistant", content: [thought] }, hello], {
        sendReasoning,
      });
      expect(messages).toEqual([
        { role: "user", content: "Hello" },
        { role: "user", content: "Hello" },
      ]);
      expect(featuresOf(warnings)).toEqual(["reasoning without an answer behind it"]);
    }
  });

  test("what this package told of an answer does not go back on the wire, what the user put there does", async () => {
    const logprobs = { content: [{ token: "Hi", logprob: 0 }], refusal: [{ token: "No", logprob: 0 }] };
    answer(
      completion({ content: "Hi." }, "stop", {
        choices: [{ index: 0, message: { content: "Hi." }, finish_reason: "stop", logprobs }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost: 0.1 },
        system_fingerprint: "fp",
        service_tier: "pro",
      }),
      1,
    );
    const { providerMetadata } = await celuxe()("gpt-4o").doGenerate({ prompt: [hello] });
    expect(Object.keys(providerMetadata?.["celuxe"] ?? {}).toSorted()).toEqual(
      ["requestId", "rateLimit", "logprobs", "refusalLogprobs", "cost", "systemFingerprint", "serviceTier"].toSorted(),
    );
    const providerOptions = { celuxe: { ...providerMetadata?.["celuxe"], cache_control: { type: "ephemeral" } } };
    const { messages } = await send([
      hello,
      { role: "assistant", content: [{ type: "text", text: "Hi." }], providerOptions: providerMetadata ?? {} },
      hello,
      { role: "assistant", content: [{ type: "text", text: "Hi.", providerOptions }, weather], providerOptions },
      { ...sunny, content: [...sunny.content] },
    ]);
    const kept = { cache_control: { type: "ephemeral" } };
    expect(messages).toEqual([
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi." },
      { role: "user", content: "Hello" },
      { ...kept, role: "assistant", content: [{ ...kept, type: "text", text: "Hi." }], tool_calls: [wireCall] },
      wireSunny,
    ]);
  });

  test.each([
    ["google", { google: { thoughtSignature: "s" } }],
    ["celuxe, as openai-compatible writes it", { celuxe: { thoughtSignature: "s" } }],
    ["celuxe, as this package writes it", { celuxe: { extra_content: { google: { thought_signature: "s" } } } }],
  ])("a thought signature goes back with its call: %s", async (_, providerOptions) => {
    const { messages } = await send([
      hello,
      { role: "assistant", content: [{ ...weather, providerOptions }] },
      { ...sunny, content: [...sunny.content] },
    ]);
    const signed = { ...wireCall, extra_content: { google: { thought_signature: "s" } } };
    expect(messages).toMatchObject([{}, { tool_calls: [signed] }, {}]);
    expect((messages as { tool_calls?: object[] }[])[1]?.tool_calls).toEqual([signed]);
  });
});

describe("tool results", () => {
  type Output = Extract<
    Extract<LanguageModelV4Message, { role: "tool" }>["content"][number],
    { type: "tool-result" }
  >["output"];
  const withResults = (...outputs: Output[]): LanguageModelV4Prompt => [
    hello,
    {
      role: "assistant",
      content: outputs.map((_, index) => ({
        type: "tool-call",
        toolCallId: `call_${index}`,
        toolName: "look",
        input: {},
      })),
    },
    ...outputs.map((output, index): LanguageModelV4Message => ({
      role: "tool",
      content: [{ type: "tool-result", toolCallId: `call_${index}`, toolName: "look", output }],
    })),
  ];

  test.each<[string, Output, unknown]>([
    ["text", { type: "text", value: "sunny" }, "sunny"],
    ["JSON", { type: "json", value: { sky: ["blue"] } }, '{"sky":["blue"]}'],
    ["an error in words", { type: "error-text", value: "no network" }, '{"error":"no network"}'],
    ["an error as JSON", { type: "error-json", value: { code: 7 } }, '{"error":{"code":7}}'],
    ["a denied call", { type: "execution-denied" }, "The user denied the execution of look."],
    [
      "a denied call with its reason",
      { type: "execution-denied", reason: "Too dear." },
      "The user denied the execution of look. Reason: Too dear.",
    ],
    [
      "texts",
      {
        type: "content",
        value: [
          { type: "text", text: "one" },
          { type: "text", text: "two" },
        ],
      },
      "one\ntwo",
    ],
    ["nothing", { type: "content", value: [] }, ""],
    [
      "text with options",
      { type: "content", value: [{ type: "text", text: "one", providerOptions: { celuxe: { x: 1 } } }] },
      [{ type: "text", text: "one", x: 1 }],
    ],
  ])("%s", async (_, output, expected) => {
    const { messages, warnings } = await send(withResults(output));
    expect((messages as unknown[])[2]).toEqual({ role: "tool", tool_call_id: "call_0", content: expected });
    expect(warnings).toEqual([]);
  });

  test("images follow in a user message, after all results of the step", async () => {
    const picture: Output = {
      type: "content",
      value: [
        { type: "text", text: "A cat." },
        { type: "file", mediaType: "image", data: bytes(png), providerOptions: { celuxe: { imageDetail: "low" } } },
      ],
    };
    const { messages } = await send([...withResults(picture, { type: "text", value: "sunny" }), hello]);
    expect((messages as unknown[]).slice(2)).toEqual([
      { role: "tool", tool_call_id: "call_0", content: "A cat.\n(1 file: in the user message that follows)" },
      { role: "tool", tool_call_id: "call_1", content: "sunny" },
      {
        role: "user",
        content: [
          { type: "text", text: "1 file of the result of look (call_0):" },
          { type: "image_url", image_url: { url: pngURL, detail: "low" } },
        ],
      },
      { role: "user", content: "Hello" },
    ]);
  });

  test("what has no place is named in a warning", async () => {
    const { warnings } = await send([
      ...withResults({ type: "content", value: [{ type: "custom" }] }),
      { role: "tool", content: [{ type: "tool-approval-response", approvalId: "a", approved: true }] },
    ]);
    expect(featuresOf(warnings)).toEqual(["custom in a tool result", "tool-approval-response in a tool message"]);
  });
});

test("kinds that a later AI SDK may add are left out with a warning, never an error", async () => {
  const later = (value: object) => value as never;
  const { messages, warnings } = await send([
    hello,
    later({ role: "narrator", content: "Once upon a time" }),
    user(later({ type: "hologram" }), file("image/png", later({ type: "hologram" })), { type: "text", text: "Hello" }),
    { role: "assistant", content: [later({ type: "hologram" }), { type: "text", text: "Hi" }] },
    hello,
  ]);
  expect(messages).toEqual([
    { role: "user", content: "Hello" },
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi" },
    { role: "user", content: "Hello" },
  ]);
  expect(featuresOf(warnings)).toEqual([
    "message with the role narrator",
    "hologram in a user message",
    "file with hologram data",
    "hologram in an assistant message",
  ]);
});

function featuresOf(warnings: SharedV4Warning[]): string[] {
  return warnings.map((warning) => (warning.type === "unsupported" ? warning.feature : warning.type));
}
