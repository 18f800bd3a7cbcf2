import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from "ai";
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type RunningEmulator, startEmulator } from "./index.ts";

// Every client here is somebody else's: what they agree on is OpenAI's format.

const QUESTION = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** One key for each documented refusal, besides the good one. */
const KEYS = [
  { key: "sk-good" },
  { key: "sk-poor", balance: 0 },
  { key: "sk-hasty", plan: { limit: 1, windowMs: 600_000 } },
  { key: "sk-unlucky", refuse: 500 },
];

const DOCUMENTED = [
  { what: "400 bad request", key: "sk-good", model: "no-such-model", status: 400, code: "model_not_found" },
  { what: "401 wrong key", key: "sk-wrong", model: "gpt-4o", status: 401, code: "invalid_api_key" },
  { what: "402 no balance", key: "sk-poor", model: "gpt-4o", status: 402, code: "insufficient_balance" },
  { what: "429 rate limit", key: "sk-hasty", model: "gpt-4o", status: 429, code: "rate_limit_exceeded" },
  { what: "500 server error", key: "sk-unlucky", model: "gpt-4o", status: 500, code: "internal_error" },
];

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator({ keys: KEYS });
  // The hasty key has made its one request already.
  await fetch(`${emulator.url}/models`, { headers: { authorization: "Bearer sk-hasty" } });
});
afterAll(() => emulator.close());

