import { type ChatContentPart, type ChatToolCall, ConfigurationError, type JsonObject } from "@celuxe/core";
import type { BaseMessage } from "@langchain/core/messages";
import { isObject, requireText, toContentPart } from "./content.ts";

/** What an AI message says, from whichever provider it came. */
export interface AssistantContent {
  parts: ChatContentPart[];
  reasoning: string;
  /** Calls that stand in the content alone. */
  calls: ChatToolCall[];
}

/**
 * Reads the content of an AI message. A conversation may have begun with another provider, or have been saved without a
 * word of which: blocks are understood by their own form, in LangChain's standard and in those of Anthropic, Google,
 * OpenAI and Bedrock.
 *
 * @param calls those that `tool_calls` names; what stands in the content too is one of these.
 * @throws {ConfigurationError} for a block that is not known.
 */
export function readAssistantContent(message: BaseMessage, where: string, calls: ChatToolCall[]): AssistantContent {
  const { reasoning_content, refusal } = message.additional_kwargs;
  if (typeof message.content === "string") {
    const said = message.content + text(refusal);
    return { parts: said === "" ? [] : [{ type: "text", text: said }], reasoning: text(reasoning_content), calls: [] };
  }
  const content: AssistantContent = { parts: [], reasoning: "", calls: [] };
  // Not by `contentBlocks`: LangChain's translators go by the provider that a message names, if it names one, and some
  // lose a call or give it the id of the message.
  for (const [index, block] of message.content.entries()) {
    const inner = block.type === "non_standard" ? block["value"] : block;
    readBlock(isObject(inner) ? inner : {}, `${where}.content[${index}]`, content, calls);
  }
  const refused = message.content.some(({ type }) => type === "refusal");
  if (!refused && text(refusal) !== "") content.parts.push({ type: "text", text: text(refusal) });
  // What this package tells there is all of it, with what stands in the content.
  return { ...content, reasoning: text(reasoning_content) || content.reasoning };
}

function readBlock(block: JsonObject, where: string, content: AssistantContent, calls: ChatToolCall[]): void {
  const type = text(block["type"]) || (isObject(block["functionCall"]) ? "functionCall" : "");
  if (type === "text" && block["thought"] === true) {
    content.reasoning += text(block["text"]);
    return;
  }
  switch (type) {
    case "reasoning":
    case "thinking":
    case "reasoning_content":
      content.reasoning += reasoningOf(block);
      break;
    case "output_text":
    case "refusal":
      content.parts.push({ type: "text", text: text(block["text"]) + text(block["refusal"]) });
      break;
    case "tool_call":
    case "tool_use":
    case "functionCall":
      addCall(isObject(block["functionCall"]) ? block["functionCall"] : block, where, content, calls);
      break;
    default: {
      if (leftOut.has(type) || isDrawn(type, block)) return;
      const part = toContentPart(block, where);
      requireText(part, where);
      content.parts.push(part);
    }
  }
}

/** Means nothing to another model, or was told elsewhere: pieces of calls, what a provider did on its own, secrets. */
const leftOut = new Set([
  "tool_call_chunk",
  "invalid_tool_call",
  "input_json_delta",
  "redacted_thinking",
  "server_tool_call",
  "server_tool_call_chunk",
  "server_tool_call_result",
  "server_tool_use",
  "web_search_tool_result",
  "code_execution_tool_result",
  "executableCode",
  "codeExecutionResult",
  "cache_point",
]);

/** An image that a model drew: OpenAI's format has no place for one in its answers. */
function isDrawn(type: string, { mimeType, inlineData }: JsonObject): boolean {
  const mediaType = isObject(inlineData) ? inlineData["mimeType"] : mimeType;
  return type === "image" || ((type === "file" || type === "inlineData") && text(mediaType).startsWith("image/"));
}

function reasoningOf({ reasoning, thinking, reasoningText, summary }: JsonObject): string {
  const inner = isObject(reasoningText) ? reasoningText["text"] : reasoningText;
  const said = text(reasoning) || text(thinking) || text(inner);
  if (said !== "" || !Array.isArray(summary)) return said;
  return summary.map((part: unknown) => (isObject(part) ? text(part["text"]) : "")).join("\n");
}

function addCall(block: JsonObject, where: string, content: AssistantContent, calls: ChatToolCall[]): void {
  const call = { id: text(block["id"]), name: text(block["name"]), args: block["args"] ?? block["input"] ?? {} };
  const known = [...calls, ...content.calls];
  // Google's calls may have no id of their own; `tool_calls`, where it names calls at all, names them too.
  const isKnown = known.some(
    ({ id, function: fn }) => id === call.id || (calls.length > 0 && fn.name === call.name && isSame(fn, call.args)),
  );
  if (!isKnown) content.calls.push(toToolCall(where, call.id, call.name, call.args));
}

function isSame({ arguments: json }: ChatToolCall["function"], args: unknown): boolean {
  try {
    return json === (typeof args === "string" ? JSON.stringify(JSON.parse(args)) : JSON.stringify(args));
  } catch {
    return false;
  }
}

/** @throws {ConfigurationError} for a call that cannot be sent. */
export function toToolCall(where: string, id: string | undefined, name: string, args: unknown): ChatToolCall {
  if (id === undefined || id === "") {
    throw new ConfigurationError(
      `${where} calls the tool ${name} without an id: set one, and the same in its answer.`,
      {
        field: `${where}.tool_calls`,
      },
    );
  }
  try {
    // Anthropic's streams leave the arguments as text.
    const json = typeof args === "string" ? args : JSON.stringify(args ?? {});
    return { id, type: "function", function: { name, arguments: json } };
  } catch (cause) {
    throw new ConfigurationError(
      `${where} calls the tool ${name} with arguments that are not JSON: they hold a cycle or a BigInt.`,
      { field: `${where}.tool_calls`, cause },
    );
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
