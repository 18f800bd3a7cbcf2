// The quickstart of the Celuxe documentation, and what a newcomer gets wrong, through every door.
import { celuxe, createCeluxe } from "@celuxe/ai-sdk-provider";
import {
  type APIError,
  AuthenticationError,
  BadRequestError,
  ConfigurationError,
  createCeluxeClient,
  NotFoundError,
} from "@celuxe/core";
import { type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { ChatCeluxe } from "@celuxe/langchain";
import { APICallError, generateText, LoadAPIKeyError, streamText } from "ai";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
});

const prompt = "What is the capital of France?";
const answer = "The capital of France is Paris.";
const messages = [{ role: "user" as const, content: prompt }];
const post = (body: unknown, headers: Record<string, string> = { authorization: `Bearer ${emulator.apiKey}` }) =>
  fetch(`${emulator.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("the quickstart of the Celuxe documentation", () => {
  test("curl", async () => {
    const { stdout } = await promisify(execFile)("curl", [
      "-s",
      `${emulator.url}/chat/completions`,
      "-H",
      `Authorization: Bearer ${emulator.apiKey}`,
      "-H",
      "Content-Type: application/json",
      "-d",
      JSON.stringify({ model: "deepseek-v3", messages }),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      object: "chat.completion",
      model: "deepseek-v3",
      choices: [{ index: 0, message: { role: "assistant", content: answer }, finish_reason: "stop" }],
    });
  });

  test("a fetch loop over the stream", async () => {
    const response = await post({ model: "deepseek-v3", messages, stream: true });
    let text = "";
    let last = "";
    for (const line of (await response.text()).split("\n")) {
      if (!line.startsWith("data: ")) continue;
      last = line.slice(6);
      if (last !== "[DONE]") text += JSON.parse(last).choices[0]?.delta.content ?? "";
    }
    expect({ text, last }).toEqual({ text: answer, last: "[DONE]" });
  });

  test("the openai package, whole and streamed, and its model list", async () => {
    const client = new OpenAI({ baseURL: emulator.url, apiKey: emulator.apiKey });
    const whole = await client.chat.completions.create({ model: "deepseek-v3", messages });
    expect(whole.choices[0]?.message.content).toBe(answer);
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model: "gpt-4o", messages, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe(answer);
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(["deepseek-v3", "gpt-4o"]));
  });

  test("@celuxe/core, @celuxe/ai-sdk-provider and @celuxe/langchain", async () => {
    const options = { apiKey: emulator.apiKey, baseURL: emulator.url };
    expect((await createCeluxeClient(options).chat({ model: "deepseek-v3", messages })).text).toBe(answer);
    const provider = createCeluxe(options);
    expect((await generateText({ model: provider("deepseek-v3"), prompt })).text).toBe(answer);
    expect(await streamText({ model: provider("deepseek-v3"), prompt }).text).toBe(answer);
    const chat = new ChatCeluxe({ model: "deepseek-v3", ...options });
    expect((await chat.invoke(prompt)).text).toBe(answer);
    let text = "";
    for await (const chunk of await chat.stream(prompt)) text += chunk.text;
    expect(text).toBe(answer);
  });
});

describe("what a newcomer gets wrong", () => {
  const rejection = async (promise: PromiseLike<unknown>): Promise<unknown> => {
    try {
      await promise;
    } catch (error) {
      return error;
    }
    throw new Error("it did not fail");
  };

  test("the emulator answers with the documented statuses and bodies", async () => {
    const body = { error: { message: expect.any(String), type: expect.any(String), code: expect.anything() } };
    const cases: [Response, number][] = [
      [await post({ model: "deepseek-v3", messages }, { authorization: "Bearer sk-wrong" }), 401],
      [await post({ model: "deepseek-v3", messages }, {}), 401],
      [await post({ model: "no-such-model", messages }), 400],
      [await post({ model: "deepseek-v3" }), 400],
      [await post("{ not json"), 400],
    ];
    for (const [response, status] of cases) {
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject(body);
    }
  });

  test("a wrong key", async () => {
    const options = { apiKey: "sk-wrong", baseURL: emulator.url };
    const fromCore = await rejection(createCeluxeClient(options).chat({ model: "deepseek-v3", messages }));
    expect(fromCore).toBeInstanceOf(AuthenticationError);
    const fromAISDK = await rejection(generateText({ model: createCeluxe(options)("deepseek-v3"), prompt }));
    expect(APICallError.isInstance(fromAISDK) && fromAISDK.statusCode).toBe(401);
    const fromLangChain = await rejection(new ChatCeluxe({ model: "deepseek-v3", ...options }).invoke(prompt));
    expect(fromLangChain).toMatchObject({ status: 401 });
    for (const error of [fromCore, fromAISDK, fromLangChain]) {
      expect(String(error)).toContain("Check the API key: it came from the apiKey option");
      expect(String(error)).not.toContain("sk-wrong");
    }
  });

  test("a missing key", async () => {
    vi.stubEnv("CELUXE_API_KEY", undefined);
    vi.stubEnv("CELUXE_BASE_URL", emulator.url);
    try {
      const fromCore = await rejection(createCeluxeClient().chat({ model: "deepseek-v3", messages }));
      expect(fromCore).toBeInstanceOf(ConfigurationError);
      const fromAISDK = await rejection(generateText({ model: celuxe("deepseek-v3"), prompt }));
      expect(LoadAPIKeyError.isInstance(fromAISDK)).toBe(true);
      const fromLangChain = await rejection(new ChatCeluxe({ model: "deepseek-v3" }).invoke(prompt));
      for (const error of [fromCore, fromAISDK, fromLangChain]) {
        expect(String(error)).toContain("set the environment variable CELUXE_API_KEY or pass the apiKey option");
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("an unknown model", async () => {
    const options = { apiKey: emulator.apiKey, baseURL: emulator.url };
    const fromCore = await rejection(createCeluxeClient(options).chat({ model: "no-such-model", messages }));
    expect(fromCore instanceof NotFoundError || fromCore instanceof BadRequestError).toBe(true);
    expect((fromCore as APIError).code).toBe("model_not_found");
    const fromAISDK = await rejection(generateText({ model: createCeluxe(options)("no-such-model"), prompt }));
    const fromLangChain = await rejection(new ChatCeluxe({ model: "no-such-model", ...options }).invoke(prompt));
    for (const error of [fromCore, fromAISDK, fromLangChain]) expect(String(error)).toContain("listModels()");
  });

  test("messages missing", async () => {
    const options = { apiKey: emulator.apiKey, baseURL: emulator.url };
    const fromCore = await rejection(createCeluxeClient(options).chat({ model: "deepseek-v3", messages: [] }));
    expect(fromCore).toMatchObject({ name: "ConfigurationError", field: "messages" });
    const fromLangChain = await rejection(new ChatCeluxe({ model: "deepseek-v3", ...options }).invoke([]));
    expect(String(fromLangChain)).toContain("messages");
    const fromAISDK = await rejection(generateText({ model: createCeluxe(options)("deepseek-v3"), messages: [] }));
    expect(String(fromAISDK)).toContain("messages");
  });
});
