import type { LanguageModelV4CallOptions, LanguageModelV4Prompt, SharedV4Warning } from "@ai-sdk/provider";
import { injectJsonInstructionIntoMessages } from "@ai-sdk/provider-utils";
import {
  type CeluxeClient,
  type ChatRequestBody,
  type ChatResponseFormat,
  type JsonObject,
  type ModelCapabilities,
  type Priority,
} from "@celuxe/core";
import { toMessages } from "./messages.ts";
import { type CeluxeLanguageModelOptions, parseProviderOptions } from "./options.ts";
import type { ModelConfig } from "./settings.ts";
import { prepareTools } from "./tools.ts";
import { VERSION } from "./version.ts";

/** What a call puts on the wire, and what it does not. */
export interface PreparedRequest {
  body: ChatRequestBody;
  /** Who goes first; undefined where the client's goes. */
  priority: Priority | undefined;
  warnings: SharedV4Warning[];
}

/** What the adapter sets itself; neither `extraBody` nor provider options may. */
const ownFields = ["model", "messages", "stream"];

/**
 * Maps a call to a request body: the settings' `extraBody`, over it the call's own settings, over them the unknown keys
 * of `providerOptions.celuxe`.
 *
 * @throws {InvalidArgumentError} for a provider option that cannot work.
 * @throws {UnsupportedFunctionalityError} for a file that cannot be sent.
 */
export function prepareRequest(
  modelId: string,
  capabilities: ModelCapabilities,
  call: LanguageModelV4CallOptions,
  config: ModelConfig,
  stream: boolean,
): PreparedRequest {
  const warnings: SharedV4Warning[] = [];
  const { options, extra } = parseProviderOptions(call.providerOptions);
  const format = chooseFormat(modelId, call, options, capabilities, warnings);
  const body: ChatRequestBody = {
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
    ...withoutOwnFields(config.extraBody, "extraBody", warnings),
    ...samplingSettings(call, options, warnings),
    ...reasoningSetting(modelId, call, options, capabilities, warnings),
    ...prepareTools(modelId, call, options, capabilities, warnings),
    ...(format.responseFormat && { response_format: format.responseFormat }),
    ...withoutOwnFields(extra, "providerOptions.celuxe", warnings),
    model: modelId,
    messages: toMessages(format.prompt, {
      sendReasoning: options.sendReasoning ?? "tool-calls",
      providerName: config.name,
      warnings,
    }),
  };
  // Deleting a field makes an object slow to write as JSON.
  if (!stream && body.stream_options) delete body.stream_options;
  if (typeof body.n === "number" && body.n > 1) {
    warnings.push({
      type: "other",
      message: `n is ${body.n}, but the AI SDK takes one answer a call: the others are paid for and dropped.`,
    });
  }
  return { body, priority: options.priority, warnings };
}

/** The headers of one call, with this package named in `user-agent`. */
export function callHeaders(headers: LanguageModelV4CallOptions["headers"] = {}): Record<string, string | undefined> {
  const own: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value;
  const callers = own["user-agent"];
  own["user-agent"] = `${callers ? `${callers} ` : ""}celuxe-ai-sdk-provider/${VERSION}`;
  return own;
}

const chatURLs = new WeakMap<CeluxeClient, string>();

/** The endpoint that calls go to, without a query, which may hold secrets of a proxy. */
export function chatURL(client: CeluxeClient): string {
  let url = chatURLs.get(client);
  if (url === undefined) {
    const { origin, pathname } = new URL(client.config.baseURL);
    url = `${origin}${pathname.replace(/\/+$/, "")}/chat/completions`;
    chatURLs.set(client, url);
  }
  return url;
}

