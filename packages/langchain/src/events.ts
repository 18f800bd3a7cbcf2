import type { ChatDelta, FinishReason, ToolCall } from "@celuxe/core";
import type {
  ChatModelStreamEvent,
  ContentBlockDelta,
  FinishReason as EventFinishReason,
} from "@langchain/core/language_models/event";
import type { ContentBlock } from "@langchain/core/messages";
import {
  type AnswerHead,
  createEndCollector,
  toContentBlock,
  toEndMetadata,
  toHeadMetadata,
  toUsageMetadata,
} from "./result.ts";
import { toToolCalls } from "./tools.ts";

/**
 * Maps the deltas of a stream to LangChain's content-block events: takes them in their order and gives the events of
 * each. Blocks are numbered in the order in which they begin; one of text, reasoning or refusal is open at a time, calls
 * of tools until it is known whether they are whole.
 */
export function createEventWriter(requestedModel: string): (delta: ChatDelta) => Generator<ChatModelStreamEvent> {
  let started = false;
  let head: AnswerHead | undefined;
  let blocks = 0;
  let open: GrowingBlock | undefined;
  /** Block numbers of the tool calls, by the index of their call. */
  const calls = new Map<number, number>();
  const { end, collect } = createEndCollector();

  function* write(delta: ChatDelta): Generator<ChatModelStreamEvent> {
    if (delta.type === "start") head = delta;
    if (!started) {
      started = true;
      yield { event: "message-start", ...(head?.id !== undefined && { id: head.id }) };
    }
    switch (delta.type) {
      case "text":
      case "reasoning":
      case "refusal":
        yield* grow(delta.type, delta.text);
        break;
      case "image": {
        yield* close();
        const content = toContentBlock(delta);
        yield { event: "content-block-start", index: blocks, content };
        yield { event: "content-block-finish", index: blocks++, content };
        break;
      }
      case "tool-call-start": {
        yield* close();
        const { index, id, name } = delta;
        calls.set(index, blocks);
        yield {
          event: "content-block-start",
          index: blocks++,
          content: { type: "tool_call_chunk", id, name, args: "", index },
        };
        break;
      }
      case "tool-call-arguments": {
        const index = calls.get(delta.index);
        if (index !== undefined) yield blockDelta(index, { type: "tool-call-delta", args: delta.text });
        break;
      }
      case "tool-call-end":
        yield* endCall(delta.toolCall);
        break;
      case "finish":
        collect(delta);
        yield* close();
        yield finish();
        break;
      default:
        collect(delta);
    }
  }

  function* grow(kind: GrowingBlock["kind"], text: string): Generator<ChatModelStreamEvent> {
    if (open?.kind !== kind) {
      yield* close();
      open = { kind, index: blocks++, text: "" };
      yield { event: "content-block-start", index: open.index, content: { type: kind, [kind]: "" } };
    }
    open.text += text;
    yield blockDelta(open.index, toBlockDelta(open, text));
  }

  function* close(): Generator<ChatModelStreamEvent> {
    if (!open) return;
    const { kind, index, text } = open;
    open = undefined;
    yield { event: "content-block-finish", index, content: { type: kind, [kind]: text } };
  }

  function* endCall(call: ToolCall): Generator<ChatModelStreamEvent> {
    const index = calls.get(call.index) ?? blocks++;
    const { tool_calls, invalid_tool_calls } = toToolCalls([call]);
    yield { event: "content-block-finish", index, content: (tool_calls[0] ?? invalid_tool_calls[0]) as ContentBlock };
  }

  function finish(): ChatModelStreamEvent {
    const reason = finishReasons[end.finishReason];
    const usage = toUsageMetadata(end.usage);
    return {
      event: "message-finish",
      ...(reason && { reason }),
      ...(usage && { usage }),
      responseMetadata: { ...toHeadMetadata(head, requestedModel), ...toEndMetadata(end) },
    };
  }

  return write;
}

type GrowingBlock = { kind: "text" | "reasoning" | "refusal"; index: number; text: string };

/** The protocol's words; it has none for other reasons, which stand in the metadata alone. */
const finishReasons: Partial<Record<FinishReason, EventFinishReason>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_use",
  "content-filter": "content_filter",
};

function blockDelta(index: number, delta: ContentBlockDelta): ChatModelStreamEvent {
  return { event: "content-block-delta", index, delta };
}

function toBlockDelta({ kind, text: whole }: GrowingBlock, text: string): ContentBlockDelta {
  if (kind === "text") return { type: "text-delta", text };
  if (kind === "reasoning") return { type: "reasoning-delta", reasoning: text };
  // The protocol has no delta for a refusal, only fields that replace those before.
  return { type: "block-delta", fields: { type: "refusal", refusal: whole } };
}
