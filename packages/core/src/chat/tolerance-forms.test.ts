import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunk, done, finish, role, type ScriptedServer, startScripted, toolCalls } from "../../test/scripted.ts";
import { ConnectionError, ProtocolError } from "../index.ts";

// The form of the wire around the chunks, and what comes along with the content.

let server: ScriptedServer;
beforeAll(async () => void (server = await startScripted()));
afterAll(() => server.close());

describe("whole JSON answer where a stream was asked for", () => {
  const completion = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "deepseek-v3",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          reasoning_content: "Hm",
          content: "Hi",
          tool_calls: [{ id: "a", type: "function", function: { name: "look", arguments: '{"at":"sky"}' } }],
        },
        finish_reason: "tool_calls",
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  };
  const deltas = [
    { type: "start", id: "chatcmpl-1", model: "deepseek-v3", created: 1_760_000_000 },
    { type: "reasoning", text: "Hm" },
    { type: "text", text: "Hi" },
    { type: "tool-call-start", index: 0, id: "a", name: "look" },
    { type: "tool-call-arguments", index: 0, text: '{"at":"sky"}' },
    { type: "tool-call-end", toolCall: { id: "a", name: "look", arguments: '{"at":"sky"}', status: "complete" } },
    { type: "usage", usage: { totalTokens: 7 } },
    { type: "finish", reason: "tool-calls", rawReason: "tool_calls" },
  ];

  const bodies: [string, string][] = [
    ["in one line", JSON.stringify(completion)],
    ["in many lines", JSON.stringify(completion, undefined, 2)],
    ["with CRLF", JSON.stringify(completion, undefined, 2).replaceAll("\n", "\r\n")],
  ];

  test.each(["application/json", "text/event-stream", "text/plain", "application/octet-stream"])(
    "is converted to deltas: as %s",
    async (contentType) => {
      for (const [form, body] of bodies) {
        const played = await server.play({ chunks: [body], headers: { "content-type": contentType } });
        expect(played.deltas, form).toMatchObject(deltas);
        expect(played.error).toBeUndefined();
      }
    },
  );

  test("is converted with [DONE] behind it", async () => {
    const played = await server.play([`${JSON.stringify(completion)}\n\n`, done]);
    expect(played.deltas).toMatchObject(deltas);
  });

  test("is converted where it comes as an event", async () => {
    const played = await server.play([{ data: completion }, done]);
    expect(played.deltas).toMatchObject(deltas);
  });

  test("comes with the raw answer first where raw chunks were asked for", async () => {
    for (const contentType of ["application/json", "text/event-stream"]) {
      const chunks = [JSON.stringify(completion)];
      const played = await server.play({ chunks, headers: { "content-type": contentType } }, { includeRaw: true });
      expect(played.deltas[0]).toEqual({ type: "raw", chunk: completion });
      expect(played.deltas.slice(1)).toMatchObject(deltas);
    }
  });

  test("is an error where it is cut", async () => {
    const half = JSON.stringify(completion).slice(0, 100);
    const played = await server.play([half]);
    expect(played).toMatchObject({ opened: false, deltas: [] });
    expect(played.error).toBeInstanceOf(ProtocolError);
    const lines = JSON.stringify(completion, undefined, 2).slice(0, 200);
    const lost = await server.play({ chunks: [lines], end: "reset" });
    expect(lost.error).toBeInstanceOf(ConnectionError);
  });
});

describe("CR, LF, CRLF, BOM, any split of bytes or UTF-8, no newline at the end", () => {
  const events = [
    'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Grüße, "}}]}',
    'event: message\nid: 7\ndata: {"choices":[{"index":0,\ndata: "delta":{"content":"東京 "}}]}',
    ': comment\ndata:{"choices":[{"index":0,"delta":{"content":"👩‍🚀\\n"},"finish_reason":"stop"}]}',
    "data: [DONE]",
  ];
  const lineFeeds = `${events.join("\n\n")}\n\n`;
  const expected = "Grüße, 東京 👩‍🚀\n";

  test.each([
    ["LF", lineFeeds],
    ["CRLF", lineFeeds.replaceAll("\n", "\r\n")],
    ["CR", lineFeeds.replaceAll("\n", "\r")],
    ["a BOM", `\uFEFF${lineFeeds}`],
    ["a BOM and CRLF", `\uFEFF${lineFeeds.replaceAll("\n", "\r\n")}`],
    ["mixed line ends", lineFeeds.replaceAll("\n\n", "\r\n\r").replace("\n", "\r")],
    ["no newline at the end", lineFeeds.trimEnd()],
    ["one newline at the end", `${lineFeeds.trimEnd()}\n`],
    ["CR at the end", `${lineFeeds.trimEnd()}\r`],
    ["no [DONE] and no newline at the end", events.slice(0, -1).join("\n\n")],
    ["many empty lines", lineFeeds.replaceAll("\n\n", "\n\n\n\n\n")],
  ])("%s: the same result, in one write and byte by byte", async (_, wire) => {
    const bytes = new TextEncoder().encode(wire);
    const single = [...bytes].flatMap((byte) => [Uint8Array.of(byte), { waitMs: 0 }]);
    for (const chunks of [[bytes], single]) {
      const played = await server.play(chunks);
      expect(played).toMatchObject({ text: expected, error: undefined, finish: { reason: "stop" } });
    }
  });

  test.each(["\n", "\r\n", "\r"])(
    "an event is handed over when it is there, not with the next: line end %j",
    async (end) => {
      const event = `data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}${end}${end}`;
      const stream = await server.stream({ chunks: [event], end: "stay-open" });
      expect((await stream.next()).value).toMatchObject({ type: "start" });
      expect((await stream.next()).value).toEqual({ type: "text", text: "Hi" });
      await stream.cancel();
    },
  );
});

