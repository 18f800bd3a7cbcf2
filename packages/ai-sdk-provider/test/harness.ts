// What the tests of this package share: an emulator on a socket, and a provider that talks to it.
import { createCeluxe, type CeluxeProviderSettings } from "@celuxe/ai-sdk-provider";
import { type Reply, type RunningEmulator, type ServerOptions, startEmulator, type WirePiece } from "@celuxe/emulator";
import type { LanguageModelV4CallOptions, LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { afterAll, afterEach, beforeAll } from "vitest";

// Warnings are looked at where they matter; printed, they would hide what failed.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** An emulator for the tests of a file, cleared after each. */
export function useEmulator(options: ServerOptions = {}) {
  let running: RunningEmulator | undefined;
  const emulator = () => running ?? raise("The emulator runs inside tests only.");
  beforeAll(async () => {
    running = await startEmulator(options);
  });
  afterEach(() => {
    emulator().faults.clear();
    emulator().replies.clear();
    emulator().journal.clear();
  });
  afterAll(() => emulator().close());

  return {
    emulator,
    celuxe: (settings: CeluxeProviderSettings = {}) =>
      createCeluxe({ apiKey: emulator().apiKey, baseURL: emulator().url, ...settings }),
    /** A key that no other test has used: a process keeps one rate limit for each key. */
    freshKey: () => {
      const key = `sk-test-${emulator().keys.length}`;
      emulator().keys.push({ key });
      return key;
    },
    /** The chat requests so far. */
    requests: () => emulator().journal.requests.filter(({ path }) => path.endsWith("/chat/completions")),
    /** The body of the last chat request. */
    lastBody: () => emulator().journal.requests.at(-1)?.body as Record<string, unknown>,
    reply: (...replies: Reply[]) =>
      emulator().replies.add(
        ...replies.map((reply, index) => ({
          call: index + 1,
          times: index === replies.length - 1 ? Infinity : 1,
          reply,
        })),
      ),
    /** Answers with these pieces, whatever was asked. */
    script: (chunks: WirePiece[], end: "close" | "reset" | "stay-open" = "close", times = Infinity) =>
      emulator().faults.add({ times, fault: { type: "script", chunks, end } }),
    /** Answers with this JSON, whatever was asked. */
    answer: (json: unknown, times = Infinity) =>
      emulator().faults.add({
        times,
        fault: {
          type: "script",
          headers: { "content-type": "application/json" },
          chunks: [typeof json === "string" ? json : JSON.stringify(json)],
        },
      }),
  };
}

export const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];

export const call = (options: Partial<LanguageModelV4CallOptions> = {}): LanguageModelV4CallOptions => ({
  prompt,
  ...options,
});

/** A chunk of a stream, from what its first choice says. */
export const chunk = (delta: object, finishReason: string | null = null, rest: object = {}): WirePiece => ({
  data: {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "deepseek-v3",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    ...rest,
  },
});

export const done: WirePiece = { data: "[DONE]" };

/** A whole answer, from its first choice. */
export const completion = (message: object, finishReason: string | null = "stop", rest: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "deepseek-v3",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason }],
  ...rest,
});

export async function collect<Part>(stream: ReadableStream<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** The parts of one type. */
export function ofType<Type extends LanguageModelV4StreamPart["type"]>(
  parts: LanguageModelV4StreamPart[],
  type: Type,
): Extract<LanguageModelV4StreamPart, { type: Type }>[] {
  return parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: Type }> => part.type === type);
}

function raise(message: string): never {
  throw new Error(message);
}
