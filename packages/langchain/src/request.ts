import { type ChatRequestBody, ConfigurationError } from "@celuxe/core";
import type { BaseMessage } from "@langchain/core/messages";
import { checkCallOptions } from "./check-options.ts";
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

/**
 * Makes the body of a request: its parameters and the messages.
 *
 * @throws {ConfigurationError} for a parameter, a message or a content block that cannot be sent.
 */
export function toRequestBody(
  defaults: ChatCeluxeParameters & { model: string },
  call: Partial<ChatCeluxeCallOptions>,
  messages: BaseMessage[],
  stream: boolean,
): ChatRequestBody {
  checkCallOptions(call);
  const sendReasoning = call.sendReasoning ?? defaults.sendReasoning ?? "tool-calls";
  return { ...toRequestParameters(defaults, call, stream), messages: toMessages(messages, { sendReasoning }) };
}

/** @throws {ConfigurationError} where they set what is not theirs. */
export function checkModelKwargs(given: Record<string, unknown> | undefined): Record<string, unknown> {
  const modelKwargs = given ?? {};
  const field = ownFields.find((name) => Object.hasOwn(modelKwargs, name));
  if (field === undefined) return modelKwargs;
  const remedy = field === "stream" ? "call stream() or invoke()" : `set ${field} where it belongs`;
  throw new ConfigurationError(`modelKwargs cannot set ${field}: ${remedy}.`, { field: "modelKwargs" });
}

/** Under their names on the wire, without the fields that are undefined or null: they would hide those below them. */
function toSamplingFields(given: Partial<ChatCeluxeParameters>): Partial<ChatRequestBody> {
  const fields: Partial<ChatRequestBody> = {};
  // One by one and not by a table of names: LangChain asks for the parameters three times a call.
  if (given.temperature != null) fields.temperature = given.temperature;
  if (given.maxTokens != null) fields.max_tokens = given.maxTokens;
  if (given.maxCompletionTokens != null) fields.max_completion_tokens = given.maxCompletionTokens;
  if (given.topP != null) fields.top_p = given.topP;
  if (given.frequencyPenalty != null) fields.frequency_penalty = given.frequencyPenalty;
  if (given.presencePenalty != null) fields.presence_penalty = given.presencePenalty;
  if (given.seed != null) fields.seed = given.seed;
  if (given.n != null) fields.n = given.n;
  if (given.logprobs != null) fields.logprobs = given.logprobs;
  if (given.topLogprobs != null) fields.top_logprobs = given.topLogprobs;
  if (given.logitBias != null) fields.logit_bias = given.logitBias;
  if (given.user != null) fields.user = given.user;
  if (given.reasoningEffort != null) fields.reasoning_effort = given.reasoningEffort;
  const stop = given.stop?.length ? given.stop : given.stopSequences;
  if (stop?.length) fields.stop = stop;
  if (given.topLogprobs != null) fields.logprobs ??= true;
  return fields;
}
