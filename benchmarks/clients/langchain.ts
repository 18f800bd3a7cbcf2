import { ChatCeluxe } from "@celuxe/langchain";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { ChatDeepSeek } from "@langchain/deepseek";
import { ChatGroq } from "@langchain/groq";
import { ChatOpenAI } from "@langchain/openai";
import { ChatOpenRouter } from "@langchain/openrouter";
import { exchangeOf } from "../wire.ts";
import { type Ask, apiKey, callsTool, type Client, type Prompt, writeTool } from "./requests.ts";

export type ModelOf = (ask: Pick<Ask, "baseURL" | "model">) => BaseChatModel;

/** Gives one model for each id, as an application keeps its own. */
function keep(create: (baseURL: string, model: string) => BaseChatModel): ModelOf {
  const models = new Map<string, BaseChatModel>();
  return ({ baseURL, model }) => {
    if (!models.has(model)) models.set(model, create(baseURL, model));
    return models.get(model)!;
  };
}

/** All with their default settings; what differs is said in the name. */
export const chatModels: Record<string, ModelOf> = {
  "@celuxe/langchain": keep((baseURL, model) => new ChatCeluxe({ model, baseURL, apiKey })),
  "@celuxe/langchain, mergeDeltas: false": keep(
    (baseURL, model) => new ChatCeluxe({ model, baseURL, apiKey, mergeDeltas: false }),
  ),
  "@langchain/openai": keep((baseURL, model) => new ChatOpenAI({ model, apiKey, configuration: { baseURL } })),
  "@langchain/deepseek": keep((baseURL, model) => new ChatDeepSeek({ model, apiKey, configuration: { baseURL } })),
  "@langchain/openrouter": keep((baseURL, model) => new ChatOpenRouter({ model, apiKey, baseURL })),
  // Adds `/openai/v1` to the address by itself.
  "@langchain/groq": keep((baseURL, model) => new ChatGroq({ model, apiKey, baseUrl: baseURL.replace(/\/v1$/, "") })),
};

/** LangChain without a network: a model that has the whole answer ready. */
class ReadyChatModel extends BaseChatModel {
  readonly model: string;

  constructor(model: string) {
    super({});
    this.model = model;
  }

  override _llmType(): string {
    return "ready";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(): Promise<ChatResult> {
    const text = exchangeOf(this.model).pieces.join("");
    return { generations: [{ text, message: new AIMessage(text) }] };
  }

  override async *_streamResponseChunks(
    _messages: BaseMessage[],
    _options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { kind, pieces } = exchangeOf(this.model);
    for (const [index, piece] of pieces.entries()) {
      const text = kind === "text" ? piece : "";
      const message = new AIMessageChunk(
        kind === "text"
          ? { content: piece }
          : {
              content: "",
              tool_call_chunks: [
                { type: "tool_call_chunk", index: 0, args: piece, ...(index === 0 && { id: "call", name: "write" }) },
              ],
            },
      );
      const chunk = new ChatGenerationChunk({ text, message });
      yield chunk;
      await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}

export const frameworkAlone = {
  "@langchain/core, a model without network": keep((_, model) => new ReadyChatModel(model)),
};

export function stream(modelOf: ModelOf): Client {
  return async (ask) => {
    let text = "";
    const chunks = await runnable(modelOf, ask).stream(toMessages(ask.prompt), ask.signal && { signal: ask.signal });
    for await (const chunk of chunks) {
      const piece = textOf(chunk, ask);
      if (piece === "") continue;
      text += piece;
      ask.onFirst?.();
    }
    return text;
  };
}

export function streamEvents(modelOf: ModelOf): Client {
  return async (ask) => {
    let text = "";
    for await (const { event, data } of runnable(modelOf, ask).streamEvents(toMessages(ask.prompt), {
      version: "v2",
    })) {
      if (event === "on_chat_model_stream") text += textOf(data.chunk as AIMessageChunk, ask);
    }
    return text;
  };
}

/** The newer form of `streamEvents`, without a version: events of content blocks. */
export function streamBlockEvents(modelOf: ModelOf): Client {
  return async (ask) => {
    let text = "";
    for await (const event of modelOf(ask).streamEvents(toMessages(ask.prompt))) {
      if (event.event === "content-block-delta" && event.delta.type === "text-delta") text += event.delta.text;
    }
    return text;
  };
}

/** Makes `invoke` stream inside, as LangGraph's handlers do. */
class StreamingHandler extends BaseCallbackHandler {
  name = "streaming";
  lc_prefer_streaming = true;
  tokens = 0;

  override handleLLMNewToken(): void {
    this.tokens += 1;
  }
}

export function invokeStreaming(modelOf: ModelOf): Client {
  return async (ask) => {
    const handler = new StreamingHandler();
    const message = await runnable(modelOf, ask).invoke(toMessages(ask.prompt), { callbacks: [handler] });
    if (handler.tokens === 0) throw new Error("invoke did not stream.");
    return callsTool(ask.model) ? JSON.stringify(message.tool_calls?.[0]?.args) : message.text;
  };
}

export function invoke(modelOf: ModelOf): Client {
  return async (ask) => (await modelOf(ask).invoke(toMessages(ask.prompt))).text;
}

function runnable(modelOf: ModelOf, ask: Ask): Runnable<BaseMessage[], AIMessageChunk> {
  const model = modelOf(ask);
  if (!callsTool(ask.model)) return model as Runnable<BaseMessage[], AIMessageChunk>;
  const { name, description, schema } = writeTool;
  return model.bindTools!([{ type: "function", function: { name, description, parameters: schema } }]) as Runnable<
    BaseMessage[],
    AIMessageChunk
  >;
}

function textOf(chunk: AIMessageChunk, { model }: Ask): string {
  if (!callsTool(model)) return chunk.text;
  return (chunk.tool_call_chunks ?? []).map(({ args }) => args ?? "").join("");
}

function toMessages({ messages, image }: Prompt): BaseMessage[] {
  return messages.map(({ role, text }, index) => {
    if (role === "assistant") return new AIMessage(text);
    if (image === undefined || index > 0) return new HumanMessage(text);
    const base64 = typeof image === "string" ? image : Buffer.from(image.buffer).toString("base64");
    return new HumanMessage({
      content: [
        { type: "text", text },
        { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } },
      ],
    });
  });
}
