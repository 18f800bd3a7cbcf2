import type { ChatDelta, Usage } from "./deltas.ts";
import { toFinishReason } from "./finish-reason.ts";
import { isImage, readImage } from "./images.ts";
import { createToolCallAssembler } from "./tool-calls.ts";
import { readCount, readIndex, readObjects, readString } from "./values.ts";
import { isObject, type JsonObject } from "../wire.ts";

/**
 * Reads chat completion chunks, or a whole chat completion as if it were one chunk, into deltas. One odd field never
 * loses a chunk: what is odd is converted or ignored, and the rest is used.
 */
export interface ChatReader {
  /** Takes one parsed chunk. Of several choices the one with index 0 is read. */
  read(chunk: unknown): void;
  /** Takes one choice of a parsed chunk, whatever its index. */
  readChoice(chunk: JsonObject, choice: JsonObject | undefined): void;
  /** Whether the server has said why the completion ended. */
  finished(): boolean;
  /** Ends the answer: emits the tool calls, the usage and the finish reason. */
  finish(): void;
  /** Emits the usage alone, for an answer that broke off. */
  breakOff(): void;
}

export function createChatReader(emit: (delta: ChatDelta) => void): ChatReader {
  const toolCalls = createToolCallAssembler(emit);
  let started = false;
  let deltaSeen = false;
  let refused = false;
  let rawReason: string | undefined;
  let usage: Usage | undefined;

  function read(chunk: unknown): void {
    if (isObject(chunk)) readChoice(chunk, findChoice(chunk["choices"]));
  }

  function readChoice(chunk: JsonObject, choice: JsonObject | undefined): void {
    if (!started && (choice || chunk["id"] || chunk["model"])) start(chunk);
    if (chunk["usage"]) usage = readUsage(chunk["usage"]) ?? usage;
    if (!choice) return;
    const delta = choice["delta"];
    if (isObject(delta)) {
      deltaSeen = true;
      readMessage(delta, false);
    } else if (!deltaSeen && isObject(choice["message"])) {
      // Behind deltas, a whole message says everything once more.
      readMessage(choice["message"], true);
    }
    if (choice["logprobs"]) readLogprobs(choice["logprobs"]);
    if (choice["usage"]) usage = readUsage(choice["usage"]) ?? usage;
    if (choice["finish_reason"]) rawReason = readReason(choice["finish_reason"]) ?? rawReason;
  }

  function start(chunk: JsonObject): void {
    started = true;
    emit({
      type: "start",
      id: readString(chunk["id"]),
      model: readString(chunk["model"]),
      created: readCount(chunk["created"]),
      systemFingerprint: readString(chunk["system_fingerprint"]),
      serviceTier: readString(chunk["service_tier"]),
    });
  }

  function readMessage(message: JsonObject, whole: boolean): void {
    const reasoning = readContent(message["reasoning_content"]) || readContent(message["reasoning"]);
    if (reasoning !== "") emit({ type: "reasoning", text: reasoning });
    const content = message["content"];
    if (Array.isArray(content)) readParts(content);
    else {
      const text = readContent(content);
      if (text !== "") emit({ type: "text", text });
    }
    if (message["images"]) readImages(message["images"]);
    const refusal = readContent(message["refusal"]);
    if (refusal !== "") {
      refused = true;
      emit({ type: "refusal", text: refusal });
    }
    const calls = message["tool_calls"] ?? message["function_call"];
    if (calls) readToolCalls(Array.isArray(calls) ? calls : [calls], whole);
    const annotations = readObjects(message["annotations"]);
    if (annotations.length > 0) emit({ type: "annotations", annotations });
  }

  /** Content as a list of parts, as some models behind gateways send it. */
  function readParts(parts: unknown[]): void {
    for (const part of parts) {
      const thinking = isObject(part) ? part["thinking"] : undefined;
      const text = readContent(thinking ?? part);
      if (text !== "") emit({ type: thinking === undefined ? "text" : "reasoning", text });
      else if (isImage(part)) readImages(part);
    }
  }

  function readImages(images: unknown): void {
    for (const image of Array.isArray(images) ? images : [images]) {
      const url = readImage(image);
      if (url !== undefined) emit({ type: "image", url });
    }
  }

  function readToolCalls(calls: unknown[], whole: boolean): void {
    for (let position = 0; position < calls.length; position++) {
      const call = calls[position];
      if (!isObject(call)) continue;
      // Where nothing numbers them, what stands side by side is not one call.
      const numbered = call["index"] !== undefined && call["index"] !== null;
      toolCalls.add(call, whole || (position > 0 && !numbered));
    }
  }

  function readLogprobs(logprobs: unknown): void {
    if (!isObject(logprobs)) return;
    const content = readObjects(logprobs["content"]);
    const refusal = readObjects(logprobs["refusal"]);
    if (content.length > 0 || refusal.length > 0) emit({ type: "logprobs", content, refusal });
  }

  function finish(): void {
    if (!started) start({});
    let reason = toFinishReason(rawReason);
    const calls = toolCalls.finish(reason !== "stop" && reason !== "tool-calls");
    for (const toolCall of calls) emit({ type: "tool-call-end", toolCall });
    if (reason === "stop" && calls.some(({ status }) => status === "complete")) reason = "tool-calls";
    if (reason === "stop" && refused) reason = "content-filter";
    breakOff();
    emit({ type: "finish", reason, rawReason });
  }

  function breakOff(): void {
    if (usage) emit({ type: "usage", usage });
  }

  return {
    read,
    readChoice,
    finish,
    breakOff,
    finished: () => rawReason !== undefined,
  };
}

