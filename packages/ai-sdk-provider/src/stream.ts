import type { LanguageModelV4Citation, LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider";
import { generateId } from "@ai-sdk/provider-utils";
import type { ChatDelta, ChatStream, FinishReason, JsonObject } from "@celuxe/core";
import { type CallContext, toAISDKError } from "./errors.ts";
import {
  type AnswerFacts,
  toCitation,
  toFile,
  toProviderMetadata,
  toResponseMetadata,
  toToolCallContent,
  toUsage,
  type WithFinishReason,
} from "./result.ts";

/**
 * What a stream of this provider holds. Older versions of the AI SDK, and what is built on them, have no type for `ping`
 * and the finish reason `interrupted`, and would refuse a model that may send them; this one never does.
 */
export type StreamPart =
  | Exclude<LanguageModelV4StreamPart, { type: "ping" | "finish" }>
  | (Omit<Extract<LanguageModelV4StreamPart, { type: "finish" }>, "finishReason"> & WithFinishReason);

type Enqueue = (part: StreamPart) => void;

/**
 * Maps the deltas of a stream to parts, as they are pulled. Cancelling closes the connection. A stream that breaks, or
 * just stops, ends with an `error` part and a `finish` part; only an abort makes the stream itself fail, with the
 * signal's reason.
 */
export function toPartStream(
  chat: ChatStream,
  warnings: SharedV4Warning[],
  context: CallContext,
): ReadableStream<StreamPart> {
  let write: (delta: ChatDelta) => boolean;
  let breakOff: (error: unknown) => void;
  return new ReadableStream<StreamPart>({
    start(controller) {
      controller.enqueue({ type: "stream-start", warnings });
      ({ write, breakOff } = createPartWriter((part) => controller.enqueue(part), chat, context));
    },
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await chat.next();
          if (done) return controller.close();
          // A delta without a part must not end the pull: nothing would cause the next one.
          if (write(value)) return;
        }
      } catch (error) {
        if (context.signal?.aborted) return controller.error(error);
        breakOff(toAISDKError(error, { ...context, streaming: true }));
        controller.close();
      }
    },
    cancel: () => chat.cancel(),
  });
}

/** Writes parts in the order and balance that the AI SDK wants: one open block at a time, each with an id of its own. */
function createPartWriter(enqueue: Enqueue, chat: ChatStream, { client }: CallContext) {
  let block: { kind: "text" | "reasoning" | "refusal"; id: string } | undefined;
  let citations: LanguageModelV4Citation[] = [];
  /** Ids of the tool inputs that are open, by the index of their call. */
  const toolInputs = new Map<number, string>();
  const facts: Omit<AnswerFacts, "rateLimit"> = {
    requestId: chat.response.requestId,
    logprobs: undefined,
    usage: undefined,
    systemFingerprint: undefined,
    serviceTier: undefined,
  };

  /** Writes the parts of one delta; false where it has none that the consumer could be waiting for. */
  function write(delta: ChatDelta): boolean {
    switch (delta.type) {
      case "text":
      case "refusal":
        enqueue({ type: "text-delta", id: openBlock(delta.type), delta: delta.text });
        return true;
      case "reasoning":
        enqueue({ type: "reasoning-delta", id: openBlock("reasoning"), delta: delta.text });
        return true;
      case "image":
        closeBlock();
        enqueue(toFile(delta.url));
        return true;
      case "tool-call-start":
        closeBlock();
        toolInputs.set(delta.index, delta.id);
        enqueue({ type: "tool-input-start", id: delta.id, toolName: delta.name });
        return true;
      case "tool-call-arguments": {
        const id = toolInputs.get(delta.index);
        if (id === undefined || delta.text === "") return false;
        enqueue({ type: "tool-input-delta", id, delta: delta.text });
        return true;
      }
      case "tool-call-end":
        // Of a cut call neither end nor call: frameworks make a call that runs of either.
        if (delta.toolCall.status === "cut") return false;
        closeToolInput(delta.toolCall.index);
        enqueue(toToolCallContent(delta.toolCall));
        return true;
      case "start":
        facts.systemFingerprint = delta.systemFingerprint;
        facts.serviceTier = delta.serviceTier;
        enqueue({ type: "response-metadata", ...toResponseMetadata(delta) });
        return true;
      case "raw":
        enqueue({ type: "raw", rawValue: delta.chunk });
        return true;
      case "annotations":
        return writeSources(delta.annotations);
      case "logprobs":
        facts.logprobs ??= { content: [], refusal: [] };
        facts.logprobs.content.push(...delta.content);
        facts.logprobs.refusal.push(...delta.refusal);
        return false;
      case "usage":
        facts.usage = delta.usage;
        return false;
      case "finish":
        finish(delta.reason, delta.rawReason);
        // The next pull finds the end; done here, the stream is closed together with its last part.
        return false;
      default:
        // A kind of delta that a newer core adds.
        return false;
    }
  }

  function openBlock(kind: "text" | "reasoning" | "refusal"): string {
    if (block?.kind === kind) return block.id;
    closeBlock();
    block = { kind, id: generateId() };
    enqueue({ type: kind === "reasoning" ? "reasoning-start" : "text-start", id: block.id });
    return block.id;
  }

  function closeBlock(): void {
    if (!block) return;
    const { kind, id } = block;
    block = undefined;
    if (kind === "reasoning") enqueue({ type: "reasoning-end", id });
    else enqueue({ type: "text-end", id, ...(citations.length > 0 && { citations }) });
    if (kind !== "reasoning") citations = [];
  }

  function closeToolInput(index: number): void {
    const id = toolInputs.get(index);
    if (id === undefined) return;
    toolInputs.delete(index);
    enqueue({ type: "tool-input-end", id });
  }

  function writeSources(annotations: JsonObject[]): boolean {
    const found = annotations.map(toCitation).filter((citation) => citation !== undefined);
    for (const { source } of found) enqueue(source);
    if (block) citations.push(...found);
    return found.length > 0;
  }

  function finish(reason: FinishReason, rawReason: string | undefined): void {
    closeBlock();
    enqueue({
      type: "finish",
      finishReason: { unified: reason, raw: rawReason },
      usage: toUsage(facts.usage),
      providerMetadata: toProviderMetadata({ ...facts, rateLimit: client.rateLimit.state() }),
    });
  }

  /** Ends a stream that did not end itself. Its tool calls stay open: no call is made of what came. */
  function breakOff(error: unknown): void {
    closeBlock();
    enqueue({ type: "error", error });
    finish("error", undefined);
  }

  return { write, breakOff };
}
