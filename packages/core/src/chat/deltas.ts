import type { JsonObject } from "../wire.ts";

/** Why a completion ended, in one vocabulary for all vendors behind the gateway. */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "error" | "other";

/** Tokens of one completion. A count that the service did not send is `undefined`, not 0. */
export interface Usage {
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  totalTokens: number | undefined;
  /** Part of `promptTokens` that was read from a cache. */
  cachedTokens: number | undefined;
  /** Part of `promptTokens` that was written to a cache. */
  cacheWriteTokens: number | undefined;
  /** Part of `completionTokens` that the model spent on reasoning. */
  reasoningTokens: number | undefined;
  /** The object as sent. */
  raw: JsonObject;
}

/** A tool call that the model asked for. */
export interface ToolCall {
  /** Where it stands among the calls of the answer, from 0. */
  index: number;
  id: string;
  name: string;
  /** JSON as text, exactly as the model wrote it; `{}` where it wrote nothing, or null. */
  arguments: string;
  /**
   * `complete`: the arguments are a JSON object. `invalid`: the model finished, but they are not, or the call has no name.
   * `cut`: the answer was ended before the call was; never execute it.
   */
  status: "complete" | "invalid" | "cut";
  /** The call's `extra_content`, such as Gemini's thought signature: the service wants it back with the call. */
  extraContent?: JsonObject;
}

/** A block of an answer. */
export type ChatBlock = Extract<ChatDelta, { type: "text" | "reasoning" | "refusal" | "image" }>;

/** One step of a streamed chat completion. Joined, the texts of one kind give the whole. */
export type ChatDelta =
  | {
      /** Once, before everything else, as soon as the service has named the completion. */
      type: "start";
      id: string | undefined;
      model: string | undefined;
      /** Unix seconds. */
      created: number | undefined;
      systemFingerprint: string | undefined;
      serviceTier: string | undefined;
    }
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "refusal"; text: string }
  /** An image that the model made, whole: an address on the web, or a `data:` URL. */
  | { type: "image"; url: string }
  | { type: "tool-call-start"; index: number; id: string; name: string }
  | { type: "tool-call-arguments"; index: number; text: string }
  /** After the last delta of all calls, when it is known how the answer ended. */
  | { type: "tool-call-end"; toolCall: ToolCall }
  /** Token log probabilities in OpenAI's form. */
  | { type: "logprobs"; content: JsonObject[]; refusal: JsonObject[] }
  /** Annotations, such as citations, in OpenAI's form. */
  | { type: "annotations"; annotations: JsonObject[] }
  | { type: "usage"; usage: Usage }
  /** Once, as the last. `rawReason` is what the service sent, if it sent one. */
  | { type: "finish"; reason: FinishReason; rawReason: string | undefined }
  /** A chunk as parsed, before the deltas read from it; only with `includeRaw`. */
  | { type: "raw"; chunk: unknown };
