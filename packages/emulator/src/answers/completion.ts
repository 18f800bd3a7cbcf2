import { identifier } from "../random.ts";
import { defaultReasoning } from "./default-reply.ts";
import type { Model } from "./models.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import { countPromptTokens, tokenize } from "./tokens.ts";

/** A whole answer, in tokens: what is sent at once and what is streamed are made from the same value. */
export interface Completion {
  id: string;
  created: number;
  model: string;
  /** With `seed`, as OpenAI: says that the same request gets the same answer. */
  systemFingerprint?: string;
  choices: Choice[];
  usage: Record<string, unknown>;
  totalTokens: number;
}

export interface Choice {
  index: number;
  reasoning: string[];
  text: string[];
  refusal: string[];
  toolCalls: { id: string; name: string; arguments: string[] }[];
  finishReason: string;
}

/** Celuxe's documented default of `max_tokens`. */
const DEFAULT_MAX_TOKENS = 4096;

export interface CompletionContext {
  model: Model;
  seed: number;
  /** What the model says in each choice. */
  replyOf: (choice: number, seed: number) => Reply;
  number: number;
  now: number;
}

export function complete(request: ChatRequest, context: CompletionContext): Completion {
  const { model, number, now } = context;
  const seed = context.seed + (request.seed ?? 0);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_MAX_TOKENS;
  const thinks = model.reasoning && request.reasoning_effort !== "none";
  const usages: Record<string, unknown>[] = [];
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) => {
    const reply = context.replyOf(index, seed + index);
    if (reply.usage) usages.push(reply.usage);
    const reasoning = reply.reasoning ?? (thinks ? defaultReasoning(request, seed + index) : "");
    return toChoice(
      index,
      { ...reply, reasoning },
      { stop: stopsOf(request), maxTokens, idSeed: `${seed} ${number} ${index}` },
    );
  });

  const promptTokens = countPromptTokens(request);
  const completionTokens = choices.reduce((sum, choice) => sum + tokensOf(choice), 0);
  const reasoningTokens = choices.reduce((sum, choice) => sum + choice.reasoning.length, 0);
  return {
    id: `chatcmpl-${identifier(`${seed} ${number}`)}`,
    created: Math.floor(now / 1000),
    model: model.id,
    ...(request.seed == null ? {} : { systemFingerprint: `fp_${identifier(model.id).slice(0, 10)}` }),
    choices,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      ...(reasoningTokens > 0 ? { completion_tokens_details: { reasoning_tokens: reasoningTokens } } : {}),
      ...Object.assign({}, ...usages),
    },
    totalTokens: promptTokens + completionTokens,
  };
}

function toChoice(
  index: number,
  reply: Reply,
  { stop, maxTokens, idSeed }: { stop: string[]; maxTokens: number; idSeed: string },
): Choice {
  let left = maxTokens;
  let cut = false;
  const take = (tokens: string[]): string[] => {
    const taken = tokens.slice(0, left);
    cut ||= taken.length < tokens.length;
    left -= taken.length;
    return taken;
  };

  const reasoning = take(toTokens(reply.reasoning));
  const text = take(beforeStop(toTokens(reply.text), stop));
  const refusal = take(toTokens(reply.refusal));
  const toolCalls: Choice["toolCalls"] = [];
  for (const [position, call] of (reply.toolCalls ?? []).entries()) {
    // A cut answer does not begin another call.
    if (left === 0) {
      cut = true;
      break;
    }
    const given = call.arguments ?? {};
    const pieces = typeof given === "string" || isList(given) ? toTokens(given) : tokenize(JSON.stringify(given));
    toolCalls.push({
      id: call.id ?? `call_${identifier(`${idSeed} ${position}`)}`,
      name: call.name,
      arguments: take(pieces),
    });
  }
  const natural = toolCalls.length > 0 ? "tool_calls" : "stop";
  return { index, reasoning, text, refusal, toolCalls, finishReason: reply.finishReason ?? (cut ? "length" : natural) };
}

function isList(value: string | readonly string[] | Record<string, unknown>): value is readonly string[] {
  return Array.isArray(value);
}

function toTokens(given: string | readonly string[] | undefined): string[] {
  return typeof given === "string" ? tokenize(given) : [...(given ?? [])];
}

function stopsOf(request: ChatRequest): string[] {
  const stop = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  return stop.filter((sequence) => sequence !== "");
}

/** The tokens before the first stop sequence, which may begin inside a token and span several. */
function beforeStop(tokens: string[], stop: string[]): string[] {
  if (stop.length === 0) return tokens;
  const text = tokens.join("");
  const found = stop.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  if (found.length === 0) return tokens;
  const end = Math.min(...found);
  const kept: string[] = [];
  let length = 0;
  for (const token of tokens) {
    if (length >= end) break;
    kept.push(token.slice(0, end - length));
    length += token.length;
  }
  return kept;
}

function tokensOf(choice: Choice): number {
  const called = choice.toolCalls.reduce((sum, call) => sum + tokenize(call.name).length + call.arguments.length, 0);
  return choice.reasoning.length + choice.text.length + choice.refusal.length + called;
}
