// The model inside LangChain: chains, batches, callbacks, agents, graphs.
import { type AIMessage, AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  openAIReasoningTextChunks,
  openAITextOnlyChunksWithUsage,
  openAIToolCallChunks,
  sseResponseFromOpenAIChunks,
  streamMatchers,
  toBeAIMessage,
} from "@langchain/core/testing";
import { tool } from "@langchain/core/tools";
import { MemorySaver, MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { createAgent, initChatModel, providerStrategy, summarizationMiddleware, toolStrategy } from "langchain";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { collect, failure, join, useEmulator } from "../test/harness.ts";
import { ChatCeluxe, RateLimitError } from "./index.ts";

const { chat, emulator, lastBody, reply, requests } = useEmulator();

const weather = tool(async ({ city }: { city: string }) => `Sunny in ${city}.`, {
  name: "get_weather",
  description: "Tells the weather.",
  schema: z.object({ city: z.string() }),
});
const askWeather = { toolCalls: [{ name: "get_weather", arguments: { city: "Paris" } }] };

describe("runnables", () => {
  test("it is a chat model of LangChain's", () => {
    expect(chat()).toBeInstanceOf(BaseChatModel);
    expect(chat().getName()).toBe("ChatCeluxe");
    expect(chat().lc_id).toEqual(["langchain", "chat_models", "celuxe", "ChatCeluxe"]);
  });

  test("invoke takes text, messages, tuples and prompts", async () => {
    const prompt = ChatPromptTemplate.fromMessages([
      ["system", "You speak {language}."],
      ["human", "{question}"],
    ]);
    const chain = prompt.pipe(chat()).pipe(new StringOutputParser());
    expect(await chain.invoke({ language: "English", question: "What is the capital of France?" })).toBe(
      "The capital of France is Paris.",
    );
    expect(lastBody()["messages"]).toEqual([
      { role: "system", content: "You speak English." },
      { role: "user", content: "What is the capital of France?" },
    ]);
  });

  test("a chain streams", async () => {
    reply({ text: ["Hel", "lo"] });
    const chain = ChatPromptTemplate.fromTemplate("{input}")
      .pipe(chat({ mergeDeltas: false }))
      .pipe(new StringOutputParser());
    expect((await collect(chain.stream({ input: "Hi" }))).filter(Boolean)).toEqual(["Hel", "lo"]);
  });

  test("batch keeps the order, and returns what failed where it is asked to", async () => {
    emulator().replies.add(...["1", "2", "3"].map((text) => ({ match: text, reply: { text } })));
    const messages = await chat().batch(["1", "2", "3"]);
    expect(messages.map(({ text }) => text)).toEqual(["1", "2", "3"]);
    emulator().faults.add({ match: "2", fault: { type: "status", status: 429 } });
    const [, failed] = await chat().batch(["1", "2", "3"], {}, { returnExceptions: true });
    expect(RateLimitError.isInstance(failed)).toBe(true);
  });

  test("withConfig, withFallbacks and withRetry work on it", async () => {
    await chat().withConfig({ temperature: 0.1, model: "gpt-4o" }).invoke("Hello");
    expect(lastBody()).toMatchObject({ temperature: 0.1, model: "gpt-4o" });
    emulator().faults.add({ times: 1, fault: { type: "status", status: 400 } });
    expect(
      (
        await chat()
          .withFallbacks([chat({ model: "gpt-4o" })])
          .invoke("Hello")
      ).response_metadata,
    ).toMatchObject({
      model: "gpt-4o",
    });
  });

  test("initChatModel's configurable fields reach it by withConfig", async () => {
    expect(typeof initChatModel).toBe("function");
    await chat()
      .bindTools([weather], { tool_choice: "none" })
      .withConfig({ tags: ["a"] })
      .invoke("Hello");
    expect(lastBody()).toMatchObject({ tool_choice: "none", tools: [{ function: { name: "get_weather" } }] });
  });
});

describe("callbacks", () => {
  const handlers = () => {
    const seen: [string, unknown][] = [];
    return {
      seen,
      callbacks: [
        {
          handleChatModelStart: (_llm: unknown, _messages: unknown, _id: string, _parent?: string, extra?: object) =>
            void seen.push(["start", (extra as { invocation_params: unknown }).invocation_params]),
          handleLLMNewToken: (
            token: string,
            _indices: unknown,
            _id: string,
            _parent?: string,
            _tags?: string[],
            fields?: object,
          ) =>
            void seen.push([
              "token",
              [token, (fields as { chunk: { message: unknown } }).chunk.message instanceof AIMessageChunk],
            ]),
          handleLLMEnd: (output: { llmOutput?: Record<string, unknown> }) => void seen.push(["end", output.llmOutput]),
          handleLLMError: (error: Error) => void seen.push(["error", error.name]),
        },
      ],
    };
  };
  const tokenUsage = {
    promptTokens: expect.any(Number) as number,
    completionTokens: 2,
    totalTokens: expect.any(Number) as number,
  };

  test("of invoke", async () => {
    reply({ text: ["Hel", "lo"] });
    const { seen, callbacks } = handlers();
    await chat({ temperature: 0 }).invoke("Hi", { callbacks });
    expect(seen).toEqual([
      ["start", { model: "deepseek-v3", temperature: 0 }],
      ["end", { tokenUsage }],
    ]);
  });

  test("of stream", async () => {
    reply({ text: ["Hel", "lo"] });
    const { seen, callbacks } = handlers();
    await collect(chat({ mergeDeltas: false }).stream("Hi", { callbacks }));
    expect(seen.slice(1)).toEqual([
      ["token", ["Hel", true]],
      ["token", ["lo", true]],
      ["token", ["", true]],
      ["end", { tokenUsage }],
    ]);
  });

  test("of an error", async () => {
    emulator().faults.add({ fault: { type: "status", status: 401 } });
    const { seen, callbacks } = handlers();
    await failure(chat().invoke("Hi", { callbacks }));
    await failure(collect(chat().stream("Hi", { callbacks })));
    expect(seen.filter(([event]) => event === "error")).toEqual([
      ["error", "AuthenticationError"],
      ["error", "AuthenticationError"],
    ]);
  });

  test("token usage of several prompts is summed", async () => {
    const { llmOutput, generations } = await chat().generate([["Hello"], ["Hello"]]);
    expect(generations).toHaveLength(2);
    const one = (await chat().generate([["Hello"]])).llmOutput?.["tokenUsage"] as { totalTokens: number };
    expect(llmOutput?.["tokenUsage"]).toMatchObject({ totalTokens: one.totalTokens * 2 });
  });

  test("traces name provider and model", () => {
    expect(chat({ temperature: 0, maxTokens: 5, stop: ["x"] }).getLsParams({ model: "gpt-4o" })).toEqual({
      ls_provider: "celuxe",
      ls_model_name: "gpt-4o",
      ls_model_type: "chat",
      ls_temperature: 0,
      ls_max_tokens: 5,
      ls_stop: ["x"],
    });
  });
});

// oxlint-disable typescript/await-thenable -- these matchers are asynchronous, which their types do not say.
describe("LangChain's own fixtures", () => {
  beforeAll(() => expect.extend({ ...streamMatchers, toBeAIMessage }));
  const fromFixture = (chunks: Parameters<typeof sseResponseFromOpenAIChunks>[0]) =>
    new ChatCeluxe({ model: "test-model", apiKey: "sk-test", fetch: async () => sseResponseFromOpenAIChunks(chunks) });

  test("text and usage", async () => {
    const stream = fromFixture(openAITextOnlyChunksWithUsage()).streamEvents("Hello");
    await expect(stream).toHaveStreamText("Hello world");
    await expect(stream).toHaveStreamUsage({ input_tokens: 10, output_tokens: 2, total_tokens: 12 });
    await expect(stream).toHaveStreamOutput({
      text: "Hello world",
      responseMetadata: { model_provider: "celuxe", finish_reason: "stop", model_name: "test-model" },
    });
  });

  test("reasoning", async () => {
    const stream = fromFixture(openAIReasoningTextChunks()).streamEvents("Hello");
    await expect(stream).toHaveStreamReasoning("Let me reason...");
    await expect(stream).toHaveStreamText("Answer.");
  });

  test("a tool call that follows text", async () => {
    const stream = fromFixture(openAIToolCallChunks()).streamEvents("Hello");
    await expect(stream).toHaveStreamText("Let me search.");
    await expect(stream).toHaveStreamToolCalls([{ name: "web_search", args: { query: "weather" } }]);
    const joined = join(await collect(fromFixture(openAIToolCallChunks()).stream("Hello")));
    expect(joined).toBeAIMessage({ content: "Let me search." });
    expect(joined.tool_calls).toMatchObject([{ name: "web_search", args: { query: "weather" } }]);
  });
});

// oxlint-enable typescript/await-thenable

describe("tools", () => {
  test("a loop of calls and results, by hand", async () => {
    reply(askWeather, { text: "It is sunny." });
    const model = chat().bindTools([weather]);
    const question = new HumanMessage("How is the weather in Paris?");
    const asked = await model.invoke([question]);
    const results = await Promise.all((asked.tool_calls ?? []).map((call) => weather.invoke(call)));
    expect(results[0]).toBeInstanceOf(ToolMessage);
    expect((await model.invoke([question, asked, ...(results as ToolMessage[])])).text).toBe("It is sunny.");
    expect(lastBody()["messages"]).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ function: { name: "get_weather", arguments: '{"city":"Paris"}' } }],
      },
      { role: "tool", content: "Sunny in Paris." },
    ]);
  });

  test("a streamed message goes back into the history as it is", async () => {
    reply(askWeather, { text: "It is sunny." });
    const model = chat().bindTools([weather]);
    const asked = join(await collect(model.stream("How is the weather in Paris?")));
    const result: ToolMessage = await weather.invoke(asked.tool_calls![0]!);
    expect((await model.invoke(["How is the weather?", asked, result])).text).toBe("It is sunny.");
  });
});

