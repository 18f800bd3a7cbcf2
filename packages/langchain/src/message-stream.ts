import { ChatModelStream } from "@langchain/core/language_models/stream";
import { AIMessage } from "@langchain/core/messages";
import type { InvalidToolCall } from "@langchain/core/messages/tool";
import type { LLMResult } from "@langchain/core/outputs";
import { toAdditionalKwargs } from "./result.ts";

/** The events of an answer, whose message says what `invoke` says; see {@link completeAssembled}. */
export class CeluxeMessageStream extends ChatModelStream {
  override get output(): PromiseLike<AIMessage> {
    return this.then((message) => message);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- LangChain's class is one, so that it can be awaited.
  override then<Result = AIMessage, Failure = never>(
    onfulfilled?: ((message: AIMessage) => Result | PromiseLike<Result>) | null,
    onrejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): PromiseLike<Result | Failure> {
    const message = super.then((assembled) => {
      completeAssembled(assembled);
      return assembled;
    });
    return message.then(onfulfilled, onrejected);
  }
}

/**
 * Completes a message that LangChain put together from events, in place, so that it says what `invoke` says: LangChain
 * leaves out the calls that are invalid and what has no block of its own.
 */
function completeAssembled(message: AIMessage): void {
  const blocks = message.contentBlocks;
  const text = (kind: "reasoning" | "refusal") =>
    blocks.map((block) => (block.type === kind ? (block as Record<string, unknown>)[kind] : "")).join("");
  message.additional_kwargs = {
    ...toAdditionalKwargs({ reasoning: text("reasoning"), refusal: text("refusal") }),
    ...message.additional_kwargs,
  };
  if (!message.invalid_tool_calls?.length) {
    message.invalid_tool_calls = blocks.filter((block) => block.type === "invalid_tool_call") as InvalidToolCall[];
  }
  if (message.response_metadata["finish_reason"] === "tool_use") {
    message.response_metadata["finish_reason"] = "tool_calls";
  }
}

/** Completes the messages of a result that LangChain put together from events. */
export function completeResult(result: LLMResult): void {
  for (const generation of result.generations.flat()) {
    const message = "message" in generation ? generation.message : undefined;
    // With a handler of content-block events LangChain puts the message together from them, always as version 1.
    if (AIMessage.isInstance(message) && message.response_metadata["output_version"] === "v1")
      completeAssembled(message);
  }
}