describe("openai", () => {
  const clientFor = (apiKey: string) => new OpenAI({ baseURL: emulator.url, apiKey, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: QUESTION }];
  const tools = [
    openaiTool("get_weather", z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) })),
    openaiTool("get_time", z.object({ city: z.string() })),
  ];

  it("text and usage", async () => {
    const answer = await clientFor("sk-good").chat.completions.create({ model: "deepseek-v3", messages });
    expect(answer.choices[0]).toMatchObject({ index: 0, finish_reason: "stop", message: { content: ANSWER } });
    expect(answer.object).toBe("chat.completion");
    expect(answer.model).toBe("deepseek-v3");
    const { prompt_tokens, completion_tokens, total_tokens } = answer.usage ?? {};
    expect(total_tokens).toBe((prompt_tokens ?? 0) + (completion_tokens ?? 0));
    expect(completion_tokens).toBe(7);
  });

  it("streamed text, with the same usage as in one piece", async () => {
    const client = clientFor("sk-good");
    const whole = await client.chat.completions.create({ model: "deepseek-v3", messages });
    const stream = client.chat.completions.stream({
      model: "deepseek-v3",
      messages,
      stream_options: { include_usage: true },
    });
    let text = "";
    let chunks = 0;
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      text += chunk.choices[0]?.delta.content ?? "";
      chunks++;
    }
    expect(text).toBe(ANSWER);
    expect(chunks).toBeGreaterThan(7);
    expect((await stream.finalChatCompletion()).usage).toEqual(whole.usage);
  });

  it("parallel tool calls, streamed and not, and the answer after their results", async () => {
    const client = clientFor("sk-good");
    const asked = [{ role: "user" as const, content: "What are the weather and the time in Berlin?" }];
    const whole = await client.chat.completions.create({ model: "gpt-4o", messages: asked, tools });
    const streamed = await client.chat.completions
      .stream({ model: "gpt-4o", messages: asked, tools })
      .finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.finish_reason).toBe("tool_calls");
      const calls = (choices[0]?.message.tool_calls ?? []).filter((call) => call.type === "function");
      expect(calls.map((call) => call.function.name)).toEqual(["get_weather", "get_time"]);
      expect(calls.map((call) => JSON.parse(call.function.arguments).city)).toEqual(["Berlin", "Berlin"]);
      expect(new Set(calls.map((call) => call.id)).size).toBe(2);
      const results = calls.map((call) => ({ role: "tool" as const, tool_call_id: call.id, content: "sunny" }));
      const message = choices[0]?.message;
      if (!message) throw new Error("no message");
      const after = await client.chat.completions.create({
        model: "gpt-4o",
        messages: [...asked, message, ...results],
        tools,
      });
      expect(after.choices[0]).toMatchObject({
        finish_reason: "stop",
        message: { content: expect.stringContaining("sunny") },
      });
    }
  });

  it("tool_choice none, required and named, and one call at a time", async () => {
    const callsWith = async (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) => {
      const answer = await clientFor("sk-good").chat.completions.create({
        model: "gpt-4o",
        messages,
        tools,
        ...options,
      });
      return (answer.choices[0]?.message.tool_calls ?? []).map(
        (call) => call.type === "function" && call.function.name,
      );
    };
    expect(await callsWith({})).toEqual([]);
    expect(await callsWith({ tool_choice: "none" })).toEqual([]);
    expect(await callsWith({ tool_choice: "required" })).toEqual(["get_weather"]);
    expect(await callsWith({ tool_choice: { type: "function", function: { name: "get_time" } } })).toEqual([
      "get_time",
    ]);
    const both = [{ role: "user" as const, content: "weather and time" }];
    expect(await callsWith({ messages: both, parallel_tool_calls: false })).toEqual(["get_weather"]);
  });

  it("JSON schema", async () => {
    const schema = z.object({ city: z.string(), people: z.int(), districts: z.array(z.object({ name: z.string() })) });
    const answer = await clientFor("sk-good").chat.completions.create({
      model: "gpt-4o",
      messages,
      response_format: {
        type: "json_schema",
        json_schema: { name: "city", schema: z.toJSONSchema(schema), strict: true },
      },
    });
    expect(() => schema.parse(JSON.parse(answer.choices[0]?.message.content ?? ""))).not.toThrow();
  });

  it("JSON object", async () => {
    const response_format = { type: "json_object" as const };
    const answer = await clientFor("sk-good").chat.completions.create({ model: "gpt-4o", messages, response_format });
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ answer: ANSWER });
  });

  it("images, recordings and files", async () => {
    const content: OpenAI.ChatCompletionContentPart[] = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
      { type: "image_url", image_url: { url: "https://images.test/cat.png", detail: "low" } },
      { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" } },
    ];
    const answer = await clientFor("sk-good").chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content }],
    });
    expect(answer.choices[0]?.message.content).toMatch(/^You sent 2 images and 1 recording and 1 file\. /);
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(85 * 2);
  });

  it("stop, max_tokens, n, seed and log probabilities", async () => {
    const create = (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
      clientFor("sk-good").chat.completions.create({ model: "gpt-4o", messages, ...options });
    const stopped = await create({ stop: ["France"] });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "The capital of " } });
    const cut = await create({ max_tokens: 3 });
    expect(cut.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "The capital of" } });
    expect(cut.usage?.completion_tokens).toBe(3);
    expect((await create({ max_completion_tokens: 2 })).choices[0]?.message.content).toBe("The capital");
    expect((await create({ n: 3 })).choices.map((choice) => choice.index)).toEqual([0, 1, 2]);

    const open = [{ role: "user" as const, content: "Tell me something." }];
    const texts = await Promise.all(
      [1, 1, 2, 3, 4].map(async (seed) => (await create({ seed, messages: open })).choices[0]?.message.content),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBeGreaterThan(1);

    const { choices } = await create({ logprobs: true, top_logprobs: 2 });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.map((entry) => entry.token).join("")).toBe(ANSWER);
    expect(tokens.every((entry) => entry.logprob < 0 && entry.top_logprobs.length === 2)).toBe(true);
    const streamed = await clientFor("sk-good")
      .chat.completions.stream({ model: "gpt-4o", messages, logprobs: true, top_logprobs: 2 })
      .finalChatCompletion();
    expect(streamed.choices[0]?.logprobs?.content).toEqual(tokens);
  });

  it("several choices, streamed side by side", async () => {
    const stream = await clientFor("sk-good").chat.completions.create({
      model: "gpt-4o",
      messages,
      n: 2,
      stream: true,
    });
    const texts = ["", ""];
    const order: number[] = [];
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (!choice) continue;
      texts[choice.index] += choice.delta.content ?? "";
      order.push(choice.index);
    }
    expect(texts).toEqual([ANSWER, ANSWER]);
    expect(order.slice(0, 4)).toEqual([0, 1, 0, 1]);
  });

  it("the list of models", async () => {
    const ids: string[] = [];
    for await (const model of clientFor("sk-good").models.list()) ids.push(model.id);
    expect(ids).toEqual(["deepseek-v3", "gpt-4o", "deepseek-r1"]);
  });

  it.each(DOCUMENTED)("$what", async ({ key, model, status, code }) => {
    const error = await clientFor(key)
      .chat.completions.create({ model, messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status, code });
  });
});

