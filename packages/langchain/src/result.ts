import type { ChatAnswer, ChatBlock, ChatChoice, ChatDelta, FinishReason, JsonObject, Usage } from "@celuxe/core";
import { AIMessage } from "@langchain/core/messages";
import type { ContentBlock, UsageMetadata } from "@langchain/core/messages";
import type { ChatGeneration, ChatResult } from "@langchain/core/outputs";
import { toToolCalls } from "./tools.ts";

/** Maps a whole answer, with a generation for each choice. The usage stands with the first, so that sums are right. */
export function toChatResult(answer: ChatAnswer, requestedModel: string): ChatResult {
  const generations = answer.choices.map((choice): ChatGeneration => {
    const usage = choice === answer.choices[0] ? answer.usage : undefined;
    const message = new AIMessage({
      id: answer.id,
      content: toContent(choice),
      additional_kwargs: toAdditionalKwargs(choice),
      ...toToolCalls(choice.toolCalls),
      usage_metadata: toUsageMetadata(usage),
      response_metadata: { ...toHeadMetadata(answer, requestedModel), ...toEndMetadata({ ...choice, usage }) },
    });
    return { text: choice.text, message, generationInfo: { finish_reason: toFinishReason(choice) } };
  });
  const tokenUsage = toTokenUsage(answer.usage);
  return { generations, ...(tokenUsage && { llmOutput: { tokenUsage } }) };
}

/** A text where that is all; a list where images stand in it, or thoughts behind something else. */
function toContent({ text, blocks }: Pick<ChatChoice, "text" | "blocks">): AIMessage["content"] {
  const said = blocks.filter(({ type }) => type !== "refusal");
  const first = said.findIndex(({ type }) => type !== "reasoning");
  if (first < 0 || (said.length === first + 1 && said[first]?.type === "text")) return text;
  return said.slice(first).map(toContentBlock);
}

/** A block of an answer in LangChain's standard. */
export function toContentBlock(block: ChatBlock): ContentBlock.Standard {
  if (block.type !== "image") return { type: block.type, [block.type]: block.text } as ContentBlock.Standard;
  const head = /^data:([^;,]+)[^,]*;base64,/i.exec(block.url.slice(0, 200));
  if (!head) return { type: "image", url: block.url };
  return { type: "image", mimeType: head[1]!, data: block.url.slice(head[0].length) };
}

/** The names of an answer. */
export type AnswerHead = Pick<
  Extract<ChatDelta, { type: "start" }>,
  "id" | "model" | "systemFingerprint" | "serviceTier"
>;