function samplingSettings(
  call: LanguageModelV4CallOptions,
  options: CeluxeLanguageModelOptions,
  warnings: SharedV4Warning[],
): Partial<ChatRequestBody> {
  if (call.topK !== undefined) {
    warnings.push({
      type: "unsupported",
      feature: "topK",
      details: "OpenAI's format has no such field. A model that takes it gets it by providerOptions.celuxe.top_k.",
    });
  }
  if (call.maxOutputTokens !== undefined && options.maxCompletionTokens !== undefined) {
    warnings.push({
      type: "other",
      message: "maxOutputTokens is not sent, because providerOptions.celuxe.maxCompletionTokens stands in its place.",
    });
  }
  const withLogprobs = options.logprobs ?? (options.topLogprobs === undefined ? undefined : true);
  if (withLogprobs === false && options.topLogprobs !== undefined) {
    warnings.push({ type: "other", message: "topLogprobs is not sent, because logprobs is false." });
  }
  return defined({
    max_tokens: options.maxCompletionTokens === undefined ? call.maxOutputTokens : undefined,
    max_completion_tokens: options.maxCompletionTokens,
    temperature: call.temperature,
    top_p: call.topP,
    frequency_penalty: call.frequencyPenalty,
    presence_penalty: call.presencePenalty,
    seed: call.seed,
    stop: call.stopSequences?.length ? call.stopSequences : undefined,
    user: options.user,
    logprobs: withLogprobs,
    top_logprobs: withLogprobs === false ? undefined : options.topLogprobs,
    logit_bias: options.logitBias,
  });
}

function reasoningSetting(
  modelId: string,
  { reasoning = "provider-default" }: LanguageModelV4CallOptions,
  { reasoningEffort }: CeluxeLanguageModelOptions,
  capabilities: ModelCapabilities,
  warnings: SharedV4Warning[],
): Partial<ChatRequestBody> {
  if (reasoningEffort !== undefined) return { reasoning_effort: reasoningEffort };
  if (reasoning === "provider-default") return {};
  if (capabilities.reasoning !== false) return { reasoning_effort: reasoning };
  if (reasoning !== "none") {
    warnings.push({
      type: "unsupported",
      feature: "reasoning",
      details: `${modelId} is not known to reason. providerOptions.celuxe.reasoningEffort is sent to every model.`,
    });
  }
  return {};
}

interface ChosenFormat {
  responseFormat?: ChatResponseFormat;
  /** The prompt, with the instructions that the format needs. */
  prompt: LanguageModelV4Prompt;
}

function chooseFormat(
  modelId: string,
  { prompt, responseFormat }: LanguageModelV4CallOptions,
  { structuredOutputs, strictJsonSchema = true }: CeluxeLanguageModelOptions,
  capabilities: ModelCapabilities,
  warnings: SharedV4Warning[],
): ChosenFormat {
  if (responseFormat === undefined || responseFormat.type === "text") return { prompt };
  if (responseFormat.type !== "json") {
    warnings.push({ type: "unsupported", feature: `response format ${(responseFormat as { type: string }).type}` });
    return { prompt };
  }
  const { schema, name, description } = responseFormat;
  if (schema === undefined) {
    // OpenAI and DeepSeek refuse json_object where the prompt does not speak of JSON.
    return {
      responseFormat: { type: "json_object" },
      prompt: mentionsJson(prompt) ? prompt : injectJsonInstructionIntoMessages({ messages: prompt }),
    };
  }
  if (structuredOutputs ?? capabilities.jsonSchema ?? true) {
    return {
      responseFormat: {
        type: "json_schema",
        json_schema: {
          name: name ?? "response",
          ...(description !== undefined && { description }),
          schema: schema as JsonObject,
          strict: strictJsonSchema,
        },
      },
      prompt,
    };
  }
  if (structuredOutputs === undefined) {
    warnings.push({
      type: "compatibility",
      feature: "JSON schema",
      details: `${modelId} is not known to take json_schema, so the schema is sent as an instruction. If it does, set providerOptions.celuxe.structuredOutputs to true.`,
    });
  }
  return {
    responseFormat: { type: "json_object" },
    prompt: injectJsonInstructionIntoMessages({ messages: prompt, schema }),
  };
}

function mentionsJson(prompt: LanguageModelV4Prompt): boolean {
  return prompt.some(({ content }) =>
    typeof content === "string"
      ? /json/i.test(content)
      : content.some((part) => part.type === "text" && /json/i.test(part.text)),
  );
}

function withoutOwnFields(
  fields: Record<string, unknown>,
  where: string,
  warnings: SharedV4Warning[],
): Record<string, unknown> {
  const refused = ownFields.filter((field) => Object.hasOwn(fields, field));
  if (refused.length === 0) return fields;
  warnings.push({ type: "other", message: `${where} cannot set ${refused.join(", ")}: not sent.` });
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !ownFields.includes(field)));
}

/** Without the fields that are undefined: they would hide those of `extraBody`. */
function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  const kept: Partial<Fields> = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}
