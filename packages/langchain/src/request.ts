import { type ChatRequestBody, ConfigurationError, modelCapabilities } from "@celuxe/core";
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
    ...toToolFields(call, modelCapabilities(model)),
    ...(call.response_format && { response_format: call.response_format }),
    ...checkModelKwargs(call.modelKwargs),
    model,
  };
  if (stream) delete body.n;
  else delete body.stream_options;
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

function toSamplingFields(given: Partial<ChatCeluxeParameters>): Partial<ChatRequestBody> {
  const stop = given.stop?.length ? given.stop : given.stopSequences;
  return defined({
    temperature: given.temperature,
    max_tokens: given.maxTokens,
    max_completion_tokens: given.maxCompletionTokens,
    top_p: given.topP,
    frequency_penalty: given.frequencyPenalty,
    presence_penalty: given.presencePenalty,
    seed: given.seed,
    stop: stop?.length ? stop : undefined,
    n: given.n,
    logprobs: given.logprobs ?? (given.topLogprobs === undefined ? undefined : true),
    top_logprobs: given.topLogprobs,
    logit_bias: given.logitBias,
    user: given.user,
    reasoning_effort: given.reasoningEffort,
  });
}

/** Without the fields that are undefined: they would hide those below them. */
function defined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
