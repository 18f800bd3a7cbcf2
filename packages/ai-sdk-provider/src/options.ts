import { checkOptions, ConfigurationError, type Priority } from "@celuxe/core";
import { InvalidArgumentError, type JSONObject, type JSONValue, type SharedV4ProviderOptions } from "@ai-sdk/provider";

/**
 * What `providerOptions.celuxe` may hold. Keys that are not listed are sent in the request body as they are, so that
 * everything that a model takes can be set.
 *
 * @example
 * providerOptions: { celuxe: { parallelToolCalls: false } satisfies CeluxeLanguageModelOptions }
 */
export type CeluxeLanguageModelOptions = {
  /** Whether the model may call several tools at once. Sent with tools only. Default: the model's. */
  parallelToolCalls?: boolean | undefined;
  /** An id of your user, for abuse detection. */
  user?: string | undefined;
  /** Whether to return the log probabilities of the tokens, in `providerMetadata.celuxe.logprobs`. */
  logprobs?: boolean | undefined;
  /** How many alternatives each token comes with, 0–20; switches `logprobs` on. */
  topLogprobs?: number | undefined;
  /** Makes tokens, named by their ids, likelier or rarer: −100 to 100. */
  logitBias?: Record<string, number> | undefined;
  /** How hard a reasoning model thinks; wins over the call's `reasoning`, and is sent to every model. */
  reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | (string & {}) | undefined;
  /** Most tokens of answer and reasoning together, in place of `maxOutputTokens`; newer OpenAI models want it. */
  maxCompletionTokens?: number | undefined;
  /**
   * Whether a JSON schema is sent as `response_format: json_schema`; else it becomes an instruction beside
   * `json_object`. Default: true, except for models that are known not to take it.
   */
  structuredOutputs?: boolean | undefined;
  /** Whether the model is held to a JSON schema strictly. Default true. */
  strictJsonSchema?: boolean | undefined;
  /**
   * Which assistant messages send their reasoning back as `reasoning_content`: all, none, or those with tool calls,
   * which DeepSeek's models need in a tool loop. Default `"tool-calls"`.
   */
  sendReasoning?: boolean | "tool-calls" | undefined;
  /**
   * Who goes first under the rate limit: `"batch"` lets the interactive calls of the key by. Not sent. Default: as
   * `rateLimit.priority` says.
   */
  priority?: Priority | undefined;
};

/** The options of a call, checked, and the keys that are sent as they are. */
export interface ParsedOptions {
  options: CeluxeLanguageModelOptions;
  extra: JSONObject;
}

/**
 * Reads `providerOptions.celuxe`. A null counts as not set. What is nearly the name of an option is refused: on the wire
 * it would be without effect.
 *
 * @throws {InvalidArgumentError} that names the option.
 */
export function parseProviderOptions(providerOptions: SharedV4ProviderOptions | undefined): ParsedOptions {
  const given: unknown = providerOptions?.["celuxe"] ?? {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid("", "an object", given);
  const options: Record<string, unknown> = {};
  const extra: JSONObject = {};
  for (const [key, value] of Object.entries(given as JSONObject)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, key) ? checks[key as keyof typeof checks] : undefined;
    if (!check) {
      if (!wireFields.has(key)) refuseNearMiss(key);
      extra[key] = value;
    } else if (value !== null) {
      if (!check.accepts(value)) throw invalid(`.${key}`, check.wanted, value);
      options[key] = value;
    }
  }
  return { options, extra };
}

interface Check {
  accepts: (value: JSONValue) => boolean;
  wanted: string;
}

const isBoolean: Check = { accepts: (value) => typeof value === "boolean", wanted: "true or false" };
const isText: Check = { accepts: (value) => typeof value === "string" && value !== "", wanted: "a string" };
const isInteger = (value: unknown, least: number, most: number) =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

// Ranges: OpenAI's API reference for chat completions.
const checks: Record<keyof CeluxeLanguageModelOptions, Check> = {
  parallelToolCalls: isBoolean,
  user: isText,
  logprobs: isBoolean,
  topLogprobs: { accepts: (value) => isInteger(value, 0, 20), wanted: "a whole number from 0 to 20" },
  logitBias: { accepts: isLogitBias, wanted: "an object of token ids with numbers from -100 to 100" },
  reasoningEffort: isText,
  maxCompletionTokens: { accepts: (value) => isInteger(value, 1, Infinity), wanted: "a whole number above 0" },
  structuredOutputs: isBoolean,
  strictJsonSchema: isBoolean,
  sendReasoning: {
    accepts: (value) => typeof value === "boolean" || value === "tool-calls",
    wanted: 'true, false or "tool-calls"',
  },
  priority: {
    accepts: (value) => value === "interactive" || value === "batch",
    wanted: '"interactive" or "batch"',
  },
};

/** Fields of requests that look like options of ours and are not: of OpenAI's format, and `structured_outputs` of vLLM's. */
const wireFields = new Set([
  "logit_bias",
  "max_completion_tokens",
  "parallel_tool_calls",
  "reasoning_effort",
  "structured_outputs",
  "top_logprobs",
]);

const knownOptions = Object.fromEntries(Object.keys(checks).map((name) => [name, "any"]));

function refuseNearMiss(key: string): void {
  try {
    checkOptions({ [key]: true }, knownOptions, { within: "providerOptions.celuxe", open: true });
  } catch (cause) {
    if (!ConfigurationError.isInstance(cause)) throw cause;
    throw new InvalidArgumentError({ argument: cause.field, message: cause.message, cause });
  }
}

function isLogitBias(value: JSONValue): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((bias) => typeof bias === "number" && bias >= -100 && bias <= 100);
}

function invalid(path: string, wanted: string, value: unknown): InvalidArgumentError {
  const argument = `providerOptions.celuxe${path}`;
  return new InvalidArgumentError({ argument, message: `${argument} must be ${wanted}, not ${describe(value)}.` });
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return JSON.stringify(value).slice(0, 40);
}
