import {
  type ChatTool,
  type ChatToolChoice,
  ConfigurationError,
  type JsonObject,
  modelCapabilities,
  type ToolCall as AnsweredToolCall,
} from "@celuxe/core";
import type { BindToolsInput, ToolChoice } from "@langchain/core/language_models/chat_models";
import type { InvalidToolCall, ToolCall } from "@langchain/core/messages/tool";
import { isLangChainTool } from "@langchain/core/utils/function_calling";
import { toJsonSchema } from "@langchain/core/utils/json_schema";

/**
 * Maps a tool in any of its forms: a LangChain tool, a runnable as tool, a name with a schema, OpenAI's form with or
 * without its envelope, a name with `input_schema`. Tools of another `type` are sent as they are.
 *
 * @throws {ConfigurationError} for what is none of these.
 */
export function toChatTool(tool: BindToolsInput): ChatTool {
  if (isLangChainTool(tool)) return toFunction(tool.name, tool.description, toJsonSchema(tool.schema));
  const given = tool as JsonObject;
  if (given["type"] === "function" && isObject(given["function"])) {
    return { ...given, function: { ...given["function"] } } as ChatTool;
  }
  const { name, description } = given;
  const schema = given["parameters"] ?? given["input_schema"];
  if (typeof name === "string" && (isObject(schema) || given["type"] === "function")) {
    const strict = given["strict"];
    return toFunction(name, description, schema, typeof strict === "boolean" ? strict : undefined);
  }
  if (typeof given["type"] === "string" && !("properties" in given)) return { ...given } as unknown as ChatTool;
  throw new ConfigurationError(
    'A tool is none that can be sent: pass one made by tool(), or { name, description, schema }, or OpenAI\'s { type: "function", function: { name, parameters } }.',
    { field: "tools" },
  );
}

/** The fields of a request that concern tools. Nothing where there are none. */
export function toToolFields(
  options: {
    tools?: BindToolsInput[];
    tool_choice?: ToolChoice;
    strict?: boolean;
    parallel_tool_calls?: boolean;
  },
  model: string,
): { tools?: ChatTool[]; tool_choice?: ChatToolChoice; parallel_tool_calls?: boolean } {
  const { tool_choice: choice, strict, parallel_tool_calls } = options;
  if (!options.tools?.length) return {};
  const tools = options.tools.map((tool) => withStrict(toChatTool(tool), strict));
  return {
    tools,
    ...(choice != null && { tool_choice: toToolChoice(choice, model) }),
    ...(parallel_tool_calls != null && { parallel_tool_calls }),
  };
}

function withStrict(tool: ChatTool, strict: boolean | undefined): ChatTool {
  return strict == null || tool.type !== "function" ? tool : { ...tool, function: { ...tool.function, strict } };
}

/** Some models answer a forced choice with an error; left to choose, they mostly call the tool. */
function toToolChoice(choice: ToolChoice, model: string): ChatToolChoice {
  if (choice === "auto" || choice === "none") return choice;
  if (modelCapabilities(model).forcedToolChoice === false) return "auto";
  if (choice === "any" || choice === "required") return "required";
  return typeof choice === "string"
    ? { type: "function", function: { name: choice } }
    : (choice as Extract<ChatToolChoice, object>);
}

function toFunction(name: string, description: unknown, schema: unknown, strict?: boolean): ChatTool {
  return {
    type: "function",
    function: {
      name,
      ...(typeof description === "string" && { description }),
      ...(isObject(schema) && { parameters: schema }),
      ...(strict !== undefined && { strict }),
    },
  };
}

/**
 * Maps the calls of an answer. Only a call that is whole, with an object as arguments, becomes one that runs; the others
 * keep their text as the model wrote it.
 */
export function toToolCalls(calls: AnsweredToolCall[]): {
  tool_calls: ToolCall[];
  invalid_tool_calls: InvalidToolCall[];
} {
  const tool_calls: ToolCall[] = [];
  const invalid_tool_calls: InvalidToolCall[] = [];
  for (const { id, name, arguments: text, status } of calls) {
    const args: unknown = status === "complete" ? JSON.parse(text) : undefined;
    if (isObject(args)) tool_calls.push({ type: "tool_call", id, name, args });
    else invalid_tool_calls.push({ type: "invalid_tool_call", id, name, args: text, error: explain(status) });
  }
  return { tool_calls, invalid_tool_calls };
}

function explain(status: AnsweredToolCall["status"]): string {
  switch (status) {
    case "cut":
      return "The answer ended before the call was complete.";
    case "invalid":
      return "The arguments are not JSON, or the call has no name.";
    case "complete":
      return "The arguments are JSON, but not an object.";
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
