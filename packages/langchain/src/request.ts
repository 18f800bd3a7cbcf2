import { type ChatRequestBody, ConfigurationError } from "@celuxe/core";
import type { BaseMessage } from "@langchain/core/messages";
import { toMessages } from "./messages.ts";
import type { ChatCeluxeCallOptions, ChatCeluxeParameters } from "./options.ts";
import { toToolFields } from "./tools.ts";

/** A request body without its messages. */
export type RequestParameters = Partial<ChatRequestBody> & Pick<ChatRequestBody, "model">;

/** What the adapter sets itself; `modelKwargs` may not. */
const ownFields = ["model", "messages", "stream"];

/**
 * Maps the parameters of a model, and over them those of a call, to the fields of a request. At each of the two levels
 * `modelKwargs` come last.
 *
 * @throws {ConfigurationError} for a tool that cannot be sent, or `modelKwargs` that set what is not theirs.
 */
export function toRequestParameters(
  defaults: ChatCeluxeParameters & { model: string },
  call: Partial<ChatCeluxeCallOptions>,
  stream: boolean,
): RequestParameters {
  const model = call.model ?? defaults.model;
  const usage = stream && (call.streamUsage ?? defaults.streamUsage ?? true);
  const body: RequestParameters = {
    ...(usage && { stream_options: { include_usage: true } }),
    ...toSamplingFields(defaults),
    ...checkModelKwargs(defaults.modelKwargs),
    ...toSamplingFields(call),
    ...toToolFields(call, model),
    ...(call.response_format && { response_format: call.response_format }),
    ...checkModelKwargs(call.modelKwargs),
    model,
  };
  // Deleting a field makes an object slow to write as JSON.
  if (stream && body.n !== undefined) delete body.n;
  if (!stream && body.stream_options !== undefined) delete body.stream_options;
  return body;
}

/** @throws {ConfigurationError} for a message or a content block that cannot be sent. */
export function toRequestBody(
  parameters: RequestParameters,
  messages: BaseMessage[],
  sendReasoning: ChatCeluxeParameters["sendReasoning"] = "tool-calls",
): ChatRequestBody {
  return { ...parameters, messages: toMessages(messages, { sendReasoning }) };
}

/** @throws {ConfigurationError} where they set what is not theirs. */
export function checkModelKwargs(modelKwargs: Record<string, unknown> = {}): Record<string, unknown> {
  const field = ownFields.find((name) => Object.hasOwn(modelKwargs, name));
  if (field === undefined) return modelKwargs;
  const remedy = field === "stream" ? "call stream() or invoke()" : `set ${field} where it belongs`;
  throw new ConfigurationError(`modelKwargs cannot set ${field}: ${remedy}.`, { field: "modelKwargs" });
}

/** The names of parameters on the wire. */
const wireNames = {
  temperature: "temperature",
  maxTokens: "max_tokens",
  maxCompletionTokens: "max_completion_tokens",
  topP: "top_p",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  seed: "seed",
  n: "n",
  logprobs: "logprobs",
  topLogprobs: "top_logprobs",
  logitBias: "logit_bias",
  user: "user",
  reasoningEffort: "reasoning_effort",
} as const satisfies Partial<Record<keyof ChatCeluxeParameters, string>>;

const wireFields = Object.entries(wireNames) as [keyof typeof wireNames, string][];

/** Without the fields that are undefined: they would hide those below them. */
function toSamplingFields(given: Partial<ChatCeluxeParameters>): Partial<ChatRequestBody> {
  const fields: Partial<ChatRequestBody> = {};
  for (const [name, wireName] of wireFields) {
    if (given[name] !== undefined) fields[wireName] = given[name];
  }
  const stop = given.stop?.length ? given.stop : given.stopSequences;
  if (stop?.length) fields.stop = stop;
  if (given.topLogprobs !== undefined) fields.logprobs ??= true;
  return fields;
}
