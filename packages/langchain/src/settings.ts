import { type CeluxeClient, type CeluxeModelId, ConfigurationError, createCeluxeClient } from "@celuxe/core";
import { createFailedAttemptHandler } from "./errors.ts";
import type { ChatCeluxeInput, ChatCeluxeParameters, ClientFields } from "./options.ts";
import { checkModelKwargs } from "./request.ts";

/**
 * The fields of a model, from either form of the constructor.
 *
 * @throws {ConfigurationError} for a field that cannot work.
 */
export function toFields(
  modelOrFields: CeluxeModelId | ChatCeluxeInput,
  rest: Omit<ChatCeluxeInput, "model">,
): ChatCeluxeInput {
  const fields: ChatCeluxeInput =
    typeof modelOrFields === "string" ? { ...rest, model: modelOrFields } : { ...modelOrFields };
  if (typeof fields.model !== "string" || fields.model === "") {
    throw new ConfigurationError(
      'model must be the id of a model, for example "deepseek-v3"; ChatCeluxe.listModels() tells which there are.',
      { field: "model" },
    );
  }
  checkModelKwargs(fields.modelKwargs);
  return fields;
}

/**
 * The client of a model. It retries nothing that LangChain's caller retries.
 *
 * @throws {ConfigurationError} for a field that cannot work.
 */
export function createClient(fields: ClientFields & { client?: CeluxeClient }): CeluxeClient {
  const options: ClientFields = {};
  for (const field of clientFields) {
    if (fields[field] === undefined) continue;
    if (fields.client) {
      // Beside a ready client it would be without effect, which nobody would notice.
      throw new ConfigurationError(`${field} has no effect beside client: set it where that client is made.`, {
        field,
      });
    }
    Object.assign(options, { [field]: fields[field] });
  }
  return fields.client ?? createCeluxeClient({ ...options, maxRetries: 0 });
}

/** What the base class gets of the fields: all of them, as they may be shown and serialised. */
export function toBaseFields(fields: ChatCeluxeInput, client: CeluxeClient): ChatCeluxeInput {
  const { baseURL, rateLimit, onFailedAttempt } = fields;
  return {
    ...fields,
    ...(baseURL !== undefined && { baseURL: withoutQuery(baseURL) }),
    // A store is functions over a connection, which a serialised model cannot hold.
    ...(typeof rateLimit === "object" && { rateLimit: { ...rateLimit, store: undefined } }),
    onFailedAttempt: createFailedAttemptHandler(client.config, onFailedAttempt),
  };
}

/** Gives a model its parameters as fields, those that are not set as well: all models then have one shape. */
export function setParameters(model: ChatCeluxeParameters, fields: ChatCeluxeParameters): void {
  for (const name of parameterNames) Object.assign(model, { [name]: fields[name] });
}

/** Each parameter once; the compiler misses none. */
const parameterTable: Record<keyof ChatCeluxeParameters, true> = {
  temperature: true,
  maxTokens: true,
  maxCompletionTokens: true,
  topP: true,
  frequencyPenalty: true,
  presencePenalty: true,
  seed: true,
  stop: true,
  stopSequences: true,
  n: true,
  logprobs: true,
  topLogprobs: true,
  logitBias: true,
  user: true,
  reasoningEffort: true,
  modelKwargs: true,
  streamUsage: true,
  sendReasoning: true,
  reasoningTag: true,
  streaming: true,
};
const parameterNames = Object.keys(parameterTable) as (keyof ChatCeluxeParameters)[];

/**
 * What a serialised model keeps. Not the key, which is a secret, nor headers, which may be; nor functions and objects
 * with a life of their own.
 */
export const serializableFields: string[] = [
  "model",
  ...parameterNames,
  "disableStreaming",
  "outputVersion",
  "profile",
  "baseURL",
  "rateLimit",
  "timeout",
  "mergeDeltas",
  "maxRetries",
  "maxConcurrency",
  "tags",
  "metadata",
  "verbose",
] satisfies (keyof ChatCeluxeInput)[];

const clientFields = [
  "apiKey",
  "baseURL",
  "rateLimit",
  "timeout",
  "mergeDeltas",
  "headers",
  "fetch",
  "onEvent",
  "dangerouslyAllowBrowser",
] as const satisfies (keyof ClientFields)[];

/** An address as it may be shown and serialised: a query may hold secrets of a proxy. */
function withoutQuery(baseURL: string | undefined): string | undefined {
  return baseURL?.replace(/[?#].*$/, "");
}
