import type { FinishReason, InferUITools, UIMessage } from "ai";
import type { tools } from "./tools";

/** A message of this chat: the parts know the tools, the metadata is what stands under an answer. */
export type ChatMessage = UIMessage<AnswerInfo, Record<string, never>, InferUITools<typeof tools>>;

/** Sent once, when an answer is complete. */
export interface AnswerInfo {
  model: string;
  seconds: number;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  finishReason: FinishReason;
}
