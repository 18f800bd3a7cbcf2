import { inspect } from "node:util";
import { type EmulatorOptions, type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { afterEach, expect } from "vitest";
import {
  type CeluxeClient,
  type CeluxeClientOptions,
  type CeluxeEvent,
  type ChatDelta,
  createCeluxeClient,
} from "../src/index.ts";
import { http2, startHttp2Emulator } from "./http2.ts";

// Every test that makes its clients here takes part in the search for the key: whatever a client throws, reports or
// can be looked at is kept as text, and after each test none of it may hold the key.

/** The API key of the tests. It must never be seen outside a request's authorization header. */
export const canaryKey = "sk-canary-7Qv2xZp94KfTn6WmYb3LrJ8d";

/** The part that is secret; a shortened echo would be found as well. */
const secret = canaryKey.slice("sk-".length).toLowerCase();

const seen: { where: string; text: string }[] = [];

afterEach(() => {
  const found = seen.filter(({ text }) => text.toLowerCase().includes(secret)).map(({ where }) => where);
  seen.length = 0;
  expect(found).toEqual([]);
});

/** Keeps everything that can be made out of a value. */
export function look(where: string, value: unknown): void {
  const texts = [String(value), inspect(value, { depth: 12, showHidden: true }), safeJson(value)];
  for (let cause: unknown = value, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth++) {
    texts.push(cause.message, cause.stack ?? "", inspect(cause, { showHidden: true }), safeJson(cause));
  }
  for (const text of texts) seen.push({ where, text });
}

/** An emulator whose first key is the canary. */
export function startCanaryEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  return (http2 ? startHttp2Emulator : startEmulator)({ keys: [{ key: canaryKey }], ...options });
}

/** A client whose errors, events and answers' heads are kept, and its events for the test to read. */
export function createCanaryClient(
  emulator: { url: string },
  options: CeluxeClientOptions = {},
): CeluxeClient & { events: CeluxeEvent[] } {
  const events: CeluxeEvent[] = [];
  const client = createCeluxeClient({
    apiKey: canaryKey,
    baseURL: emulator.url,
    ...options,
    onEvent(event) {
      events.push(event);
      look(`event ${event.type}`, event);
      return options.onEvent?.(event);
    },
  });
  look("client", client);
  async function kept<Result>(where: string, result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } catch (error) {
      look(`error of ${where}`, error);
      throw error;
    }
  }
  return {
    ...client,
    events,
    chat: async (...parameters) => {
      const answer = await kept("chat", client.chat(...parameters));
      look("answer", answer.response);
      return answer;
    },
    streamChat: async (...parameters) => {
      const stream = await kept("streamChat", client.streamChat(...parameters));
      look("stream", stream);
      const next = stream.next.bind(stream);
      stream.next = () => kept("stream", next());
      return stream;
    },
    listModels: (...parameters) => kept("listModels", client.listModels(...parameters)),
  };
}

/** Waits until something is so; a busy machine takes as long as it takes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** All deltas of a stream. */
export async function collect(stream: AsyncIterable<ChatDelta>): Promise<ChatDelta[]> {
  const deltas: ChatDelta[] = [];
  for await (const delta of stream) deltas.push(delta);
  return deltas;
}

/** What a promise rejects with; fails where it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const result = await promise.then(
    () => ({ error: undefined, rejected: false }),
    (error: unknown) => ({ error, rejected: true }),
  );
  if (!result.rejected) throw new Error("It was expected to fail.");
  return result.error;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
