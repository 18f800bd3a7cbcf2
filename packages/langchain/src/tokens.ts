import type { MessageContent } from "@langchain/core/messages";

/** An estimate, at four characters a token: the models behind Celuxe have tokenizers of many kinds. */
export function estimateTokens(content: MessageContent): number {
  const texts =
    typeof content === "string"
      ? [content]
      : content.map((block) => (block.type === "text" && typeof block["text"] === "string" ? block["text"] : ""));
  return Math.ceil(texts.join("").length / 4);
}
