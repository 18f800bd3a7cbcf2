/**
 * Splits a text into what a model would call tokens: a word with the space before it, long words in pieces of up to
 * eight letters, digits in threes, punctuation and spaces alone. The joined tokens are the text. About four characters
 * a token in English, as with real tokenizers.
 */
export function tokenize(text: string): string[] {
  return text.match(/ ?\p{L}[\p{L}\p{M}']{0,7}|\d{1,3}| ?[^\s\p{L}\d]|\s+|[^]/gu) ?? [];
}

/** What each part of a prompt costs besides its text: plausible, and the same streaming and not. */
const COST = {
  message: 4,
  replyPrimer: 3,
  tool: 8,
  image: 85,
  // A second of audio or a page of a file is not decoded; a part costs what a short one would.
  audio: 50,
  file: 250,
};

/** The number of tokens of a prompt: messages with their parts and tool calls, and the tools offered. */
export function countPromptTokens(request: {
  messages: readonly unknown[];
  tools?: readonly unknown[] | null;
}): number {
  let count = COST.replyPrimer;
  for (const message of request.messages) count += COST.message + countValue(message);
  for (const tool of request.tools ?? []) count += COST.tool + tokenize(JSON.stringify(tool)).length;
  return count;
}

function countValue(value: unknown): number {
  if (typeof value === "string") return tokenize(value).length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countValue(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  const part = value as Record<string, unknown>;
  if (part.type === "image_url") return COST.image;
  if (part.type === "input_audio") return COST.audio;
  if (part.type === "file") return COST.file;
  return Object.values(part).reduce<number>((sum, item) => sum + countValue(item), 0);
}
