import type {
  JSONObject,
  JSONValue,
  LanguageModelV4Citation,
  LanguageModelV4Content,
  LanguageModelV4File,
  LanguageModelV4GenerateResult,
  LanguageModelV4ResponseMetadata,
  LanguageModelV4Source,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { generateId } from "@ai-sdk/provider-utils";
import type { ChatAnswer, ChatDelta, FinishReason, JsonObject, RateLimitState, ToolCall, Usage } from "@celuxe/core";

/** Why an answer ended, in the words that this provider uses. */
export interface WithFinishReason {
  finishReason: { unified: FinishReason; raw: string | undefined };
}

/** A whole answer. */
export type GenerateResult = Omit<LanguageModelV4GenerateResult, "finishReason"> & WithFinishReason;

/** Maps a whole answer. Of several choices the first counts. */
export function toGenerateResult(
  answer: ChatAnswer,
  call: {
    request: NonNullable<LanguageModelV4GenerateResult["request"]>;
    warnings: SharedV4Warning[];
    rateLimit: RateLimitState;
  },
): GenerateResult {
  return {
    content: toContent(answer),
    finishReason: { unified: answer.finishReason, raw: answer.rawFinishReason },
    usage: toUsage(answer.usage),
    providerMetadata: toProviderMetadata({
      requestId: answer.response.requestId,
      rateLimit: call.rateLimit,
      logprobs: answer.logprobs,
      usage: answer.usage,
      systemFingerprint: answer.systemFingerprint,
      serviceTier: answer.serviceTier,
    }),
    request: call.request,
    response: { ...toResponseMetadata(answer), headers: answer.response.headers, body: answer.raw },
    warnings: call.warnings,
  };
}

function toContent(answer: ChatAnswer): LanguageModelV4Content[] {
  const content: LanguageModelV4Content[] = [];
  const citations = answer.annotations.map(toCitation).filter((citation) => citation !== undefined);
  // Citations count characters of the whole text, so they stand with it where it is one.
  let uncited = citations;
  for (const block of answer.blocks) {
    if (block.type === "image") content.push(toFile(block.url));
    else if (block.type === "text") {
      content.push({ type: "text", text: block.text, ...(uncited.length > 0 && { citations: uncited }) });
      uncited = [];
    } else content.push({ type: block.type === "refusal" ? "text" : "reasoning", text: block.text });
  }
  for (const { source } of citations) content.push(source);
  for (const toolCall of answer.toolCalls) if (toolCall.status !== "cut") content.push(toToolCallContent(toolCall));
  return content;
}

/** An image that the model made. */
export function toFile(url: string): LanguageModelV4File {
  const head = /^data:([^;,]+)[^,]*;base64,/i.exec(url.slice(0, 200));
  if (head) return { type: "file", mediaType: head[1]!, data: { type: "data", data: url.slice(head[0].length) } };
  // The kind of what stands elsewhere is not known before it is fetched.
  return { type: "file", mediaType: "image/*", data: { type: "url", url: new URL(url) } };
}

/** Arguments that are no JSON go on as they are: the AI SDK reports them as an invalid input, and runs nothing. */
export function toToolCallContent({ id, name, arguments: input, extraContent }: ToolCall): LanguageModelV4ToolCall {
  return {
    type: "tool-call",
    toolCallId: id,
    toolName: name,
    input,
    // The AI SDK gives it back as an option of the part, and options of parts reach the wire under their names.
    ...(extraContent && { providerMetadata: { celuxe: { extra_content: extraContent as JSONObject } } }),
  };
}

/** An annotation of OpenAI's form as a citation; undefined for other kinds. */
export function toCitation(annotation: JsonObject): LanguageModelV4Citation | undefined {
  const cited = annotation["url_citation"] as JsonObject | undefined;
  const url = cited?.["url"];
  if (annotation["type"] !== "url_citation" || typeof url !== "string") return undefined;
  const { title, start_index: startIndex, end_index: endIndex } = cited ?? {};
  const source: LanguageModelV4Source = {
    type: "source",
    sourceType: "url",
    id: generateId(),
    url,
    ...(typeof title === "string" && { title }),
  };
  return {
    source,
    ...(typeof startIndex === "number" && { startIndex }),
    ...(typeof endIndex === "number" && { endIndex }),
  };
}

/** The names of an answer, in the AI SDK's words. */
export function toResponseMetadata(
  names: Pick<Extract<ChatDelta, { type: "start" }>, "id" | "model" | "created">,
): LanguageModelV4ResponseMetadata {
  return {
    ...(names.id !== undefined && { id: names.id }),
    ...(names.model !== undefined && { modelId: names.model }),
    ...(names.created !== undefined && { timestamp: new Date(names.created * 1000) }),
  };
}

/** Totals and parts that were not sent stay undefined; a total that is not split counts as unsplit, so that sums are numbers. */
export function toUsage(usage: Usage | undefined): LanguageModelV4Usage {
  const { promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens, raw } = usage ?? {};
  return {
    inputTokens: {
      total: promptTokens,
      noCache: rest(promptTokens, cachedTokens),
      cacheRead: cachedTokens,
      cacheWrite: cacheWriteTokens,
    },
    outputTokens: {
      total: completionTokens,
      text: rest(completionTokens, reasoningTokens),
      reasoning: reasoningTokens,
    },
    ...(raw && { raw: raw as JSONObject }),
  };
}

/** Some services count the part beside the whole, not in it. */
function rest(whole: number | undefined, part = 0): number | undefined {
  return whole === undefined || part > whole ? whole : whole - part;
}

/** What `providerMetadata.celuxe` is made of. */
export interface AnswerFacts {
  requestId: string | undefined;
  rateLimit: RateLimitState;
  logprobs: { content: JsonObject[]; refusal: JsonObject[] } | undefined;
  usage: Usage | undefined;
  systemFingerprint: string | undefined;
  serviceTier: string | undefined;
}

/** What `providerMetadata.celuxe` tells beside the AI SDK's own fields. */
interface ToldFacts {
  requestId?: string;
  rateLimit: JSONObject;
  logprobs?: JSONValue;
  refusalLogprobs?: JSONValue;
  cost?: number;
  systemFingerprint?: string;
  serviceTier?: string;
}

const toldFacts: Record<keyof ToldFacts, true> = {
  requestId: true,
  rateLimit: true,
  logprobs: true,
  refusalLogprobs: true,
  cost: true,
  systemFingerprint: true,
  serviceTier: true,
};

/** Whether a field of `celuxe` is one that {@link toProviderMetadata} writes. */
export function isAnswerFact(name: string): boolean {
  return Object.hasOwn(toldFacts, name);
}

export function toProviderMetadata(facts: AnswerFacts): SharedV4ProviderMetadata {
  const { requestId, rateLimit, logprobs, usage, systemFingerprint, serviceTier } = facts;
  const cost = usage?.raw["cost"];
  const { waiting, coolingDownMs, limit, learned } = rateLimit;
  const told: ToldFacts = {
    ...(requestId !== undefined && { requestId }),
    rateLimit: { waiting, coolingDownMs, learned, ...(limit !== undefined && { limit }) },
    ...(logprobs?.content.length && { logprobs: logprobs.content as JSONValue }),
    ...(logprobs?.refusal.length && { refusalLogprobs: logprobs.refusal as JSONValue }),
    ...(typeof cost === "number" && { cost }),
    ...(systemFingerprint !== undefined && { systemFingerprint }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
  return { celuxe: { ...told } };
}
