import type { ChatDelta, FinishReason, Usage } from "./deltas.ts";
import { createToolCallAssembler } from "./tool-calls.ts";
import { isObject, type JsonObject } from "./wire.ts";

/**
 * Reads chat completion chunks, or a whole chat completion as if it were one chunk, into deltas. One odd field never
 * loses a chunk: what is odd is converted or ignored, and the rest is used.
 */
export interface ChatReader {
  /** Takes one parsed chunk. */
  read(chunk: unknown): void;
  /** Whether the server has said why the completion ended. */
  readonly finished: boolean;
  /** Ends the answer: emits the tool calls, the usage and the finish reason. */
  finish(): void;
  /** Emits the usage alone, for an answer that broke off. */
  breakOff(): void;
}

/** Other vendors' words, which gateways pass on. */
const finishReasons = new Map<string, FinishReason>([
  ["stop", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["end", "stop"],
  ["eos", "stop"],
  ["eos_token", "stop"],
  ["complete", "stop"],
  ["completed", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["max_output_tokens", "length"],
  ["max_length", "length"],
  ["model_length", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_calls", "tool-calls"],
  ["tool-calls", "tool-calls"],
  ["tool_call", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["content-filter", "content-filter"],
  ["safety", "content-filter"],
  ["refusal", "content-filter"],
  ["recitation", "content-filter"],
  ["prohibited_content", "content-filter"],
  ["blocklist", "content-filter"],
  ["error", "error"],
  ["network_error", "error"],
  ["insufficient_system_resource", "error"],
]);

export function createChatReader(emit: (delta: ChatDelta) => void, choiceIndex = 0): ChatReader {
  const toolCalls = createToolCallAssembler(emit);
  let started = false;
  let rawReason: string | undefined;
  let usage: Usage | undefined;
  let refused = false;

  function read(chunk: unknown): void {
    if (!isObject(chunk)) return;
    const choice = findChoice(chunk["choices"], choiceIndex);
    if (!started && (choice || chunk["id"] || chunk["model"])) {
      started = true;
      emit({
        type: "start",
        id: readText(chunk["id"]),
        model: readText(chunk["model"]),
        created: readNumber(chunk["created"]),
        systemFingerprint: readText(chunk["system_fingerprint"]),
        serviceTier: readText(chunk["service_tier"]),
      });
    }
    if (chunk["usage"]) usage = readUsage(chunk["usage"]) ?? usage;
    if (!choice) return;
    const delta = isObject(choice["delta"]) ? choice["delta"] : choice["message"];
    if (isObject(delta)) readDelta(delta);
    if (choice["logprobs"]) readLogprobs(choice["logprobs"]);
    if (choice["usage"]) usage = readUsage(choice["usage"]) ?? usage;
    rawReason = readText(choice["finish_reason"]) ?? rawReason;
  }

  function readDelta(delta: JsonObject): void {
    const reasoning = readContent(delta["reasoning_content"]) || readContent(delta["reasoning"]);
    if (reasoning !== "") emit({ type: "reasoning", text: reasoning });
    const content = delta["content"];
    if (Array.isArray(content)) readParts(content);
    else {
      const text = readContent(content);
      if (text !== "") emit({ type: "text", text });
    }
    const refusal = delta["refusal"] ? readContent(delta["refusal"]) : "";
    if (refusal !== "") {
      refused = true;
      emit({ type: "refusal", text: refusal });
    }
    const calls = delta["tool_calls"];
    if (Array.isArray(calls)) {
      for (const call of calls) if (isObject(call)) toolCalls.add(call);
    } else if (isObject(calls)) toolCalls.add(calls);
    const annotations = delta["annotations"];
    if (Array.isArray(annotations)) {
      const objects = annotations.filter(isObject);
      if (objects.length > 0) emit({ type: "annotations", annotations: objects });
    }
  }

  /** Content as a list of parts, as some models behind gateways send it. */
  function readParts(parts: unknown[]): void {
    for (const part of parts) {
      const thinking = isObject(part) ? part["thinking"] : undefined;
      const text = readContent(thinking ?? part);
      if (text !== "") emit({ type: thinking === undefined ? "text" : "reasoning", text });
    }
  }

  function readLogprobs(logprobs: unknown): void {
    if (!isObject(logprobs)) return;
    const list = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : []);
    const content = list(logprobs["content"]);
    const refusal = list(logprobs["refusal"]);
    if (content.length > 0 || refusal.length > 0) emit({ type: "logprobs", content, refusal });
  }

  function finish(): void {
    let reason: FinishReason =
      rawReason === undefined ? "stop" : (finishReasons.get(rawReason.toLowerCase()) ?? "other");
    const calls = toolCalls.finish(reason !== "stop" && reason !== "tool-calls");
    for (const toolCall of calls) emit({ type: "tool-call-end", toolCall });
    if (reason === "stop" && calls.some(({ status }) => status === "complete")) reason = "tool-calls";
    if (reason === "stop" && refused) reason = "content-filter";
    if (usage) emit({ type: "usage", usage });
    emit({ type: "finish", reason, rawReason });
  }

  return {
    read,
    finish,
    get finished() {
      return rawReason !== undefined;
    },
    breakOff() {
      if (usage) emit({ type: "usage", usage });
    },
  };
}

function findChoice(choices: unknown, wanted: number): JsonObject | undefined {
  const list: unknown[] = Array.isArray(choices) ? choices : [choices];
  for (const [position, choice] of list.entries()) {
    if (isObject(choice) && (readNumber(choice["index"]) ?? position) === wanted) return choice;
  }
  return undefined;
}

/** Text in any of the forms that content takes: a string, a number, a part, a list of parts. */
function readContent(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(readContent).join("");
  return isObject(value) ? readContent(value["text"] ?? value["content"]) : "";
}

function readText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Counts from a usage object; undefined where it has none, as in the nulls that some servers send on every chunk. */
function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const prompt = isObject(value["prompt_tokens_details"]) ? value["prompt_tokens_details"] : {};
  const completion = isObject(value["completion_tokens_details"]) ? value["completion_tokens_details"] : {};
  const usage: Usage = {
    promptTokens: readNumber(value["prompt_tokens"]) ?? readNumber(value["input_tokens"]),
    completionTokens: readNumber(value["completion_tokens"]) ?? readNumber(value["output_tokens"]),
    totalTokens: readNumber(value["total_tokens"]),
    cachedTokens: readNumber(prompt["cached_tokens"]) ?? readNumber(value["prompt_cache_hit_tokens"]),
    cacheWriteTokens: readNumber(prompt["cache_write_tokens"]) ?? readNumber(prompt["cache_creation_tokens"]),
    reasoningTokens: readNumber(completion["reasoning_tokens"]),
    raw: value,
  };
  const counts = [usage.promptTokens, usage.completionTokens, usage.totalTokens];
  return counts.some((count) => count !== undefined) ? usage : undefined;
}
