import type { ChatAnswer, ChatDelta, ToolCall } from "@celuxe/core";
import type { AIMessageChunkFields } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { CeluxeMessageChunk } from "./message-chunk.ts";
import {
  createEndCollector,
  toAdditionalKwargs,
  toContentBlock,
  toEndMetadata,
  toHeadMetadata,
  toUsageMetadata,
} from "./result.ts";
import { toToolCalls } from "./tools.ts";

/**
 * Maps the deltas of a stream to chunks: takes them in their order and gives the chunk of those that have one. The names
 * of the answer stand in the first chunk, the verdict on its tool calls, its usage and its end in the last, so that
 * joined chunks tell everything once.
 */
export function createChunkReader(requestedModel: string): (delta: ChatDelta) => ChatGenerationChunk | undefined {
  let id: string | undefined;
  let head: Record<string, unknown> | undefined = toHeadMetadata(undefined, requestedModel);
  const toolCalls: ToolCall[] = [];
  /** Something was said that reasoning must not be put in front of. */
  let said = false;
  const { end, collect } = createEndCollector();

  function chunk(
    text: string,
    fields: AIMessageChunkFields,
    generationInfo?: Record<string, unknown>,
    content: AIMessageChunkFields["content"] = text,
  ): ChatGenerationChunk {
    const response_metadata = { ...head, ...fields.response_metadata };
    head = undefined;
    const message = new CeluxeMessageChunk({ ...fields, id, content, response_metadata });
    return new ChatGenerationChunk({ text, message, generationInfo });
  }

  return (delta) => {
    switch (delta.type) {
      case "text":
        said = true;
        return chunk(delta.text, {});
      case "reasoning": {
        const additional_kwargs = toAdditionalKwargs({ reasoning: delta.text, refusal: "" });
        return chunk("", { additional_kwargs }, undefined, said ? [toContentBlock(delta)] : "");
      }
      case "image":
        said = true;
        return chunk("", {}, undefined, [toContentBlock(delta)]);
      case "refusal":
        return chunk("", { additional_kwargs: toAdditionalKwargs({ reasoning: "", refusal: delta.text }) });
      case "tool-call-start": {
        const { index, id: callId, name } = delta;
        return chunk("", { tool_call_chunks: [{ type: "tool_call_chunk", index, id: callId, name, args: "" }] });
      }
      case "tool-call-arguments":
        return chunk("", {
          tool_call_chunks: [{ type: "tool_call_chunk", index: delta.index, args: delta.text }],
        });
      case "tool-call-end":
        toolCalls.push(delta.toolCall);
        return undefined;
      case "start":
        id = delta.id;
        head = toHeadMetadata(delta, requestedModel);
        return undefined;
      case "finish": {
        collect(delta);
        const response_metadata = toEndMetadata(end);
        return chunk(
          "",
          { ...toToolCalls(toolCalls), usage_metadata: toUsageMetadata(end.usage), response_metadata },
          { finish_reason: response_metadata["finish_reason"] },
        );
      }
      default:
        collect(delta);
        return undefined;
    }
  };
}

/** The result that the chunks of a stream make together, where `invoke` streams inside. */
export async function joinChunks(chunks: AsyncIterable<ChatGenerationChunk>): Promise<ChatResult> {
  let whole: ChatGenerationChunk | undefined;
  for await (const chunk of chunks) whole = whole?.concat(chunk) ?? chunk;
  const metadata: Record<string, unknown> = whole?.message.response_metadata ?? {};
  const tokenUsage = metadata["tokenUsage"];
  return { generations: whole ? [whole] : [], ...(tokenUsage !== undefined && { llmOutput: { tokenUsage } }) };
}

/** The deltas that a stream would have given for a whole answer, where streaming is switched off. */
export function toDeltas(answer: ChatAnswer): ChatDelta[] {
  const { blocks, toolCalls, logprobs, annotations, usage } = answer;
  const {
    finishReason: reason,
    rawFinishReason: rawReason,
    id,
    model,
    created,
    systemFingerprint,
    serviceTier,
  } = answer;
  return [
    { type: "start", id, model, created, systemFingerprint, serviceTier },
    ...blocks,
    ...toolCalls.flatMap((toolCall): ChatDelta[] => [
      { type: "tool-call-start", index: toolCall.index, id: toolCall.id, name: toolCall.name },
      { type: "tool-call-arguments", index: toolCall.index, text: toolCall.arguments },
      { type: "tool-call-end", toolCall },
    ]),
    ...(logprobs ? [{ type: "logprobs" as const, ...logprobs }] : []),
    ...(annotations.length > 0 ? [{ type: "annotations" as const, annotations }] : []),
    ...(usage ? [{ type: "usage" as const, usage }] : []),
    { type: "finish", reason, rawReason },
  ];
}

/**
 * The values of a generator, which aborts as soon as it is left. Generators answer one call after the other, so that
 * leaving one would wait for its next value.
 */
export function endWith<Value>(leaving: AbortController, values: AsyncGenerator<Value>): AsyncGenerator<Value> {
  const generator: AsyncGenerator<Value> = {
    next: () => values.next(),
    return(value: unknown) {
      leaving.abort();
      return values.return(value);
    },
    throw(error) {
      leaving.abort();
      return values.throw(error);
    },
    [Symbol.asyncIterator]: () => generator,
    async [Symbol.asyncDispose]() {
      await generator.return(undefined);
    },
  };
  return generator;
}