/** What the first part of an answer tells of itself; some never do. */
export function toHeadMetadata(head: AnswerHead | undefined, requestedModel: string): Record<string, unknown> {
  const { id, model = requestedModel, systemFingerprint, serviceTier } = head ?? {};
  return {
    model_provider: "celuxe",
    model,
    model_name: model,
    ...(id !== undefined && { id }),
    ...(systemFingerprint !== undefined && { system_fingerprint: systemFingerprint }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
}

/** What is known of an answer at its end. */
export interface AnswerEnd {
  finishReason: FinishReason;
  rawFinishReason: string | undefined;
  logprobs: ChatChoice["logprobs"];
  annotations: JsonObject[];
  usage: Usage | undefined;
}

/** Gathers from the deltas of a stream what stands in its last part. */
export function createEndCollector(): { end: AnswerEnd; collect: (delta: ChatDelta) => void } {
  const end: AnswerEnd = {
    finishReason: "other",
    rawFinishReason: undefined,
    logprobs: undefined,
    annotations: [],
    usage: undefined,
  };
  function collect(delta: ChatDelta): void {
    switch (delta.type) {
      case "logprobs":
        end.logprobs ??= { content: [], refusal: [] };
        end.logprobs.content.push(...delta.content);
        end.logprobs.refusal.push(...delta.refusal);
        break;
      case "annotations":
        end.annotations.push(...delta.annotations);
        break;
      case "usage":
        end.usage = delta.usage;
        break;
      case "finish":
        end.finishReason = delta.reason;
        end.rawFinishReason = delta.rawReason;
        break;
    }
  }
  return { end, collect };
}

/** What the last part of an answer tells of it. */
export function toEndMetadata(end: AnswerEnd): Record<string, unknown> {
  const tokenUsage = toTokenUsage(end.usage);
  return {
    finish_reason: toFinishReason(end),
    ...(end.logprobs && { logprobs: end.logprobs }),
    ...(end.annotations.length > 0 && { annotations: end.annotations }),
    ...(tokenUsage && { tokenUsage }),
  };
}

/** OpenAI's words, whichever vendor answered: what reads a finish reason knows these. */
const finishReasons: Record<Exclude<FinishReason, "other">, string> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  error: "error",
};

function toFinishReason({
  finishReason,
  rawFinishReason,
}: Pick<AnswerEnd, "finishReason" | "rawFinishReason">): string {
  return finishReason === "other" ? (rawFinishReason ?? "other") : finishReasons[finishReason];
}

/** Where LangChain keeps what has no field of its own in a message; DeepSeek's and OpenAI's integrations do the same. */
export function toAdditionalKwargs({ reasoning, refusal }: Pick<ChatChoice, "reasoning" | "refusal">): {
  reasoning_content?: string;
  refusal?: string;
} {
  return { ...(reasoning !== "" && { reasoning_content: reasoning }), ...(refusal !== "" && { refusal }) };
}

/** Token counts in LangChain's form; `undefined` where the service sent none. */
export function toUsageMetadata(usage: Usage | undefined): UsageMetadata | undefined {
  if (!usage) return undefined;
  const { promptTokens, completionTokens, totalTokens } = counts(usage);
  const { cachedTokens, cacheWriteTokens, reasoningTokens, raw } = usage;
  const input = defined({
    cache_read: cachedTokens,
    cache_creation: cacheWriteTokens,
    audio: detail(raw, "prompt_tokens_details", "audio_tokens"),
  });
  const output = defined({
    reasoning: reasoningTokens,
    audio: detail(raw, "completion_tokens_details", "audio_tokens"),
  });
  return {
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    total_tokens: totalTokens,
    ...(input && { input_token_details: input }),
    ...(output && { output_token_details: output }),
  };
}

/** The older form of the token counts, which callback handlers read. */
export interface TokenUsage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
}

/** The sum over the results of a batch. */
export function sumTokenUsage(results: ({ tokenUsage?: TokenUsage } | undefined)[]): TokenUsage {
  const sum: TokenUsage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
  for (const result of results) {
    sum.promptTokens += result?.tokenUsage?.promptTokens ?? 0;
    sum.completionTokens += result?.tokenUsage?.completionTokens ?? 0;
    sum.totalTokens += result?.tokenUsage?.totalTokens ?? 0;
  }
  return sum;
}

function toTokenUsage(usage: Usage | undefined): TokenUsage | undefined {
  return usage && counts(usage);
}

/** LangChain's counts are never undefined; what was not sent follows from the others as far as it can. */
function counts({ promptTokens, completionTokens, totalTokens }: Usage): TokenUsage {
  const input = promptTokens ?? Math.max(0, (totalTokens ?? 0) - (completionTokens ?? 0));
  const output = completionTokens ?? Math.max(0, (totalTokens ?? 0) - input);
  return { promptTokens: input, completionTokens: output, totalTokens: totalTokens ?? input + output };
}

function detail(usage: JsonObject, group: string, field: string): number | undefined {
  const count = (usage[group] as JsonObject | null | undefined)?.[field];
  return typeof count === "number" ? count : undefined;
}

function defined<Fields extends object>(fields: Fields): Partial<Fields> | undefined {
  const kept: Partial<Fields> = {};
  let any = false;
  for (const name in fields) {
    if (fields[name] === undefined) continue;
    kept[name] = fields[name];
    any = true;
  }
  return any ? kept : undefined;
}
