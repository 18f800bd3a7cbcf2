import { DONE, type WirePiece } from "../wire/pieces.ts";
import type { Choice, Completion } from "./completion.ts";
import { type Logprobs, logprobsOf } from "./logprobs.ts";

/** What of the request decides the form of an answer. */
export interface AnswerFormat {
  reasoningField: "reasoning_content" | "reasoning";
  includeUsage: boolean;
  /** How many alternatives each token has; undefined: no log probabilities. */
  topLogprobs?: number;
}

/** The answer as one object: `chat.completion`. */
export function toChatCompletion(completion: Completion, format: AnswerFormat): Record<string, unknown> {
  return {
    id: completion.id,
    object: "chat.completion",
    created: completion.created,
    model: completion.model,
    ...fingerprintOf(completion),
    choices: completion.choices.map((choice) => ({
      index: choice.index,
      message: toMessage(choice, format),
      ...(format.topLogprobs === undefined ? {} : { logprobs: logprobsOf(choice.text, format.topLogprobs) }),
      finish_reason: choice.finishReason,
    })),
    usage: completion.usage,
  };
}

/** The answer as events: `chat.completion.chunk` objects, one token each, and `[DONE]`. */
export function* toEvents(completion: Completion, format: AnswerFormat): Iterable<WirePiece> {
  const head = {
    id: completion.id,
    object: "chat.completion.chunk",
    created: completion.created,
    model: completion.model,
    ...fingerprintOf(completion),
  };
  // As OpenAI does: with usage asked for, every chunk has the field, and only the last one a value.
  const usage = format.includeUsage ? { usage: null } : {};
  for (const choice of takeTurns(completion.choices.map((one) => choiceDeltas(one, format)))) {
    yield { data: { ...head, choices: [choice], ...usage } };
  }
  if (format.includeUsage) yield { data: { ...head, choices: [], usage: completion.usage } };
  yield DONE;
}

interface ChoiceDelta {
  index: number;
  delta: Record<string, unknown>;
  logprobs?: Logprobs | null;
  finish_reason: string | null;
}

function* choiceDeltas(choice: Choice, format: AnswerFormat): Generator<ChoiceDelta> {
  const of = (delta: Record<string, unknown>): ChoiceDelta => ({ index: choice.index, delta, finish_reason: null });
  yield of({ role: "assistant", content: choice.toolCalls.length > 0 && choice.text.length === 0 ? null : "" });
  for (const token of choice.reasoning) yield of({ [format.reasoningField]: token });
  for (const token of choice.text) {
    const chunk = of({ content: token });
    if (format.topLogprobs !== undefined) chunk.logprobs = logprobsOf([token], format.topLogprobs);
    yield chunk;
  }
  for (const token of choice.refusal) yield of({ refusal: token });
  for (const [index, call] of choice.toolCalls.entries()) {
    const start = { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
    yield of({ tool_calls: [start] });
    for (const token of call.arguments) yield of({ tool_calls: [{ index, function: { arguments: token } }] });
  }
  yield { index: choice.index, delta: {}, finish_reason: choice.finishReason };
}

/** The choices of one answer come interleaved, as they do from a model that writes them side by side. */
function* takeTurns<T>(sources: Generator<T>[]): Iterable<T> {
  let running = sources;
  while (running.length > 0) {
    const still: Generator<T>[] = [];
    for (const source of running) {
      const next = source.next();
      if (next.done) continue;
      yield next.value;
      still.push(source);
    }
    running = still;
  }
}

function toMessage(choice: Choice, format: AnswerFormat): Record<string, unknown> {
  const calls = choice.toolCalls.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments.join("") },
  }));
  const text = choice.text.join("");
  return {
    role: "assistant",
    content: text === "" && (calls.length > 0 || choice.refusal.length > 0) ? null : text,
    ...(choice.reasoning.length > 0 ? { [format.reasoningField]: choice.reasoning.join("") } : {}),
    ...(choice.refusal.length > 0 ? { refusal: choice.refusal.join("") } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

function fingerprintOf(completion: Completion): { system_fingerprint?: string } {
  return completion.systemFingerprint === undefined ? {} : { system_fingerprint: completion.systemFingerprint };
}
