import { AIMessageChunk, type AIMessageChunkFields, type ContentBlock } from "@langchain/core/messages";
import type { ToolCallChunk } from "@langchain/core/messages/tool";
import { toContentBlocks } from "./block-translator.ts";

/**
 * A chunk of an answer. LangChain's own reads tool calls out of pieces of arguments, and repairs what is cut, so that a
 * call could run with half of its arguments. Here `tool_calls` and `invalid_tool_calls` hold what the end of the answer
 * said of each call; until then its pieces stand in `tool_call_chunks` alone.
 */
export class CeluxeMessageChunk extends AIMessageChunk {
  static override lc_name(): string {
    return "AIMessageChunk";
  }

  constructor(fields: string | AIMessageChunkFields) {
    if (typeof fields === "string") {
      super(fields);
      return;
    }
    super({ ...fields, tool_call_chunks: undefined });
    this.tool_call_chunks = fields.tool_call_chunks ?? [];
    this.invalid_tool_calls = fields.invalid_tool_calls ?? [];
  }

  /** What it is loaded as: a chunk of LangChain's would repair the arguments then, a whole message keeps the verdict. */
  override get lc_id(): string[] {
    const { tool_call_chunks: chunks = [], tool_calls = [], invalid_tool_calls = [] } = this;
    const whole = chunks.length > 0 && tool_calls.length + invalid_tool_calls.length >= chunks.length;
    return [...this.lc_namespace, whole ? "AIMessage" : "AIMessageChunk"];
  }

  override get contentBlocks(): ContentBlock.Standard[] {
    if (isStandard(this)) return this.content as ContentBlock.Standard[];
    return toContentBlocks(this);
  }

  override concat(chunk: AIMessageChunk): this {
    const usage = this.usage_metadata && chunk.usage_metadata ? super.concat(chunk).usage_metadata : undefined;
    // Pieces of a foreign chunk have no verdict, only what LangChain guessed of them.
    const verdict = chunk.tool_call_chunks?.length && !isCeluxe(chunk) ? undefined : chunk;
    return new CeluxeMessageChunk({
      id: this.id ?? chunk.id,
      name: this.name ?? chunk.name,
      content: joinContent(this, chunk),
      additional_kwargs: joinKwargs(this.additional_kwargs, chunk.additional_kwargs),
      // Each fact is sent once. Were one repeated, LangChain's own way of joining would make "stopstop" of it.
      response_metadata: { ...this.response_metadata, ...chunk.response_metadata },
      tool_call_chunks: joinToolCallChunks(this.tool_call_chunks, chunk.tool_call_chunks),
      tool_calls: join(this.tool_calls, verdict?.tool_calls),
      invalid_tool_calls: join(this.invalid_tool_calls, verdict?.invalid_tool_calls),
      usage_metadata: usage ?? this.usage_metadata ?? chunk.usage_metadata,
    }) as this;
  }
}

function isCeluxe(chunk: AIMessageChunk): boolean {
  // Not instanceof: LangChain's messages count every message of their type as an instance.
  return Object.getPrototypeOf(chunk) === CeluxeMessageChunk.prototype;
}

/** Whether the content is a list of standard blocks, as with `outputVersion: "v1"`. */
function isStandard({ content, response_metadata }: AIMessageChunk): boolean {
  return typeof content !== "string" && response_metadata.output_version === "v1";
}

function join<Item>(left: Item[] = [], right: Item[] = []): Item[] {
  if (right.length === 0) return left;
  return left.length === 0 ? right : [...left, ...right];
}

/** Texts grow; everything else is there once. */
function joinKwargs(left: Record<string, unknown>, right: Record<string, unknown>): Record<string, unknown> {
  const joined = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = joined[key];
    joined[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
  }
  return joined;
}

function joinToolCallChunks(left: ToolCallChunk[] = [], right: ToolCallChunk[] = []): ToolCallChunk[] {
  if (right.length === 0) return left;
  const joined = [...left];
  for (const piece of right) {
    const at = piece.index === undefined ? -1 : joined.findIndex(({ index }) => index === piece.index);
    const known = joined[at];
    if (known) joined[at] = { ...piece, ...known, args: (known.args ?? "") + (piece.args ?? "") };
    else joined.push(piece);
  }
  return joined;
}

function joinContent(left: AIMessageChunk, right: AIMessageChunk): AIMessageChunk["content"] {
  if (typeof left.content === "string" && typeof right.content === "string") return left.content + right.content;
  const blocks = isStandard(left) || isStandard(right) ? [...left.contentBlocks] : [...asBlocks(left.content)];
  for (const block of isStandard(right) ? right.contentBlocks : asBlocks(right.content)) addBlock(blocks, block);
  return blocks;
}

function asBlocks(content: AIMessageChunk["content"]): ContentBlock[] {
  if (typeof content !== "string") return content;
  return content === "" ? [] : [{ type: "text", text: content }];
}

/** The field of a block that grows while it is streamed. */
const growing: Record<string, string> = {
  text: "text",
  reasoning: "reasoning",
  refusal: "refusal",
  tool_call_chunk: "args",
};

function addBlock(blocks: ContentBlock[], block: ContentBlock): void {
  const field = growing[block.type];
  if (block.type === "tool_call" || block.type === "invalid_tool_call") {
    // The verdict takes the place of the pieces.
    const at = blocks.findIndex(({ type, id }) => type === "tool_call_chunk" && id === block.id);
    if (at >= 0) blocks[at] = block;
    else blocks.push(block);
    return;
  }
  const at =
    block.type === "tool_call_chunk"
      ? blocks.findIndex(({ type, index }) => type === block.type && index === block["index"])
      : blocks.length - 1;
  const known = blocks[at];
  if (field === undefined || known?.type !== block.type) blocks.push(block);
  else blocks[at] = { ...block, ...known, [field]: `${text(known[field])}${text(block[field])}` };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