describe("what comes along", () => {
  test("the head of the answer, once, from the first chunk that has one", async () => {
    const bare = { data: { id: "", model: "", choices: [] } };
    const fields = { id: "1", model: "m", created: "1760000000", system_fingerprint: "fp", service_tier: "flex" };
    const named = { data: { ...fields, choices: [{ index: 0, delta: { content: "Hi" } }] } };
    const other = { data: { id: "2", model: "other", choices: [{ index: 0, delta: { content: "!" } }] } };
    const played = await server.play([bare, named, other, finish(), done]);
    expect(played.deltas.filter(({ type }) => type === "start")).toEqual([
      { type: "start", id: "1", model: "m", created: 1_760_000_000, systemFingerprint: "fp", serviceTier: "flex" },
    ]);
  });

  test("log probabilities and annotations", async () => {
    const logprob = (token: string) => ({ token, logprob: -0.1, bytes: null, top_logprobs: [] });
    const cited = { type: "url_citation", url_citation: { url: "https://example.com" } };
    const content = (token: string) =>
      chunk({ content: token }, { logprobs: { content: [logprob(token)], refusal: null } });
    const wire = [role, content("H"), content("i"), chunk({ annotations: [cited, null, 7] }), finish(), done];
    const joined = {
      text: "Hi",
      logprobs: { content: [logprob("H"), logprob("i")], refusal: [] },
      annotations: [cited],
    };
    for (const mergeDeltas of [true, false]) {
      const { text, deltas } = await server.play(wire, { mergeDeltas });
      const logprobs = deltas.filter((delta) => delta.type === "logprobs");
      expect({
        text,
        logprobs: {
          content: logprobs.flatMap((delta) => delta.content),
          refusal: logprobs.flatMap((delta) => delta.refusal),
        },
        annotations: deltas.flatMap((delta) => (delta.type === "annotations" ? delta.annotations : [])),
      }).toEqual(joined);
    }
    const message = { content: "Hi", annotations: [cited, null] };
    const whole = { message, logprobs: { content: joined.logprobs.content, refusal: "odd" }, finish_reason: "stop" };
    expect(await server.answer({ choices: [whole] })).toMatchObject(joined);
  });

  test.each([null, "odd", 7, [], {}, { content: null, refusal: null }, { content: [null, 7] }])(
    "log probabilities that are none: %j",
    async (logprobs) => {
      const played = await server.play([role, chunk({ content: "Hi" }, { logprobs }), finish(), done]);
      expect(played.deltas.map(({ type }) => type)).toEqual(["start", "text", "finish"]);
    },
  );
});

describe("parsed JSON is never merged into objects", () => {
  const evil = '"__proto__":{"polluted":1,"error":"x","type":"error"},"constructor":{"prototype":{"polluted":1}}';
  const sprinkled = (json: string) => json.replaceAll("{", `{${evil},`).replaceAll(",}", "}");

  test("__proto__ and constructor in every place change nothing", async () => {
    const events = [
      '{"id":"1","choices":[{"index":0,"delta":{"content":"Hi","annotations":[{"a":1}]},"logprobs":{"content":[{"b":1}]}}]}',
      '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"look","arguments":{"c":1}}}]}}]}',
      '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"total_tokens":3,"prompt_tokens_details":{}}}',
    ].map((json) => `data: ${sprinkled(json)}\n\n`);
    const played = await server.play([...events, done]);
    expect(played).toMatchObject({ text: "Hi", error: undefined, toolCalls: [{ name: "look", status: "complete" }] });
    const answer = await server.answer(
      sprinkled(
        '{"id":"1","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}',
      ),
    );
    expect(answer.text).toBe("Hi");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    for (const value of [answer, answer.choices[0], answer.usage, played.usage, ...played.deltas]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test("a tool named __proto__ is a tool like another", async () => {
    const call = { index: 0, id: "__proto__", function: { name: "__proto__", arguments: "{}" } };
    const played = await server.play([role, toolCalls(call), finish("tool_calls"), done]);
    expect(played.toolCalls).toMatchObject([{ id: "__proto__", name: "__proto__", status: "complete" }]);
  });
});
