import { checkOptions } from "@celuxe/core";
import type { ChatCeluxeCallOptions, ChatCeluxeInput, ChatCeluxeParameters } from "./options.ts";

/**
 * A copy of the constructor's fields without those that are null, which count as not given. LangChain has fields of its
 * own, and layers above it more: refused is what is nearly one of the known names or what another integration calls it.
 *
 * @throws {ConfigurationError} that names the field and the known one, or its type.
 */
export function checkFields(fields: ChatCeluxeInput): ChatCeluxeInput {
  const given = Object.entries(checkOptions(fields, knownFields, { spellings, open: true }));
  return Object.fromEntries(given.filter(([, value]) => value !== null)) as unknown as ChatCeluxeInput;
}

/** @throws {ConfigurationError} as {@link checkFields}; a null counts as not given. */
export function checkCallOptions(options: Partial<ChatCeluxeCallOptions>): void {
  checkOptions(options, knownCallOptions, { spellings: callSpellings, open: true });
}

/** Each parameter of a request once, with its type; the compiler misses none. */
export const parameterTypes = {
  temperature: "number",
  maxTokens: "number",
  maxCompletionTokens: "number",
  topP: "number",
  frequencyPenalty: "number",
  presencePenalty: "number",
  seed: "number",
  stop: "array",
  stopSequences: "array",
  n: "number",
  logprobs: "boolean",
  topLogprobs: "number",
  logitBias: "object",
  user: "string",
  reasoningEffort: "string",
  modelKwargs: "object",
  streamUsage: "boolean",
  sendReasoning: 'boolean | "tool-calls"',
  reasoningTag: "string",
  priority: '"interactive" | "batch"',
  streaming: "boolean",
} satisfies Record<keyof ChatCeluxeParameters, string>;

// What is "any" is checked elsewhere: the connection's by the client, the rest by LangChain.
const knownFields = {
  ...parameterTypes,
  model: "string",
  client: "object",
  profile: "object",
  apiKey: "any",
  baseURL: "any",
  rateLimit: "any",
  timeout: "any",
  mergeDeltas: "any",
  headers: "any",
  fetch: "any",
  onEvent: "any",
  dangerouslyAllowBrowser: "any",
  maxRetries: "number",
  maxConcurrency: "number",
  onFailedAttempt: "function",
  disableStreaming: "boolean",
  outputVersion: "string",
  cache: "boolean | object",
  verbose: "boolean",
  tags: "array",
  metadata: "object",
  callbacks: "any",
  callbackManager: "any",
} satisfies Record<keyof ChatCeluxeInput, string>;

// Only what is ours: LangGraph hands its whole configuration on, with names that no list here could hold.
const knownCallOptions = {
  ...parameterTypes,
  model: "string",
  tools: "array",
  tool_choice: "any",
  strict: "boolean",
  parallel_tool_calls: "boolean",
  response_format: "object",
  headers: "any",
  disableStreaming: "boolean",
  maxRetries: "number",
  signal: "object",
  timeout: "number",
};

/** What other integrations of LangChain, and LangChain for Python, call it. */
const spellings = {
  model: "modelname modelid",
  maxTokens: "maxoutputtokens numpredict",
  stop: "stopwords stoptokens",
  seed: "randomseed",
  streaming: "stream",
  reasoningEffort: "reasoning",
  apiKey: "azureopenaiapikey anthropicapikey googleapikey",
  baseURL: "anthropicapiurl azureopenaiendpoint openaibaseurl",
  headers: "defaultheaders",
  timeout: "requesttimeout",
  maxRetries: "numretries",
  "Fields of the request that ChatCeluxe has no name for go into modelKwargs, as in modelKwargs: { top_k: 40 }.":
    "topk minp repetitionpenalty verbosity servicetier promptcachekey modalities prediction extrabody invocationkwargs",
};

const callSpellings = {
  ...spellings,
  "It is a field of the constructor of ChatCeluxe, not of a call.":
    "apikey baseurl ratelimit mergedeltas fetch onevent dangerouslyallowbrowser",
};
