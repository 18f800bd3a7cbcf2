import type { Fault, RunningEmulator, WirePiece } from "@celuxe/emulator";
import {
  type CeluxeClient,
  type CeluxeClientOptions,
  type ChatDelta,
  type ChatStream,
  type FinishReason,
  type StreamOptions,
  type ToolCall,
  type Usage,
} from "../src/index.ts";
import { createCanaryClient, startCanaryEmulator } from "./canary.ts";

type ScriptFault = Extract<Fault, { type: "script" }>;
export type Script = ScriptFault["chunks"] | Omit<ScriptFault, "type">;

/** An emulator on a socket that answers each call with the wire that a test wrote for it. */
export interface ScriptedServer {
  emulator: RunningEmulator;
  /** A client of it: no rate limit, no retries, unless the options say so. */
  client(options?: CeluxeClientOptions): CeluxeClient;
  /** Streams an answer, and reads it to its end or its failure. */
  play(script: Script, options?: CeluxeClientOptions & StreamOptions): Promise<Played>;
  /** Streams an answer and leaves the reading to the test. */
  stream(script: Script, options?: CeluxeClientOptions & StreamOptions): Promise<ChatStream>;
  /** A whole answer. */
  answer(body: unknown, headers?: Record<string, string>): ReturnType<CeluxeClient["chat"]>;
  close(): Promise<void>;
}

export async function startScripted(): Promise<ScriptedServer> {
  const emulator = await startCanaryEmulator();
  let scripts = 0;

  function client(options: CeluxeClientOptions = {}): CeluxeClient {
    return createCanaryClient(emulator, { rateLimit: false, maxRetries: 0, ...options });
  }

  /** Makes the next call with this model id get the script. */
  function add(script: Script): string {
    const model = `script-${++scripts}`;
    const fault: Fault = { type: "script", ...(isBareScript(script) ? { chunks: script } : script) };
    emulator.faults.add({ match: ({ body }) => (body as { model?: unknown } | undefined)?.model === model, fault });
    return model;
  }

  async function stream(script: Script, options: CeluxeClientOptions & StreamOptions = {}): Promise<ChatStream> {
    const { signal, headers, includeRaw, ...clientOptions } = options;
    const model = add(script);
    return client(clientOptions).streamChat({ model, messages }, { signal, headers, includeRaw });
  }

  return {
    emulator,
    client,
    stream,
    async play(script, options) {
      try {
        return await collect(await stream(script, options));
      } catch (error) {
        return { ...emptyPlayed(), error, opened: false };
      }
    },
    answer(body, headers = { "content-type": "application/json" }) {
      const chunks = [typeof body === "string" ? body : JSON.stringify(body)];
      return client().chat({ model: add({ chunks, headers }), messages });
    },
    close: () => emulator.close(),
  };
}

function isBareScript(script: Script): script is ScriptFault["chunks"] {
  return typeof script === "function" || Symbol.iterator in script;
}

export const messages = [{ role: "user" as const, content: "Go." }];

/** What a stream gave, joined. */
export interface Played {
  text: string;
  reasoning: string;
  refusal: string;
  /** Arguments as they were streamed, by the index of the call. */
  argumentsByCall: string[];
  toolCalls: ToolCall[];
  usage: Usage | undefined;
  finish: { reason: FinishReason; rawReason: string | undefined } | undefined;
  /** What ended the stream early. */
  error: unknown;
  /** Whether `streamChat` resolved. */
  opened: boolean;
  deltas: ChatDelta[];
}

function emptyPlayed(): Played {
  return {
    text: "",
    reasoning: "",
    refusal: "",
    argumentsByCall: [],
    toolCalls: [],
    usage: undefined,
    finish: undefined,
    error: undefined,
    opened: true,
    deltas: [],
  };
}

/** Reads a stream to its end or its failure. `afterEach` slows the reading down. */
export async function collect(stream: ChatStream, afterEach?: () => Promise<void>): Promise<Played> {
  const played = emptyPlayed();
  try {
    for await (const delta of stream) {
      played.deltas.push(delta);
      fold(played, delta);
      await afterEach?.();
    }
  } catch (error) {
    played.error = error;
  }
  return played;
}

function fold(played: Played, delta: ChatDelta): void {
  switch (delta.type) {
    case "text":
    case "reasoning":
    case "refusal":
      played[delta.type] += delta.text;
      break;
    case "tool-call-start":
      played.argumentsByCall[delta.index] = "";
      break;
    case "tool-call-arguments":
      played.argumentsByCall[delta.index] += delta.text;
      break;
    case "tool-call-end":
      played.toolCalls.push(delta.toolCall);
      break;
    case "usage":
      played.usage = delta.usage;
      break;
    case "finish":
      played.finish = { reason: delta.reason, rawReason: delta.rawReason };
      break;
  }
}

// The wire, as OpenAI's format writes it.

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_760_000_000, model: "deepseek-v3" };

/** A chunk with this delta; `extra` goes beside it into the choice. */
export function chunk(delta: unknown, extra: Record<string, unknown> = {}): WirePiece {
  return { data: { ...head, choices: [{ index: 0, delta, finish_reason: null, ...extra }] } };
}

export function finish(reason: string | null = "stop"): WirePiece {
  return chunk({}, { finish_reason: reason });
}

export const role = chunk({ role: "assistant", content: "" });

export function text(content: string): WirePiece {
  return chunk({ content });
}

/** A chunk with deltas of tool calls. */
export function toolCalls(...calls: unknown[]): WirePiece {
  return chunk({ tool_calls: calls });
}

export function usage(counts: Record<string, unknown>): WirePiece {
  return { data: { ...head, choices: [], usage: counts } };
}

export const done: WirePiece = { data: "[DONE]" };