describe("createAgent", () => {
  const question = { messages: [{ role: "user" as const, content: "How is the weather in Paris?" }] };
  const answerSchema = z.object({ city: z.string(), sunny: z.boolean() });
  const structured = { city: "Paris", sunny: true };

  test("runs tools until the model answers", async () => {
    reply(askWeather, { text: "It is sunny." });
    const agent = createAgent({ model: chat(), tools: [weather], systemPrompt: "Be brief." });
    const { messages } = await agent.invoke(question);
    expect(messages.map(({ type }) => type)).toEqual(["human", "ai", "tool", "ai"]);
    expect(messages.at(-1)?.text).toBe("It is sunny.");
    expect(requests()[0]?.body).toMatchObject({
      messages: [{ role: "system", content: "Be brief." }, { role: "user" }],
      tools: [{ function: { name: "get_weather" } }],
    });
  });

  test("never runs a call whose arguments were cut", async () => {
    reply({ toolCalls: [{ name: "get_weather", arguments: '{"city":"Par' }], finishReason: "length" });
    for (const model of [chat(), chat({ streaming: true })]) {
      const { messages } = await createAgent({ model, tools: [weather] }).invoke(question);
      expect(messages.map(({ type }) => type)).toEqual(["human", "ai"]);
      expect((messages.at(-1) as AIMessage).invalid_tool_calls).toHaveLength(1);
    }
  });

  test.each([
    ["deepseek-v3", "tool"],
    ["gpt-4o", "provider"],
  ])("structured output of %s by the %s strategy, which its profile decides", async (model, strategy) => {
    emulator().replies.add({
      reply: ({ body }) => {
        const { tools } = body as { tools?: { function: { name: string } }[] };
        const name = tools?.map((given) => given.function.name).find((given) => given.startsWith("extract"));
        return name ? { toolCalls: [{ name, arguments: structured }] } : { text: JSON.stringify(structured) };
      },
    });
    const agent = createAgent({ model: chat({ model }), tools: [], responseFormat: answerSchema });
    expect((await agent.invoke(question)).structuredResponse).toEqual(structured);
    if (strategy === "tool") expect(requests()[0]?.body).toMatchObject({ tool_choice: "required" });
    else
      expect(requests()[0]?.body).toMatchObject({
        response_format: { type: "json_schema", json_schema: { strict: true } },
      });
  });

  test("either strategy, where it is asked for", async () => {
    reply({ text: JSON.stringify(structured) });
    const byProvider = createAgent({ model: chat(), tools: [], responseFormat: providerStrategy(answerSchema) });
    expect((await byProvider.invoke(question)).structuredResponse).toEqual(structured);
    emulator().replies.clear();
    emulator().replies.add({
      reply: ({ body }) => {
        const { tools } = body as { tools: { function: { name: string } }[] };
        return { toolCalls: [{ name: tools[0]!.function.name, arguments: structured }] };
      },
    });
    const byTool = createAgent({
      model: chat({ model: "gpt-4o" }),
      tools: [],
      responseFormat: toolStrategy(answerSchema),
    });
    expect((await byTool.invoke(question)).structuredResponse).toEqual(structured);
  });

  test("a model that refuses a forced tool choice is not forced", async () => {
    emulator().replies.add({
      reply: ({ body }) => {
        const { tools } = body as { tools: { function: { name: string } }[] };
        return { toolCalls: [{ name: tools[0]!.function.name, arguments: structured }] };
      },
    });
    const agent = createAgent({
      model: chat({ model: "deepseek-r1" }),
      tools: [],
      responseFormat: toolStrategy(answerSchema),
    });
    expect((await agent.invoke(question)).structuredResponse).toEqual(structured);
    expect(requests()[0]?.body).toMatchObject({ tool_choice: "auto" });
  });

  test("summarisation goes by the window of the profile", async () => {
    reply({ text: "A summary." });
    const long = Array.from({ length: 20 }, (_, index) => ({
      role: "user" as const,
      content: `${index} ${"word ".repeat(20)}`,
    }));
    const run = async (maxInputTokens: number) => {
      emulator().journal.clear();
      const model = chat({ profile: { maxInputTokens } });
      const middleware = [summarizationMiddleware({ model, trigger: { fraction: 0.5 }, keep: { messages: 2 } })];
      await createAgent({ model, tools: [], middleware }).invoke({ messages: long });
      return requests().length;
    };
    expect(await run(100_000)).toBe(1);
    expect(await run(200)).toBe(2);
  });

  test("streams its messages, each with one id, and the state holds the same", async () => {
    reply(askWeather, { text: ["It is ", "sunny."] });
    const agent = createAgent({ model: chat({ mergeDeltas: false }), tools: [weather] });
    const pieces: AIMessageChunk[] = [];
    for await (const [message] of await agent.stream(question, { streamMode: "messages" })) {
      if (AIMessageChunk.isInstance(message)) pieces.push(message);
    }
    const ids = [...new Set(pieces.map(({ id }) => id))];
    expect(ids).toHaveLength(2);
    expect(join(pieces.filter(({ id }) => id === ids[1])).text).toBe("It is sunny.");
    expect(join(pieces.filter(({ id }) => id === ids[0])).tool_calls).toMatchObject([{ name: "get_weather" }]);
  });
});

