import { generateWithCore, generateWithoutNetwork, streamWithCore } from "../clients/celuxe.ts";
import { generateWithFetch, streamWithFetch } from "../clients/fetch.ts";
import type { Client } from "../clients/requests.ts";

/** One way to ask, with all the clients that can be asked so. */
export interface Level {
  floor: Client;
  clients: Record<string, Client>;
  /** Those that have their answer ready: what is left of the time when nothing is sent. */
  withoutNetwork?: Record<string, Client>;
}

/**
 * The levels at which an application meets a client. Loaded when used: each process of the benchmark loads only the
 * framework that it measures.
 */
export const levels: Record<LevelName, () => Promise<Level>> = {
  reader: async () => {
    const { streamWithOpenAI } = await import("../clients/openai.ts");
    return {
      floor: streamWithFetch,
      clients: {
        "@celuxe/core": streamWithCore(),
        "@celuxe/core, mergeDeltas: false": streamWithCore({ mergeDeltas: false }),
        openai: streamWithOpenAI,
      },
    };
  },
  doStream: async () => {
    const { doStream, providers } = await import("../clients/ai-sdk.ts");
    return { floor: streamWithFetch, clients: each(providers, doStream) };
  },
  streamText: async () => {
    const { frameworkAlone, providers, streamTextOf } = await import("../clients/ai-sdk.ts");
    return {
      floor: streamWithFetch,
      clients: each(providers, streamTextOf),
      withoutNetwork: each(frameworkAlone, streamTextOf),
    };
  },
  doGenerate: async () => {
    const { doGenerate, providers } = await import("../clients/ai-sdk.ts");
    return { floor: generateWithFetch, clients: each(withoutStreamOptions(providers), doGenerate) };
  },
  stream: async () => {
    const { chatModels, frameworkAlone, stream } = await import("../clients/langchain.ts");
    return { floor: streamWithFetch, clients: each(chatModels, stream), withoutNetwork: each(frameworkAlone, stream) };
  },
  streamEvents: async () => {
    const { chatModels, frameworkAlone, streamEvents } = await import("../clients/langchain.ts");
    return {
      floor: streamWithFetch,
      clients: each(chatModels, streamEvents),
      withoutNetwork: each(frameworkAlone, streamEvents),
    };
  },
  streamBlockEvents: async () => {
    const { chatModels, frameworkAlone, streamBlockEvents } = await import("../clients/langchain.ts");
    return {
      floor: streamWithFetch,
      clients: each(chatModels, streamBlockEvents),
      withoutNetwork: each(frameworkAlone, streamBlockEvents),
    };
  },
  invokeStreaming: async () => {
    const { chatModels, frameworkAlone, invokeStreaming } = await import("../clients/langchain.ts");
    return {
      floor: streamWithFetch,
      clients: each(chatModels, invokeStreaming),
      withoutNetwork: each(frameworkAlone, invokeStreaming),
    };
  },
  invoke: async () => {
    const { chatModels, frameworkAlone, invoke } = await import("../clients/langchain.ts");
    const clients = each(withoutStreamOptions(chatModels), invoke);
    return { floor: generateWithFetch, clients, withoutNetwork: each(frameworkAlone, invoke) };
  },
  generate: async () => {
    const { generateWithOpenAI } = await import("../clients/openai.ts");
    return {
      floor: generateWithFetch,
      clients: { "@celuxe/core": generateWithCore, openai: generateWithOpenAI },
      withoutNetwork: { "@celuxe/core, without network": generateWithoutNetwork },
    };
  },
};

export type LevelName =
  | "reader"
  | "doStream"
  | "streamText"
  | "doGenerate"
  | "stream"
  | "streamEvents"
  | "streamBlockEvents"
  | "invokeStreaming"
  | "invoke"
  | "generate";

function each<ModelOf>(models: Record<string, ModelOf>, toClient: (model: ModelOf) => Client): Record<string, Client> {
  return Object.fromEntries(Object.entries(models).map(([name, model]) => [name, toClient(model)]));
}

/** Without the variants that differ in streams only. */
function withoutStreamOptions<ModelOf>(models: Record<string, ModelOf>): Record<string, ModelOf> {
  return Object.fromEntries(Object.entries(models).filter(([name]) => !name.includes("mergeDeltas")));
}