describe("@ai-sdk/openai-compatible", () => {
  const modelFor = (apiKey: string, id = "gpt-4o") =>
    createOpenAICompatible({
      name: "celuxe",
      baseURL: emulator.url,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(id);
  const weather = tool({
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string(), days: z.int().min(1).max(7) }),
    execute: ({ city, days }) => `${days} days of sun in ${city}`,
  });

  it("text and usage", async () => {
    const result = await generateText({ model: modelFor("sk-good"), prompt: QUESTION });
    expect(result.text).toBe(ANSWER);
    expect(result.finishReason).toBe("stop");
    expect(result.usage.outputTokens).toBe(7);
  });

  it("streamed text and usage", async () => {
    const result = streamText({ model: modelFor("sk-good"), prompt: QUESTION });
    let parts = 0;
    let text = "";
    for await (const part of result.textStream) {
      text += part;
      parts++;
    }
    expect(text).toBe(ANSWER);
    expect(parts).toBe(7);
    expect((await result.usage).outputTokens).toBe(7);
  });

  it("a tool loop, streamed and not", async () => {
    const options = { tools: { weather }, stopWhen: stepCountIs(3), prompt: "How is the weather in Rome?" };
    const whole = await generateText({ model: modelFor("sk-good"), ...options });
    const streamed = streamText({ model: modelFor("sk-good"), ...options });
    for (const text of [whole.text, await streamed.text]) expect(text).toMatch(/days of sun in Rome/);
    expect(whole.steps.map((step) => step.toolCalls.length)).toEqual([1, 0]);
  });

  it("JSON schema", async () => {
    const schema = z.object({ city: z.string(), population: z.number(), tags: z.array(z.string()) });
    const { output } = await generateText({
      model: modelFor("sk-good"),
      output: Output.object({ schema }),
      prompt: QUESTION,
    });
    expect(() => schema.parse(output)).not.toThrow();
  });

  it("reasoning, streamed and not", async () => {
    const options = { model: modelFor("sk-good", "deepseek-r1"), prompt: QUESTION };
    const whole = await generateText(options);
    const streamed = streamText(options);
    expect(whole.reasoningText).not.toBe("");
    expect(await streamed.reasoningText).toBe(whole.reasoningText);
    expect(await streamed.text).toBe(ANSWER);
    expect((await streamed.usage).outputTokenDetails.reasoningTokens).toBe(
      whole.usage.outputTokenDetails.reasoningTokens,
    );
    expect(whole.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
  });

  it("images", async () => {
    const content = [{ type: "file" as const, mediaType: "image/png", data: PIXEL }];
    const { text } = await generateText({ model: modelFor("sk-good"), messages: [{ role: "user", content }] });
    expect(text).toMatch(/^You sent 1 image\. /);
  });

  it.each(DOCUMENTED)("$what", async ({ key, model, status, code }) => {
    const error = await generateText({ model: modelFor(key, model), prompt: QUESTION, maxRetries: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: status, data: { error: { code } } });
  });
});

describe("@langchain/openai", () => {
  const modelFor = (apiKey: string, model = "gpt-4o") =>
    new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL: emulator.url } });
  const weather = langchainTool(({ city }: { city: string }) => `sun in ${city}`, {
    name: "weather",
    description: "The weather of a city",
    schema: z.object({ city: z.string() }),
  });

  it("text and usage", async () => {
    const message = await modelFor("sk-good").invoke(QUESTION);
    expect(message.content).toBe(ANSWER);
    expect(message.usage_metadata?.output_tokens).toBe(7);
  });

  it("streamed text and usage", async () => {
    const stream = await modelFor("sk-good").stream(QUESTION);
    let text = "";
    let usage: number | undefined;
    for await (const chunk of stream) {
      text += chunk.text;
      usage = chunk.usage_metadata?.output_tokens ?? usage;
    }
    expect(text).toBe(ANSWER);
    expect(usage).toBe(7);
  });

  it("tools, and the answer after their result", async () => {
    const model = modelFor("sk-good").bindTools([weather]);
    const question = new HumanMessage("How is the weather in Madrid?");
    const message = await model.invoke([question]);
    expect(message.tool_calls).toMatchObject([{ name: "weather", args: { city: "Madrid" } }]);
    const results = await Promise.all((message.tool_calls ?? []).map((call) => weather.invoke(call)));
    expect(results[0]).toBeInstanceOf(ToolMessage);
    expect((await model.invoke([question, message, ...results])).content).toBe("weather says: sun in Madrid");
  });

  it("JSON schema", async () => {
    const schema = z.object({ city: z.string(), founded: z.int() });
    const answer = await modelFor("sk-good").withStructuredOutput(schema, { method: "jsonSchema" }).invoke(QUESTION);
    expect(() => schema.parse(answer)).not.toThrow();
  });

  it("images", async () => {
    const content = [{ type: "image_url" as const, image_url: { url: `data:image/png;base64,${PIXEL}` } }];
    expect((await modelFor("sk-good").invoke([new HumanMessage({ content })])).content).toMatch(/^You sent 1 image\. /);
  });

  it.each(DOCUMENTED)("$what", async ({ key, model, status }) => {
    const error = await modelFor(key, model)
      .invoke(QUESTION)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status });
  });
});

