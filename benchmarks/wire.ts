import { createHash } from "node:crypto";
import { argumentsPayload, eventsOf, textPayload } from "./payloads.ts";

/** What the server answers for one model id; both sides know it by the id alone. */
export interface Exchange {
  kind: "text" | "arguments" | "echo";
  /** What the model says, as it arrives: one event for each. */
  pieces: string[];
  /** `blocks`: as fast as the socket takes it, in blocks of 64 KB. `events`: each event a write of its own. */
  writes: "blocks" | "events";
  /** Between two events, in milliseconds. */
  pauseMs: number;
}

const exchanges = new Map<string, Exchange>();

/**
 * Reads an id: `text-20000` (chunks), `arguments-400000` (characters of a tool call's arguments), `echo` (answers with a
 * fingerprint of what was sent); then `-blocks`, `-events`, or `-paced20` (one event each 20 ms).
 */
export function exchangeOf(model: string): Exchange {
  let exchange = exchanges.get(model);
  if (!exchange) exchanges.set(model, (exchange = readId(model)));
  return exchange;
}

function readId(model: string): Exchange {
  const [kind, size, pace = "blocks"] = model.split("-");
  const writes = pace === "blocks" ? "blocks" : "events";
  const pauseMs = Number(/^paced(\d+(?:\.\d+)?)$/.exec(pace)?.[1] ?? 0);
  if (kind === "echo") return { kind, pieces: [], writes, pauseMs };
  if (kind === "text") return { kind, pieces: textPayload(Number(size), "blocks").pieces, writes, pauseMs };
  if (kind !== "arguments") throw new Error(`No exchange is known by the id ${model}.`);
  // Larger than one token each, so that the slowest peers come to an end.
  return { kind, pieces: join(argumentsPayload(Number(size)).pieces, 5), writes, pauseMs };
}

/** Joins neighbours: `count` pieces become one. */
function join(pieces: string[], count: number): string[] {
  return Array.from({ length: Math.ceil(pieces.length / count) }, (_, index) =>
    pieces.slice(index * count, (index + 1) * count).join(""),
  );
}

export function wireEventsOf({ kind, pieces }: Exchange, model: string): string[] {
  if (kind === "echo") throw new Error("An echo is not streamed.");
  return [...eventsOf({ kind, pieces, writes: "blocks" }, model)];
}

/** A whole completion that says `content`. */
export function completionOf(model: string, content: string): string {
  return JSON.stringify({
    id: "chatcmpl-benchmark",
    object: "chat.completion",
    created: 1_760_000_000,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 12, completion_tokens: 200, total_tokens: 212 },
  });
}

interface WireMessage {
  content: string | { type: string; text?: string; image_url?: string | { url: string } }[];
}

/** Tells whether all that was asked arrived: of every text and every image's bytes, in their order. */
export function fingerprint(messages: WireMessage[]): string {
  const hash = createHash("sha256");
  for (const { content } of messages) {
    for (const part of typeof content === "string"
      ? [{ type: "text", text: content, image_url: undefined }]
      : content) {
      if (part.text !== undefined) hash.update(part.text);
      const url = typeof part.image_url === "object" ? part.image_url.url : part.image_url;
      if (url) hash.update(Buffer.from(url.slice(url.indexOf(",") + 1), "base64"));
    }
  }
  return hash.digest("hex");
}
