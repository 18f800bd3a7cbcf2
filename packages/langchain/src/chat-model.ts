import {
  type CeluxeClient,
  type CeluxeClientOptions,
  type CeluxeModel,
  type CeluxeModelId,
  type ChatDelta,
  type ChatRequestBody,
  createCeluxeClient,
} from "@celuxe/core";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";

/** A chat model of Celuxe. */
export class ChatCeluxe extends BaseChatModel<BaseChatModelCallOptions, AIMessageChunk> {
  static override lc_name(): string {
    return "ChatCeluxe";
  }

  model: CeluxeModelId;
  readonly #client: CeluxeClient;

  constructor(fields: { model: CeluxeModelId } & Pick<CeluxeClientOptions, "apiKey" | "baseURL">) {
    super({});
    this.model = fields.model;
    this.#client = createCeluxeClient({ apiKey: fields.apiKey, baseURL: fields.baseURL, maxRetries: 0 });
  }

  override _llmType(): string {
    return "celuxe";
  }

  listModels(): Promise<CeluxeModel[]> {
    return this.#client.listModels();
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    _runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const answer = await this.caller.call(() =>
      this.#client.chat(toBody(this.model, messages), { signal: options.signal }),
    );
    return { generations: [{ text: answer.text, message: new AIMessage(answer.text) }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const body = { ...toBody(this.model, messages), stream_options: { include_usage: true } };
    const stream = await this.caller.call(() => this.#client.streamChat(body, { signal: options.signal }));
    for await (const delta of stream) {
      const chunk = toChunk(delta);
      if (!chunk) continue;
      yield chunk;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}

function toBody(model: string, messages: BaseMessage[]): ChatRequestBody {
  const roles = { system: "system", ai: "assistant" } as const;
  return {
    model,
    messages: messages.map((message) => ({
      role: roles[message.type as keyof typeof roles] ?? "user",
      content: message.text,
    })),
  };
}

function toChunk(delta: ChatDelta): ChatGenerationChunk | undefined {
  if (delta.type === "text") {
    return new ChatGenerationChunk({ text: delta.text, message: new AIMessageChunk(delta.text) });
  }
  if (delta.type !== "usage") return undefined;
  const { promptTokens = 0, completionTokens = 0, totalTokens } = delta.usage;
  const usage_metadata = {
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    total_tokens: totalTokens ?? promptTokens + completionTokens,
  };
  return new ChatGenerationChunk({ text: "", message: new AIMessageChunk({ content: "", usage_metadata }) });
}