describe("LangGraph", () => {
  const graph = (model: ChatCeluxe) =>
    new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addEdge("__start__", "model");

  test("messages mode streams the tokens of a model that is only invoked", async () => {
    reply({ text: ["Hel", "lo"] });
    const stream = await graph(chat({ mergeDeltas: false }))
      .compile()
      .stream({ messages: [new HumanMessage("Hi")] }, { streamMode: "messages" });
    const texts = (await collect(stream)).map(([message]) => message.text);
    expect(texts).toEqual(["Hel", "lo", ""]);
    expect(lastBody()["stream"]).toBe(true);
  });

  test("streamEvents v2 of a graph tells the model's tokens", async () => {
    reply({ text: ["Hel", "lo"] });
    const events = graph(chat({ mergeDeltas: false }))
      .compile()
      .streamEvents({ messages: [new HumanMessage("Hi")] }, { version: "v2" });
    const tokens = (await collect(events)).filter(({ event }) => event === "on_chat_model_stream");
    expect(tokens.map(({ data }) => (data["chunk"] as AIMessageChunk).text)).toEqual(["Hel", "lo", ""]);
  });

  test("a checkpoint does not make a cut call runnable", async () => {
    reply({ toolCalls: [{ name: "get_weather", arguments: ['{"city":', '"Par'] }], finishReason: "length" });
    const app = graph(chat({ mergeDeltas: false })).compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: "1" } };
    await collect(await app.stream({ messages: [new HumanMessage("Hi")] }, { ...config, streamMode: "messages" }));
    const { values } = await app.getState(config);
    const last = (values as { messages: AIMessage[] }).messages.at(-1)!;
    expect(last.tool_calls).toEqual([]);
    expect(last.invalid_tool_calls).toMatchObject([{ name: "get_weather", args: '{"city":"Par' }]);
  });

  test("an abort of the graph ends the request", async () => {
    emulator().faults.add({ fault: { type: "stall", afterChunks: 2 } });
    const controller = new AbortController();
    const run = graph(chat())
      .compile()
      .invoke({ messages: [new HumanMessage("Hi")] }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await failure(run);
    await emulator().journal.idle();
    expect(requests()[0]?.clientGone).toBeDefined();
  });
});
