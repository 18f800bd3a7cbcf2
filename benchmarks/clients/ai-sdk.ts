import { createDeepSeek } from "@ai-sdk/deepseek";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, jsonSchema, streamText, tool } from "ai";
import { exchangeOf } from "../wire.ts";
import { type Ask, apiKey, callsTool, type Client, type Prompt, writeTool } from "./requests.ts";

// The model ids are the benchmark's own, which some providers remark on.
globalThis.AI_SDK_LOG_WARNINGS = false;

export type ModelOf = (ask: Pick<Ask, "baseURL" | "model">) => LanguageModelV4;

/** Gives one model for each id, as an application keeps its own. */
function keep(create: (baseURL: string) => (modelId: string) => LanguageModelV4): ModelOf {
  const models = new Map<string, LanguageModelV4>();
  let provider: ((modelId: string) => LanguageModelV4) | undefined;
  return ({ baseURL, model }) => {
    provider ??= create(baseURL);
    if (!models.has(model)) models.set(model, provider(model));
    return models.get(model)!;
  };
}

/** All with their default settings; what differs is said in the name. */
export const providers: Record<string, ModelOf> = {
  "@celuxe/ai-sdk-provider": keep((baseURL) => createCeluxe({ baseURL, apiKey })),
  "@celuxe/ai-sdk-provider, mergeDeltas: false": keep((baseURL) =>
    createCeluxe({ baseURL, apiKey, mergeDeltas: false }),
  ),
  "@ai-sdk/openai-compatible": keep((baseURL) =>
    createOpenAICompatible({ name: "celuxe", baseURL, apiKey, includeUsage: true }),
  ),
  "@ai-sdk/openai": keep((baseURL) => createOpenAI({ baseURL, apiKey }).chat),
  "@ai-sdk/deepseek": keep((baseURL) => createDeepSeek({ baseURL, apiKey })),
  "@openrouter/ai-sdk-provider": keep((baseURL) => createOpenRouter({ baseURL, apiKey }).chat),
};

/** `streamText` without a network: a model that has the whole answer ready. */
const readyModel: ModelOf = ({ model: modelId }) => ({
  specificationVersion: "v4",
  provider: "ready",
  modelId,
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error("Only streams.")),
  doStream: async () => {
    const parts = readyParts(modelId);
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      pull(controller) {
        const { done, value } = parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    return { stream };
  },
});

function* readyParts(modelId: string): Generator<LanguageModelV4StreamPart> {
  const { kind, pieces } = exchangeOf(modelId);
  const call = { toolCallId: "call", toolName: writeTool.name };
  yield { type: "stream-start", warnings: [] };
  if (kind === "text") {
    yield { type: "text-start", id: "1" };
    for (const delta of pieces) yield { type: "text-delta", id: "1", delta };
    yield { type: "text-end", id: "1" };
  } else {
    yield { type: "tool-input-start", id: call.toolCallId, toolName: call.toolName };
    for (const delta of pieces) yield { type: "tool-input-delta", id: call.toolCallId, delta };
    yield { type: "tool-input-end", id: call.toolCallId };
    yield { type: "tool-call", ...call, input: pieces.join("") };
  }
  yield {
    type: "finish",
    finishReason: { unified: kind === "text" ? "stop" : "tool-calls", raw: undefined },
    usage: {
      inputTokens: { total: 12, noCache: 12, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: pieces.length, text: pieces.length, reasoning: 0 },
    },
  };
}

export const frameworkAlone = { "ai, a model without network": readyModel };

/** The level of providers: `model.doStream`. */
export function doStream(modelOf: ModelOf): Client {
  return async (ask) => {
    const { stream } = await modelOf(ask).doStream({
      prompt: toPrompt(ask.prompt),
      ...(ask.signal && { abortSignal: ask.signal }),
      ...(callsTool(ask.model) && {
        tools: [
          {
            type: "function",
            name: writeTool.name,
            description: writeTool.description,
            inputSchema: writeTool.schema,
          },
        ],
      }),
    });
    let text = "";
    const reader = stream.getReader();
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) return text;
      if (part.type === "error") throw part.error;
      if (part.type !== "text-delta" && part.type !== "tool-input-delta") continue;
      text += part.delta;
      ask.onFirst?.();
    }
  };
}

/** The level of providers: `model.doGenerate`. */
export function doGenerate(modelOf: ModelOf): Client {
  return async (ask) => {
    const { content } = await modelOf(ask).doGenerate({ prompt: toPrompt(ask.prompt) });
    return content.map((part) => (part.type === "text" ? part.text : "")).join("");
  };
}

/** What applications call for a whole answer. */
export function generateTextOf(modelOf: ModelOf): Client {
  return async (ask) => (await generateText({ model: modelOf(ask), messages: toModelMessages(ask.prompt) })).text;
}

const tools = {
  [writeTool.name]: tool({ description: writeTool.description, inputSchema: jsonSchema(writeTool.schema) }),
};

/** What applications call. */
export function streamTextOf(modelOf: ModelOf): Client {
  return async (ask) => {
    const { textStream, fullStream } = streamText({
      model: modelOf(ask),
      messages: toModelMessages(ask.prompt),
      ...(callsTool(ask.model) && { tools }),
      onError: ({ error }) => {
        throw error;
      },
    });
    let text = "";
    if (callsTool(ask.model)) {
      for await (const part of fullStream) if (part.type === "tool-input-delta") text += part.delta;
    } else for await (const piece of textStream) text += piece;
    return text;
  };
}

function toModelMessages({ messages }: Prompt) {
  return messages.map(({ role, text }) => ({ role, content: text }));
}

function toPrompt({ messages, image }: Prompt): LanguageModelV4Prompt {
  return messages.map(({ role, text }, index) => {
    if (role === "assistant") return { role, content: [{ type: "text", text }] };
    if (image === undefined || index > 0) return { role, content: [{ type: "text", text }] };
    const file = { type: "file" as const, mediaType: "image/png", data: { type: "data" as const, data: image } };
    return { role, content: [{ type: "text", text }, file] };
  });
}
