import type { AIMessage, AIMessageChunk, ContentBlock } from "@langchain/core/messages";

/**
 * The standard content blocks of a message of this package: reasoning, text and images in the order in which they came,
 * refusal, then tool calls. LangChain asks for them by `message.contentBlocks`, and stores them with `outputVersion: "v1"`.
 */
export function toContentBlocks(message: AIMessage | AIMessageChunk): ContentBlock.Standard[] {
  const blocks: ContentBlock.Standard[] = [];
  const { refusal } = message.additional_kwargs;
  const reasoning = leadingReasoning(message);
  if (reasoning !== "") blocks.push({ type: "reasoning", reasoning });
  if (typeof message.content !== "string") blocks.push(...(message.content as ContentBlock.Standard[]));
  else if (message.content !== "") blocks.push({ type: "text", text: message.content });
  if (typeof refusal === "string" && refusal !== "") blocks.push({ type: "refusal", refusal });
  const { tool_calls = [], invalid_tool_calls = [] } = message;
  const ended = new Set([...tool_calls, ...invalid_tool_calls].map(({ id }) => id));
  for (const { index, id, name, args } of "tool_call_chunks" in message ? (message.tool_call_chunks ?? []) : []) {
    if (id === undefined || !ended.has(id)) blocks.push({ type: "tool_call_chunk", index, id, name, args });
  }
  for (const { id, name, args } of tool_calls) blocks.push({ type: "tool_call", id, name, args });
  for (const { id, name, args, error } of invalid_tool_calls) {
    blocks.push({ type: "invalid_tool_call", id, name, args, error });
  }
  return blocks;
}

/** `reasoning_content` is all of it; what came behind a text or an image stands in the content besides. */
function leadingReasoning({ content, additional_kwargs }: AIMessage | AIMessageChunk): string {
  const all = additional_kwargs["reasoning_content"];
  if (typeof all !== "string" || typeof content === "string") return typeof all === "string" ? all : "";
  const later = content.map((block) => (block.type === "reasoning" ? String(block["reasoning"]) : "")).join("");
  return all.endsWith(later) ? all.slice(0, all.length - later.length) : all;
}

/**
 * Makes `contentBlocks` right on messages of this package that LangChain builds itself, from JSON for example. The
 * registry is the only way in, and internal: without it LangChain falls back to text and tool calls.
 */
export function registerBlockTranslator(): void {
  const { lc_block_translators_registry: registry } = globalThis as {
    lc_block_translators_registry?: { set?: (provider: string, translator: object) => unknown };
  };
  registry?.set?.("celuxe", { translateContent: toContentBlocks, translateContentChunk: toContentBlocks });
}
