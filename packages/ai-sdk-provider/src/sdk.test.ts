// The provider under the real AI SDK: the newest one, and the oldest that it promises to work with.
import { APICallError } from "@ai-sdk/provider";
import type { WirePiece } from "@celuxe/emulator";
import * as newest from "ai";
import * as oldest from "ai-7.0.149";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { chunk, completion, done, useEmulator } from "../test/harness.ts";

const { answer, celuxe, emulator, lastBody, reply, requests, script } = useEmulator();

const sdks: [string, typeof newest][] = [
  ["the newest ai", newest],
  ["ai 7.0.149", oldest as unknown as typeof newest],
];

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

describe.each(sdks)("with %s", (_, sdk) => {
  const { generateText, streamText, Output, tool } = sdk;
  const model = (id = "gpt-4o") => celuxe()(id);
  const weather = (execute = async ({ city }: { city: string }) => `${city}: sunny`) =>
    tool({ description: "The weather", inputSchema: z.object({ city: z.string() }), execute });

  describe("text", () => {
    test("generateText gives text, usage, finish reason and metadata", async () => {
      const result = await generateText({ model: model(), prompt: "What is the capital of France?" });
      expect(result.text).toBe("The capital of France is Paris.");
      expect(result.finishReason).toBe("stop");
      expect(result.usage).toMatchObject({ inputTokens: 15, outputTokens: 7, totalTokens: 22 });
      expect(result.response).toMatchObject({ id: expect.stringMatching(/^chatcmpl-/), modelId: "gpt-4o" });
      expect(result.response.timestamp).toBeInstanceOf(Date);
      expect(result.response.headers?.["x-request-id"]).toBe(result.providerMetadata?.["celuxe"]?.["requestId"]);
      expect(result.warnings ?? []).toEqual([]);
    });

    test("streamText gives the same, piece by piece", async () => {
      const result = streamText({ model: model(), prompt: "What is the capital of France?" });
      let text = "";
      for await (const piece of result.textStream) text += piece;
      expect(text).toBe("The capital of France is Paris.");
      expect(await result.finishReason).toBe("stop");
      expect(await result.usage).toMatchObject({ inputTokens: 15, outputTokens: 7 });
      expect((await result.response).modelId).toBe("gpt-4o");
      expect((await result.providerMetadata)?.["celuxe"]?.["requestId"]).toMatch(/^req_/);
    });

    test("pieces come when they are sent, not at the end", async () => {
      script([chunk({ content: "now" }), { waitMs: 400 }, chunk({ content: " later" }), chunk({}, "stop"), done]);
      const began = performance.now();
      const times: number[] = [];
      for await (const _piece of streamText({ model: model(), prompt: "Hi" }).textStream) {
        times.push(performance.now() - began);
      }
      expect(times).toHaveLength(2);
      expect(times[1]! - times[0]!).toBeGreaterThan(200);
    });

    test("reasoning stands apart from the text", async () => {
      const whole = await generateText({ model: model("deepseek-r1"), prompt: "Hi" });
      expect(whole.reasoningText).toMatch(/\S/);
      expect(whole.text).toMatch(/\S/);
      expect(whole.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
      const streamed = streamText({ model: model("deepseek-r1"), prompt: "Hi" });
      expect(await streamed.reasoningText).toBe(whole.reasoningText);
      expect(await streamed.text).toBe(whole.text);
    });
  });

  describe("tools", () => {
    test("thoughts that stand in the text are taken out by extractReasoningMiddleware", async () => {
      const middleware = sdk.extractReasoningMiddleware({ tagName: "think" });
      const thinking = sdk.wrapLanguageModel({ model: model(), middleware });
      reply({ text: "<think>2, 3, 5.</think>Three." });
      const whole = await generateText({ model: thinking, prompt: "Primes below 6?" });
      expect(whole).toMatchObject({ reasoningText: "2, 3, 5.", text: "Three." });
      const stream = streamText({ model: thinking, prompt: "Primes below 6?" });
      expect([await stream.reasoningText, await stream.text]).toEqual(["2, 3, 5.", "Three."]);
    });

    test("JSON in a fence is taken out by extractJsonMiddleware", async () => {
      const fenced = sdk.wrapLanguageModel({ model: model(), middleware: sdk.extractJsonMiddleware() });
      reply({ text: '```json\n{"city":"Paris"}\n```' });
      const output = Output.object({ schema: z.object({ city: z.string() }) });
      expect((await generateText({ model: fenced, prompt: "Which city?", output })).output).toEqual({ city: "Paris" });
    });

    test("a tool loop runs to its answer, in generateText and streamText", async () => {
      const options = {
        model: model(),
        prompt: "What is the weather in Paris?",
        tools: { weather: weather(async () => "sunny in Paris") },
        stopWhen: sdk.isStepCount(3),
      };
      const whole = await generateText(options);
      expect(whole.steps).toHaveLength(2);
      expect(whole.text).toContain("sunny in Paris");
      const streamed = streamText(options);
      await streamed.consumeStream();
      expect(await streamed.text).toBe(whole.text);
      expect((await streamed.steps).map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
      expect(requests()).toHaveLength(4);
    });

    test("parallel calls all run, and their results go back together", async () => {
      reply(
        {
          toolCalls: [
            { name: "weather", arguments: { city: "Paris" }, id: "call_a" },
            { name: "weather", arguments: { city: "Rome" }, id: "call_b" },
          ],
        },
        { text: "Both sunny." },
      );
      const result = streamText({
        model: model(),
        prompt: "Weather?",
        tools: { weather: weather() },
        stopWhen: sdk.isStepCount(3),
      });
      expect(await result.text).toBe("Both sunny.");
      expect(lastBody()["messages"]).toMatchObject([
        { role: "user" },
        { role: "assistant", tool_calls: [{ id: "call_a" }, { id: "call_b" }] },
        { role: "tool", tool_call_id: "call_a", content: "Paris: sunny" },
        { role: "tool", tool_call_id: "call_b", content: "Rome: sunny" },
      ]);
    });

    test("a tool that fails tells the model so", async () => {
      reply({ toolCalls: [{ name: "weather", arguments: { city: "Paris" } }] }, { text: "Sorry." });
      await generateText({
        model: model(),
        prompt: "Weather?",
        tools: { weather: weather(() => Promise.reject(new Error("no network"))) },
        stopWhen: sdk.isStepCount(3),
      });
      expect(lastBody()["messages"]).toMatchObject([
        {},
        {},
        { role: "tool", content: '{"error":"Error: no network"}' },
      ]);
    });

    test("what a service wants back with a call goes back with it, such as Gemini's thought signature", async () => {
      const extra = { extra_content: { google: { thought_signature: "s" } } };
      const call = {
        id: "call_1",
        type: "function",
        function: { name: "weather", arguments: '{"city":"Rome"}' },
        ...extra,
      };
      const loop = {
        model: model(),
        prompt: "Weather?",
        tools: { weather: weather() },
        stopWhen: sdk.isStepCount(2),
      };
      reply({ text: "Sunny." });
      answer(completion({ tool_calls: [call] }, "tool_calls"), 1);
      await generateText(loop);
      expect(lastBody()["messages"]).toMatchObject([{}, { tool_calls: [extra] }, {}]);
      script([chunk({ tool_calls: [{ index: 0, ...call }] }), chunk({}, "tool_calls"), done], "close", 1);
      await streamText(loop).consumeStream();
      expect(lastBody()["messages"]).toMatchObject([{}, { tool_calls: [extra] }, {}]);
      expect(requests()).toHaveLength(4);
    });

    test("the agent of the AI SDK runs on it", async () => {
      const agent = new sdk.ToolLoopAgent({
        model: model(),
        instructions: "Be brief.",
        tools: { weather: weather(async () => "rain") },
      });
      expect((await agent.generate({ prompt: "What is the weather in Paris?" })).text).toContain("rain");
      const streamed = await agent.stream({ prompt: "What is the weather in Paris?" });
      expect(await streamed.text).toContain("rain");
    });

    test("a forced tool choice reaches the service", async () => {
      const result = await generateText({
        model: model(),
        prompt: "Hello",
        tools: { weather: weather() },
        toolChoice: { type: "tool", toolName: "weather" },
      });
      expect(result.toolCalls).toHaveLength(1);
      expect(lastBody()["tool_choice"]).toEqual({ type: "function", function: { name: "weather" } });
    });
  });

  describe("output", () => {
    const recipe = z.object({ name: z.string(), steps: z.array(z.string()) });

    test("Output.object, whole and in parts, with json_schema", async () => {
      const whole = await generateText({
        model: model(),
        prompt: "Lasagna",
        output: Output.object({ schema: recipe }),
      });
      expect(recipe.safeParse(whole.output).success).toBe(true);
      expect(lastBody()["response_format"]).toMatchObject({ type: "json_schema" });
      script([
        ...['{"name":"La', 'sagna","st', 'eps":["a"', ',"b"]}'].flatMap((content): WirePiece[] => [
          chunk({ content }),
          { waitMs: 10 },
        ]),
        chunk({}, "stop"),
        done,
      ]);
      const streamed = streamText({ model: model(), prompt: "Lasagna", output: Output.object({ schema: recipe }) });
      const partial: unknown[] = [];
      for await (const part of streamed.partialOutputStream) partial.push(part);
      expect(partial[0]).toEqual({ name: "La" });
      expect(partial.at(-1)).toEqual({ name: "Lasagna", steps: ["a", "b"] });
      expect(await streamed.output).toEqual({ name: "Lasagna", steps: ["a", "b"] });
    });

    test("Output.object with a model that takes json_object only", async () => {
      reply({ text: '{"name":"Lasagna","steps":[]}' });
      const { output } = await generateText({
        model: model("deepseek-v3"),
        prompt: "Lasagna",
        output: Output.object({ schema: recipe }),
      });
      expect(output).toEqual({ name: "Lasagna", steps: [] });
      expect(lastBody()).toMatchObject({
        response_format: { type: "json_object" },
        messages: [{ role: "system", content: expect.stringContaining('"steps"') }, { role: "user" }],
      });
    });

    test("Output.array gives its elements one by one", async () => {
      reply({ text: '{"elements":[{"name":"A","steps":[]},{"name":"B","steps":[]}]}' });
      const result = streamText({ model: model(), prompt: "Recipes", output: Output.array({ element: recipe }) });
      const names: string[] = [];
      for await (const element of result.elementStream) names.push(element.name);
      expect(names).toEqual(["A", "B"]);
    });

    test("Output.choice and Output.json", async () => {
      reply({ text: '{"result":"sunny"}' });
      const choice = Output.choice({ options: ["sunny", "rainy"] });
      expect((await generateText({ model: model(), prompt: "?", output: choice })).output).toBe("sunny");
      const { output } = await generateText({ model: model(), prompt: "A city", output: Output.json() });
      expect(output).toEqual({ result: "sunny" });
    });
  });

  test("images by URL and as bytes, also where their type is only image", async () => {
    const url = "https://example.com/cat.png";
    const result = await generateText({
      model: model(),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "file", mediaType: "image", data: new URL(url) },
            { type: "file", mediaType: "image", data: png },
            { type: "file", mediaType: "application/pdf", data: Buffer.from("%PDF-1.7"), filename: "a.pdf" },
          ],
        },
      ],
    });
    expect(result.text).toContain("2 images and 1 file");
    expect(lastBody()["messages"]).toMatchObject([
      {
        content: [
          {},
          { image_url: { url } },
          { image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } },
          { file: { filename: "a.pdf" } },
        ],
      },
    ]);
  });

  describe("ends", () => {
    test("an abort closes the connection and is told as an abort", async () => {
      script([chunk({ content: "Hi" })], "stay-open");
      const controller = new AbortController();
      const onAbort = vi.fn();
      const result = streamText({
        model: model(),
        prompt: "Hi",
        abortSignal: controller.signal,
        onAbort,
        onError: () => {},
      });
      const types: string[] = [];
      for await (const part of result.fullStream) {
        types.push(part.type);
        if (part.type === "text-delta") controller.abort();
      }
      expect(types.at(-1)).toBe("abort");
      expect(types).not.toContain("error");
      expect(onAbort).toHaveBeenCalledOnce();
      await vi.waitFor(() => expect(requests()[0]?.clientGone).toBeDefined());
    });

    test("generateText rejects with the abort, and the connection is closed", async () => {
      emulator().faults.add({ fault: { type: "delay-head", ms: 5_000 } });
      const abortSignal = AbortSignal.timeout(30);
      await expect(Promise.resolve(generateText({ model: model(), prompt: "Hi", abortSignal }))).rejects.toMatchObject({
        name: "TimeoutError",
      });
      await vi.waitFor(() => expect(requests()[0]?.clientGone).toBeDefined());
      expect(requests()).toHaveLength(1);
    });

    test("the AI SDK's own timeouts end a call", async () => {
      script([chunk({ content: "Hi" })], "stay-open");
      const result = streamText({
        model: model(),
        prompt: "Hi",
        timeout: { chunkMs: 50 },
        onError: () => {},
      });
      const types: string[] = [];
      for await (const part of result.fullStream) types.push(part.type);
      expect(types).toContain("abort");
      await vi.waitFor(() => expect(requests()[0]?.clientGone).toBeDefined());
    });

    test("maxRetries is kept: 0 is one request, 1 is two", async () => {
      emulator().faults.add({ fault: { type: "status", status: 500, headers: { "retry-after-ms": "5" } } });
      for (const [maxRetries, count] of [
        [0, 1],
        [1, 2],
      ] as const) {
        emulator().journal.clear();
        await expect(Promise.resolve(generateText({ model: model(), prompt: "Hi", maxRetries }))).rejects.toThrow(
          /500/,
        );
        expect(requests()).toHaveLength(count);
        emulator().journal.clear();
        const errors: unknown[] = [];
        const result = streamText({
          model: model(),
          prompt: "Hi",
          maxRetries,
          onError: ({ error }) => void errors.push(error),
        });
        await result.consumeStream({ onError: () => {} });
        expect(errors).toHaveLength(1);
        expect(requests()).toHaveLength(count);
      }
    });

    test("streamRetries tries again after a stream that broke, and the answer is whole", async () => {
      script([chunk({ content: "Hal" })], "reset", 1);
      reply({ text: "Hello" });
      const errors: unknown[] = [];
      const result = streamText({
        model: model(),
        prompt: "Hi",
        streamRetries: 1,
        onError: ({ error }) => void errors.push(error),
      });
      await result.consumeStream();
      expect(await result.text).toBe("Hello");
      expect(APICallError.isInstance(errors[0])).toBe(true);
      expect(requests()).toHaveLength(2);
    });
  });

  test("raw chunks come where they are asked for", async () => {
    const result = streamText({ model: model(), prompt: "Hello", include: { rawChunks: true } });
    const raw: unknown[] = [];
    for await (const part of result.fullStream) if (part.type === "raw") raw.push(part.rawValue);
    expect(raw.length).toBeGreaterThan(3);
    expect(raw[0]).toMatchObject({ object: "chat.completion.chunk" });
  });

  describe("wrapped and named", () => {
    test("middleware", async () => {
      reply({ text: "<think>Hm.</think>Hello." });
      const wrapped = sdk.wrapLanguageModel({
        model: model(),
        middleware: [
          sdk.extractReasoningMiddleware({ tagName: "think" }),
          sdk.defaultSettingsMiddleware({
            settings: { temperature: 0.3, providerOptions: { celuxe: { user: "u1" } } },
          }),
        ],
      });
      const result = await generateText({ model: wrapped, prompt: "Hi" });
      expect([result.reasoningText, result.text]).toEqual(["Hm.", "Hello."]);
      expect(lastBody()).toMatchObject({ temperature: 0.3, user: "u1" });
      const streamed = streamText({ model: wrapped, prompt: "Hi" });
      expect([await streamed.reasoningText, await streamed.text]).toEqual(["Hm.", "Hello."]);
    });

    test("a registry and a custom provider", async () => {
      const registry = sdk.createProviderRegistry({ celuxe: celuxe() });
      expect((await generateText({ model: registry.languageModel("celuxe:deepseek-v3"), prompt: "Hello" })).text).toBe(
        "Hello! How can I help you today?",
      );
      expect(lastBody()["model"]).toBe("deepseek-v3");
      const custom = sdk.customProvider({ languageModels: { fast: model("gpt-4o") }, fallbackProvider: celuxe() });
      await generateText({ model: custom.languageModel("fast"), prompt: "Hello" });
      expect(lastBody()["model"]).toBe("gpt-4o");
      await generateText({ model: custom.languageModel("deepseek-v3"), prompt: "Hello" });
      expect(lastBody()["model"]).toBe("deepseek-v3");
      expect(() => registry.imageModel("celuxe:any")).toThrow(/Celuxe documents no image models/);
    });

    describe("as the default provider", () => {
      afterEach(() => {
        delete globalThis.AI_SDK_DEFAULT_PROVIDER;
      });
      test("a plain model id is enough", async () => {
        globalThis.AI_SDK_DEFAULT_PROVIDER = celuxe();
        expect((await generateText({ model: "deepseek-v3", prompt: "Hello" })).text).toMatch(/^Hello!/);
      });
    });
  });

  describe("a chat in the browser", () => {
    const serve = async (answer: (messages: newest.UIMessage[]) => Promise<Response>) => {
      const server = createServer((request, response) => {
        void (async () => {
          const { messages } = JSON.parse(await new Response(request as unknown as ReadableStream).text()) as {
            messages: newest.UIMessage[];
          };
          const { headers, body } = await answer(messages);
          response.writeHead(200, Object.fromEntries(headers));
          for await (const bytes of body!) response.write(bytes);
          response.end();
        })();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return { server, api: `http://127.0.0.1:${port}` };
    };
    const question: newest.UIMessage = { id: "1", role: "user", parts: [{ type: "text", text: "Weather in Paris?" }] };

    test("a stream with reasoning and tools is read back by the AI SDK's own client", async () => {
      reply(
        { reasoning: "Hm.", toolCalls: [{ name: "weather", arguments: { city: "Paris" } }] },
        { text: "It is sunny." },
      );
      const { server, api } = await serve(async (messages) => {
        const result = streamText({
          model: model(),
          messages: await sdk.convertToModelMessages(messages),
          tools: { weather: weather() },
          stopWhen: sdk.isStepCount(3),
        });
        return result.toUIMessageStreamResponse({ sendReasoning: true });
      });
      try {
        const transport = new sdk.DefaultChatTransport({ api });
        const stream = await transport.sendMessages({
          chatId: "c",
          trigger: "submit-message",
          messageId: undefined,
          messages: [question],
          abortSignal: undefined,
        });
        let message: newest.UIMessage | undefined;
        for await (const state of sdk.readUIMessageStream({ stream })) message = state;
        expect(message?.parts).toMatchObject([
          { type: "step-start" },
          { type: "reasoning", text: "Hm.", state: "done" },
          { type: "tool-weather", state: "output-available", input: { city: "Paris" }, output: "Paris: sunny" },
          { type: "step-start" },
          { type: "text", text: "It is sunny.", state: "done" },
        ]);
      } finally {
        server.close();
      }
    });
  });
});