describe("fetch", () => {
  const headersFor = (key: string) => ({ "content-type": "application/json", authorization: `Bearer ${key}` });
  const post = (key: string, body: unknown) =>
    fetch(`${emulator.url}/chat/completions`, { method: "POST", headers: headersFor(key), body: JSON.stringify(body) });
  const question = { messages: [{ role: "user", content: QUESTION }] };

  it("the documented answer, field by field", async () => {
    const response = await post("sk-good", { model: "deepseek-v3", ...question });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "deepseek-v3",
      choices: [{ index: 0, message: { role: "assistant", content: ANSWER }, finish_reason: "stop" }],
      usage: { prompt_tokens: 15, completion_tokens: 7, total_tokens: 22 },
    });
  });

  it("the documented streaming loop", async () => {
    const response = await post("sk-good", { model: "deepseek-v3", stream: true, ...question });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = (await response.text()).split("\n\n").slice(0, -1);
    expect(events.at(-1)).toBe("data: [DONE]");
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("")).toBe(ANSWER);
    expect(chunks[0].choices[0].delta.role).toBe("assistant");
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
    // Usage comes only where it was asked for.
    expect(chunks.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it.each(DOCUMENTED)("$what", async ({ key, model, status, code }) => {
    const response = await post(key, { model, ...question });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: expect.objectContaining({ code, message: expect.any(String), type: expect.any(String) }),
    });
  });

  it("the error body that Celuxe shows", async () => {
    const response = await post("sk-poor", { model: "gpt-4o", ...question });
    expect(await response.json()).toEqual({
      error: { message: "Insufficient balance", type: "insufficient_quota", code: "insufficient_balance" },
    });
  });

  it("no key, another scheme, a path that is none", async () => {
    expect((await fetch(`${emulator.url}/models`)).status).toBe(401);
    expect((await fetch(`${emulator.url}/models`, { headers: { authorization: "Basic sk-good" } })).status).toBe(401);
    const response = await fetch(`${emulator.url}/embeddings`, {
      method: "POST",
      headers: headersFor("sk-good"),
      body: "{}",
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "not_found" } });
  });
});

function openaiTool(name: string, schema: z.ZodObject) {
  const { $schema: _, ...parameters } = z.toJSONSchema(schema);
  return { type: "function" as const, function: { name, parameters } };
}