/** The error that a chunk or an answer is, in any of the forms that servers send; `undefined` where it is none. */
export function findError(json: unknown): unknown {
  if (!isObject(json)) return undefined;
  const error = json["error"];
  if (typeof error === "string" && error.trim() !== "") return error;
  // Some send the field with every chunk, empty.
  if (typeof error === "object" && error !== null && Object.values(error).some(Boolean)) return error;
  if (error === true || (typeof error === "number" && error !== 0)) return json;
  return json["object"] === "error" || json["type"] === "error" ? json : undefined;
}

function findChoice(choices: unknown): JsonObject | undefined {
  if (!Array.isArray(choices)) return isObject(choices) ? choices : undefined;
  for (let position = 0; position < choices.length; position++) {
    const choice: unknown = choices[position];
    if (isObject(choice) && (readIndex(choice["index"]) ?? position) === 0) return choice;
  }
  return undefined;
}

/** How deep the forms of content are nested: a list of parts, a part, its list of texts, a text. */
const contentDepth = 4;

/** Text in any of the forms that content takes: a string, a number, a part, a list of parts. */
function readContent(value: unknown, depth = contentDepth): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (depth === 0) return "";
  if (Array.isArray(value)) return value.map((part) => readContent(part, depth - 1)).join("");
  return isObject(value) ? readContent(value["text"] ?? value["content"], depth - 1) : "";
}

/** A finish reason; some servers write null as text. */
function readReason(value: unknown): string | undefined {
  return value === "null" ? undefined : readString(value);
}

/** Counts from a usage object; undefined where it has none, as in the nulls that some servers send on every chunk. */
function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const prompt = isObject(value["prompt_tokens_details"]) ? value["prompt_tokens_details"] : {};
  const completion = isObject(value["completion_tokens_details"]) ? value["completion_tokens_details"] : {};
  const usage: Usage = {
    promptTokens: readCount(value["prompt_tokens"]) ?? readCount(value["input_tokens"]),
    completionTokens: readCount(value["completion_tokens"]) ?? readCount(value["output_tokens"]),
    totalTokens: readCount(value["total_tokens"]),
    cachedTokens: readCount(prompt["cached_tokens"]) ?? readCount(value["prompt_cache_hit_tokens"]),
    cacheWriteTokens: readCount(prompt["cache_write_tokens"]) ?? readCount(prompt["cache_creation_tokens"]),
    reasoningTokens: readCount(completion["reasoning_tokens"]),
    raw: value,
  };
  const counts = [usage.promptTokens, usage.completionTokens, usage.totalTokens];
  return counts.some((count) => count !== undefined) ? usage : undefined;
}
