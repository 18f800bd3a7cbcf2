// What the tests of this package share: an emulator on a socket, and models that talk to it.
import { type Reply, type RunningEmulator, type ServerOptions, startEmulator, type WirePiece } from "@celuxe/emulator";
import { ChatCeluxe, type ChatCeluxeInput } from "@celuxe/langchain";
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { afterAll, afterEach, beforeAll } from "vitest";

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
    /** A model with a key that no other has used: a process keeps one rate limit for each key. */
    chat(fields: Partial<ChatCeluxeInput> = {}) {
      const apiKey = `sk-test-${emulator().keys.length}`;
      emulator().keys.push({ key: apiKey });
      return new ChatCeluxe({ model: "deepseek-v3", apiKey, baseURL: emulator().url, maxRetries: 0, ...fields });
    },
    /** The chat requests so far. */
    requests: () => emulator().journal.requests.filter(({ path }) => path.endsWith("/chat/completions")),
    /** The body of the last chat request. */
    lastBody: () => emulator().journal.requests.at(-1)?.body as Record<string, unknown>,
    /** Answers one request after the other, and all that follow with the last. */
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
    fail: (status: number, rule: { times?: number; body?: unknown; headers?: Record<string, string> } = {}) => {
      const { times = Infinity, ...rest } = rule;
      emulator().faults.add({ times, fault: { type: "status", status, ...rest } });
    },
  };
}

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

/** The chunks of a stream. */
export async function collect<Value>(stream: AsyncIterable<Value> | Promise<AsyncIterable<Value>>): Promise<Value[]> {
  const values: Value[] = [];
  // Not `await stream`: a stream of events is a promise of its message too.
  for await (const value of stream instanceof Promise ? await stream : stream) values.push(value);
  return values;
}

/** The chunks of a stream, joined. */
export function join(chunks: AIMessageChunk[]): AIMessageChunk {
  return chunks.reduce((whole, next) => whole.concat(next));
}

/** What a message says, without ids that differ from call to call. */
export function say(message: AIMessage | AIMessageChunk) {
  const { id, ...metadata } = message.response_metadata as Record<string, unknown>;
  const { output_version: _, ...response_metadata } = metadata;
  return {
    id: typeof message.id,
    idInMetadata: id === message.id,
    text: message.text,
    // Calls that are invalid stand among the others in events and behind them elsewhere.
    contentBlocks: message.contentBlocks
      .toSorted((left, right) => Number(isInvalid(left)) - Number(isInvalid(right)))
      .map(withoutId),
    additional_kwargs: message.additional_kwargs,
    tool_calls: message.tool_calls?.map(withoutId),
    invalid_tool_calls: message.invalid_tool_calls?.map(withoutId),
    usage_metadata: message.usage_metadata,
    response_metadata,
  };
}

function isInvalid({ type }: { type: string }): boolean {
  return type === "invalid_tool_call";
}

function withoutId({ id, ...rest }: object & { id?: unknown }) {
  return { ...rest, id: typeof id };
}

/** What a promise rejects with. */
export async function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => raise("It did not fail."),
    (error: unknown) => error,
  );
}

export function raise(message: string): never {
  throw new Error(message);
}
