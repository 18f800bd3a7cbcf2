import { type ChatContentPart, type ChatMessage, type ChatToolCall, ConfigurationError } from "@celuxe/core";
import type { AIMessage, BaseMessage, ChatMessage as GenericMessage, ToolMessage } from "@langchain/core/messages";
import { readAssistantContent, toToolCall } from "./assistant-content.ts";
import { joinText, requireText, toContentParts } from "./content.ts";
import type { ChatCeluxeParameters } from "./options.ts";

/** How a history is mapped. */
export interface MessageContext {
  sendReasoning: NonNullable<ChatCeluxeParameters["sendReasoning"]>;
}

/**
 * Maps a history to messages. No assistant message is empty: reasoning that stands alone goes into the one behind it.
 *
 * @throws {ConfigurationError} for a message or a content block that cannot be sent; `field` names it.
 */
export function toMessages(history: BaseMessage[], { sendReasoning }: MessageContext): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const answered = new Set(history.filter(isTool).map((message) => message.tool_call_id));
  /** Files of tool results: tool messages hold text alone, and nothing may stand between those of one step. */
  let toolFiles: ChatContentPart[] = [];
  /** Reasoning of a message that held nothing else. */
  let loneReasoning = "";

  function addToolFiles(): void {
    if (toolFiles.length > 0) messages.push({ role: "user", content: toolFiles });
    toolFiles = [];
  }

  for (const [index, message] of history.entries()) {
    const where = `messages[${index}]`;
    if (isTool(message)) {
      loneReasoning = "";
      const { content, files } = toToolContent(message, where);
      messages.push({ role: "tool", content, tool_call_id: message.tool_call_id });
      toolFiles.push(...files);
      continue;
    }
    addToolFiles();
    const role = roleOf(message, where);
    const name = message.name !== undefined && { name: message.name };
    if (role !== "assistant") {
      loneReasoning = "";
      messages.push({ role, content: toContent(message, role, where), ...name } as ChatMessage);
      continue;
    }
    const { fields, reasoning } = readAssistantMessage(message, where, answered);
    loneReasoning += reasoning;
    if (!fields) continue;
    const wanted = sendReasoning === true || (sendReasoning === "tool-calls" && fields.tool_calls !== undefined);
    messages.push({ ...fields, ...(wanted && loneReasoning !== "" && { reasoning_content: loneReasoning }), ...name });
    loneReasoning = "";
  }
  addToolFiles();
  return messages;
}

function isTool(message: BaseMessage): message is ToolMessage {
  return message.type === "tool";
}

function roleOf(message: BaseMessage, where: string): string {
  switch (message.type) {
    case "human":
      return "user";
    case "ai":
      return "assistant";
    case "system":
      return message.additional_kwargs["__openai_role__"] === "developer" ? "developer" : "system";
    case "function":
      return "function";
    case "generic": {
      const { role } = message as GenericMessage;
      return genericRoles.get(role) ?? role;
    }
    default:
      throw new ConfigurationError(
        `${where} is of type ${message.type}, which no model takes: remove it from the history before the call.`,
        { field: where },
      );
  }
}

/** LangChain's names of roles, for messages that carry their role as text. */
const genericRoles = new Map([
  ["human", "user"],
  ["ai", "assistant"],
]);

function toContent(message: BaseMessage, role: string, where: string): string | ChatContentPart[] {
  const parts = toContentParts(message.content, where);
  if (role === "user" && parts.length > 1) return parts;
  if (textRoles.has(role)) for (const [index, part] of parts.entries()) requireText(part, `${where}.content[${index}]`);
  return joinText(parts, "\n");
}

/** Roles whose messages hold text alone in OpenAI's format; of roles that it does not know nothing is known. */
const textRoles = new Set(["system", "developer", "function"]);

/** What a tool message holds, and the files that go into a user message after it. */
function toToolContent(
  message: ToolMessage,
  where: string,
): { content: string | ChatContentPart[]; files: ChatContentPart[] } {
  const parts = toContentParts(message.content, where);
  const texts = parts.filter((part) => part.type === "text");
  const files: ChatContentPart[] = parts.filter((part) => part.type !== "text");
  const [first] = texts;
  // OpenAI's format has no field for it, and a model that takes an error for a result goes on with it.
  if (message.status === "error" && !/^\s*error/i.test(first?.text ?? "")) {
    texts.splice(0, 1, { type: "text", text: `Error: ${first?.text ?? ""}` });
  }
  if (files.length > 0) {
    const number = files.length === 1 ? "1 file" : `${files.length} files`;
    texts.push({ type: "text", text: `(${number}: in the user message that follows)` });
    const tool = message.name === undefined ? "" : ` of ${message.name}`;
    files.unshift({ type: "text", text: `${number} of the result${tool} (${message.tool_call_id}):` });
  }
  return { content: joinText(texts, "\n"), files };
}

type AssistantFields = Extract<ChatMessage, { role: "assistant" }>;

/** An assistant message without its reasoning, and the reasoning; no message where there is nothing else. */
function readAssistantMessage(
  message: BaseMessage,
  where: string,
  answered: Set<string>,
): { fields: AssistantFields | undefined; reasoning: string } {
  const { tool_calls = [], invalid_tool_calls = [] } = message as AIMessage;
  const calls: ChatToolCall[] = tool_calls.map(({ id, name, args }) => toToolCall(where, id, name, args));
  for (const { id, name = "", args = "" } of invalid_tool_calls) {
    // One that was told to be wrong must stand before the message that says so; the others were never made.
    if (id !== undefined && answered.has(id)) calls.push({ id, type: "function", function: { name, arguments: args } });
  }
  const { parts, reasoning, calls: more } = readAssistantContent(message, where, calls);
  calls.push(...more);
  const content = joinText(parts, "");
  // Services refuse an empty one, or models take it for a turn in which they were silent.
  if (content === "" && calls.length === 0) return { fields: undefined, reasoning };
  const fields: AssistantFields = {
    role: "assistant",
    content: content === "" ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return { fields, reasoning };
}
