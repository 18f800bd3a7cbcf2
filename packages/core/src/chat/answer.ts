import { type AnswerContext, errorFromBody } from "../http/api-error.ts";
import { createChatReader, findError } from "./reader.ts";
import { addAll, createDeltaQueue, type DeltaQueue } from "./delta-queue.ts";
import type { ChatBlock, ChatDelta, FinishReason, ToolCall, Usage } from "./deltas.ts";
import { type HttpAnswer, readJson, unexpectedBody } from "../http/request.ts";
import { isObject, type JsonObject, writeJson } from "../wire.ts";

/** What the service said about itself when it answered. */
export interface ResponseInfo {
  status: number;
  /** Lower case, without cookies. */
  headers: Record<string, string>;
  requestId: string | undefined;
  /** HTTP requests that the call took. */
  attempts: number;
}

/** One of the alternatives that `n` asks for. */
export interface ChatChoice {
  index: number;
  text: string;
  reasoning: string;
  refusal: string;
  /** Texts, reasoning and images in the order in which they came. */
  blocks: ChatBlock[];
  toolCalls: ToolCall[];
  finishReason: FinishReason;
  /** As sent; `undefined` where the service sent none. */
  rawFinishReason: string | undefined;
  logprobs: { content: JsonObject[]; refusal: JsonObject[] } | undefined;
  annotations: JsonObject[];
}

/** A whole chat completion; the fields of the first choice stand at the top. */
export interface ChatAnswer extends Omit<ChatChoice, "index"> {
  id: string | undefined;
  model: string | undefined;
  /** Unix seconds. */
  created: number | undefined;
  systemFingerprint: string | undefined;
  serviceTier: string | undefined;
  usage: Usage | undefined;
  /** All choices; more than one only where the request asked for them with `n`. */
  choices: ChatChoice[];
  /** The answer as sent. */
  raw: unknown;
  response: ResponseInfo;
}

/** Reads a body as a chat completion, or throws the error that it is. */
export async function readCompletion(answer: HttpAnswer, context: AnswerContext): Promise<JsonObject> {
  return completionOf(await readJson(answer, context), answer.response, context);
}

/** Takes JSON for a chat completion, or throws the error that it is. */
export function completionOf(json: unknown, response: Response, context: AnswerContext): JsonObject {
  const error = findError(json);
  if (error !== undefined) throw errorFromBody(error, response, context);
  if (!isObject(json) || choicesOf(json).length === 0) throw unexpectedBody(response, writeJson(json), context);
  return json;
}

/** The deltas that a stream would have given for a whole completion. */
export function deltasOf(completion: JsonObject, includeRaw: boolean): DeltaQueue {
  const deltas = createDeltaQueue(true);
  if (includeRaw) deltas.append({ type: "raw", chunk: completion });
  readChoice(completion, choicesOf(completion)[0]!, deltas.append);
  return deltas;
}

export function toChatAnswer(completion: JsonObject, response: ResponseInfo): ChatAnswer {
  const head: { start?: Extract<ChatDelta, { type: "start" }>; usage?: Usage } = {};
  const choices = choicesOf(completion).map((wire, position) => {
    const choice = emptyChoice(position);
    readChoice(completion, wire, (delta) => {
      if (delta.type === "start") head.start = delta;
      else if (delta.type === "usage") head.usage = delta.usage;
      else fold(choice, delta);
    });
    return choice;
  });
  const { start, usage } = head;
  const first = choices[0]!;
  // Field by field: spreads, and leaving out a field, make slow copies of what every call needs.
  return {
    id: start?.id,
    model: start?.model,
    created: start?.created,
    systemFingerprint: start?.systemFingerprint,
    serviceTier: start?.serviceTier,
    usage,
    text: first.text,
    reasoning: first.reasoning,
    refusal: first.refusal,
    blocks: first.blocks,
    toolCalls: first.toolCalls,
    finishReason: first.finishReason,
    rawFinishReason: first.rawFinishReason,
    logprobs: first.logprobs,
    annotations: first.annotations,
    choices,
    raw: completion,
    response,
  };
}

/** The choices in the order of their numbers, or as they stand where these say nothing. */
function choicesOf(completion: JsonObject): JsonObject[] {
  const choices: unknown = completion["choices"];
  const list: unknown[] = Array.isArray(choices) ? choices : [choices];
  const objects = list.filter(isObject);
  const place = (choice: JsonObject) => (typeof choice["index"] === "number" ? choice["index"] : 0);
  return objects.length > 1 ? objects.toSorted((a, b) => place(a) - place(b)) : objects;
}

function readChoice(completion: JsonObject, choice: JsonObject, emit: (delta: ChatDelta) => void): void {
  const reader = createChatReader(emit);
  reader.readChoice(completion, choice);
  reader.finish();
}

function emptyChoice(index: number): ChatChoice {
  return {
    index,
    text: "",
    reasoning: "",
    refusal: "",
    blocks: [],
    toolCalls: [],
    finishReason: "other",
    rawFinishReason: undefined,
    logprobs: undefined,
    annotations: [],
  };
}

function fold(choice: ChatChoice, delta: ChatDelta): void {
  switch (delta.type) {
    case "text":
    case "reasoning":
    case "refusal":
      choice[delta.type] += delta.text;
      addText(choice.blocks, delta);
      break;
    case "image":
      choice.blocks.push(delta);
      break;
    case "tool-call-end":
      choice.toolCalls.push(delta.toolCall);
      break;
    case "logprobs":
      choice.logprobs = { content: delta.content, refusal: delta.refusal };
      break;
    case "annotations":
      addAll(choice.annotations, delta.annotations);
      break;
    case "finish":
      choice.finishReason = delta.reason;
      choice.rawFinishReason = delta.rawReason;
      break;
  }
}

function addText(blocks: ChatBlock[], delta: Exclude<ChatBlock, { type: "image" }>): void {
  const last = blocks.at(-1);
  if (last?.type === delta.type) last.text += delta.text;
  else blocks.push({ ...delta });
}
