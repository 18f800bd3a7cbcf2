import { exchangeOf } from "../wire.ts";

/** One request of a benchmark: where it goes, what it asks. */
export interface Ask {
  /** Of the server; ends in `/v1`. */
  baseURL: string;
  /** The model id, by which the server knows what to answer. */
  model: string;
  prompt: Prompt;
  signal?: AbortSignal;
  /** Called with the first piece of an answer. */
  onFirst?: () => void;
}

/** Asks, and gives back all that it read, joined. */
export type Client = (ask: Ask) => Promise<string>;

export interface Prompt {
  messages: { role: "user" | "assistant"; text: string }[];
  /** Stands in the first message. */
  image?: Uint8Array | string;
}

export const apiKey = "sk-benchmark";

export const shortPrompt: Prompt = { messages: [{ role: "user", text: "Go." }] };

/** 100 questions and answers of some hundred characters, as a long conversation has them. */
export const longPrompt: Prompt = {
  messages: Array.from({ length: 200 }, (_, index) => ({
    role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
    text: `Message ${index}: ${"what was said before, in a sentence or two. ".repeat(index % 2 === 0 ? 4 : 12)}`,
  })),
};

/** 5 MB that begin as a PNG does, so that clients which look at the bytes know what they are. */
export function imageBytes(): Uint8Array {
  const bytes = new Uint8Array(5_000_000);
  for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 7919 + (index >> 8)) & 255;
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes;
}

/** The tool that an answer of the kind `arguments` calls. */
export const writeTool = {
  name: "write",
  description: "Writes a text.",
  schema: { type: "object" as const, properties: { text: { type: "string" as const } }, required: ["text"] },
};

export function callsTool(model: string): boolean {
  return exchangeOf(model).kind === "arguments";
}
