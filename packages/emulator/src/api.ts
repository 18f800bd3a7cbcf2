import { checkReply } from "./check-options.ts";
import { complete } from "./answers/completion.ts";
import { defaultReply } from "./answers/default-reply.ts";
import { type AnswerFormat, toChatCompletion, toEvents } from "./answers/format.ts";
import type { Model } from "./answers/models.ts";
import type { Reply, ReplyRule } from "./answers/reply.ts";
import { type ChatRequest, invalid, parseChatRequest } from "./answers/request.ts";
import type { Clock } from "./clock.ts";
import { Refusal } from "./errors.ts";
import type { Handler } from "./exchange.ts";
import type { JournalEntry } from "./journal.ts";
import { createRandom, hash } from "./random.ts";
import type { Rules } from "./rules.ts";
import { eventStream, jsonAnswer } from "./wire/answer.ts";
import { pacedStream, pacedWhole, type PaceOptions } from "./wire/pace.ts";

export interface ChatContext {
  models: Map<string, Model>;
  replies: Rules<ReplyRule>;
  clock: Clock;
  pace: PaceOptions;
  seed: number;
  reasoningField: "reasoning_content" | "reasoning";
}

/** `POST /v1/chat/completions`. */
export function handleChat(context: ChatContext): Handler {
  const { models, replies, clock, pace, seed, reasoningField } = context;
  return ({ entry, key }) => {
    if (key.balance !== undefined && key.balance <= 0) throw new Refusal(402);
    const request = parseChatRequest(bodyOf(entry));
    const model = models.get(request.model);
    // OpenAI answers 404; Celuxe documents 400 as its only status for a request that cannot be served.
    if (!model) throw invalid("model", `The model '${request.model}' does not exist`, "model_not_found");

    const scripted = replies.next(entry)?.reply;
    const completion = complete(request, {
      model,
      seed,
      replyOf: (_, choiceSeed) => (scripted ? replyOf(scripted, entry) : defaultReply(request, choiceSeed)),
      number: entry.number,
      now: clock.now(),
    });
    if (key.balance !== undefined) key.balance -= (completion.totalTokens * model.pricePerMillionTokens) / 1_000_000;

    const format = formatOf(request, reasoningField);
    const random = createRandom(hash(`pace ${seed} ${entry.number}`));
    if (request.stream) return pacedStream(eventStream(toEvents(completion, format)), pace, random);
    const answer = jsonAnswer(200, toChatCompletion(completion, format));
    return pacedWhole(answer, Number(completion.usage.completion_tokens), pace, random);
  };
}

/** `GET /v1/models`. */
export function handleModels(models: Map<string, Model>): Handler {
  return () => jsonAnswer(200, { object: "list", data: [...models.values()].map((model) => model.listed) });
}

/** Every other path and method. */
export const handleUnknown: Handler = ({ entry }) => {
  throw new Refusal(404, {
    message: `Unknown request: ${entry.method} ${entry.path.split("?")[0]}`,
    code: "not_found",
  });
};

function bodyOf(entry: JournalEntry): unknown {
  // A body that is a JSON string and one that is no JSON at all are refused alike.
  if (typeof entry.body === "object") return entry.body;
  throw invalid(undefined, "The request body is not a JSON object.", "invalid_json");
}

function replyOf(scripted: ReplyRule["reply"], entry: JournalEntry): Reply {
  return typeof scripted === "function" ? checkReply(scripted(entry)) : scripted;
}

function formatOf(request: ChatRequest, reasoningField: AnswerFormat["reasoningField"]): AnswerFormat {
  return {
    reasoningField,
    includeUsage: request.stream_options?.include_usage === true,
    ...(request.logprobs ? { topLogprobs: request.top_logprobs ?? 0 } : {}),
  };
}
