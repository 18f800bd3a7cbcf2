import { type AnswerContext, errorFromBody } from "./api-error.ts";
import { createChatReader } from "./chat-reader.ts";
import { appendDelta } from "./delta-queue.ts";
import type { ChatDelta, FinishReason, ToolCall, Usage } from "./deltas.ts";
import { type HttpAnswer, readJson, unexpectedBody } from "./request.ts";
import { isObject, type JsonObject } from "./wire.ts";

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
  const json = await readJson(answer, context);
  if (isObject(json) && json["error"]) throw errorFromBody(json["error"], answer.response, context);
  if (!isObject(json) || !(Array.isArray(json["choices"]) || isObject(json["choices"]))) {
    throw unexpectedBody(answer.response, JSON.stringify(json), context);
  }
  return json;
}

/** The deltas that a stream would have given for a whole completion. */
export function deltasOf(completion: JsonObject, includeRaw: boolean): ChatDelta[] {
  const deltas: ChatDelta[] = includeRaw ? [{ type: "raw", chunk: completion }] : [];
  const reader = createChatReader((delta) => appendDelta(deltas, delta, true));
  reader.read(completion);
  reader.finish();
  return deltas;
}

export function toChatAnswer(completion: JsonObject, response: ResponseInfo): ChatAnswer {
  const head: Pick<ChatAnswer, "id" | "model" | "created" | "systemFingerprint" | "serviceTier" | "usage"> = {
    id: undefined,
    model: undefined,
    created: undefined,
    systemFingerprint: undefined,
    serviceTier: undefined,
    usage: undefined,
  };
  const count = Array.isArray(completion["choices"]) ? Math.max(1, completion["choices"].length) : 1;
  const choices: ChatChoice[] = [];
  for (let index = 0; index < count; index++) {
    const choice = emptyChoice(index);
    const reader = createChatReader((delta) => {
      if (delta.type === "start") {
        const { type: _, ...names } = delta;
        Object.assign(head, names);
      } else if (delta.type === "usage") head.usage = delta.usage;
      else fold(choice, delta);
    }, index);
    reader.read(completion);
    reader.finish();
    choices.push(choice);
  }
  const { index: _, ...first } = choices[0]!;
  return { ...head, ...first, choices, raw: completion, response };
}

function emptyChoice(index: number): ChatChoice {
  return {
    index,
    text: "",
    reasoning: "",
    refusal: "",
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
      break;
    case "tool-call-end":
      choice.toolCalls.push(delta.toolCall);
      break;
    case "logprobs":
      choice.logprobs = { content: delta.content, refusal: delta.refusal };
      break;
    case "annotations":
      choice.annotations.push(...delta.annotations);
      break;
    case "finish":
      choice.finishReason = delta.reason;
      choice.rawFinishReason = delta.rawReason;
      break;
  }
}
