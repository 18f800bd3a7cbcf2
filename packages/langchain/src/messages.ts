import { type ChatContentPart, type ChatMessage, type ChatToolCall, ConfigurationError } from "@celuxe/core";
import type { AIMessage, BaseMessage, ChatMessage as GenericMessage, ToolMessage } from "@langchain/core/messages";
import { joinText, toContentPart, toContentParts, unsupported } from "./content.ts";
import type { ChatCeluxeParameters } from "./options.ts";

/** How a history is mapped. */
export interface MessageContext {
  sendReasoning: NonNullable<ChatCeluxeParameters["sendReasoning"]>;
}

/**
 * Maps a history to messages.
 *
 * @throws {ConfigurationError} for a message or a content block that cannot be sent; `field` names it.
 */
export function toMessages(history: BaseMessage[], { sendReasoning }: MessageContext): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const answered = new Set(history.filter(isTool).map((message) => message.tool_call_id));
  /** Files of tool results: tool messages hold text alone, and nothing may stand between those of one step. */
  let toolFiles: ChatContentPart[] = [];

  function addToolFiles(): void {
    if (toolFiles.length > 0) messages.push({ role: "user", content: toolFiles });
    toolFiles = [];
  }

  for (const [index, message] of history.entries()) {
    const where = `messages[${index}]`;
    if (isTool(message)) {
      const { content, files } = toToolContent(message, where);
      messages.push({ role: "tool", content, tool_call_id: message.tool_call_id });
      toolFiles.push(...files);
      continue;
    }
    addToolFiles();
    const role = roleOf(message, where);
    const mapped =
      role === "assistant"
        ? toAssistantMessage(message, where, answered, sendReasoning)
        : ({ role, content: toContent(message, role, where) } as ChatMessage);
    messages.push(message.name === undefined ? mapped : { ...mapped, name: message.name });
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

function requireText(part: ChatContentPart, where: string): void {
  if (part.type === "text") return;
  throw new ConfigurationError(`${where} is no text, and only user messages hold more than text: move it to one.`, {
    field: where,
  });
}

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

function toAssistantMessage(
  message: BaseMessage,
  where: string,
  answered: Set<string>,
  sendReasoning: MessageContext["sendReasoning"],
): ChatMessage & { role: "assistant" } {
  const { tool_calls = [], invalid_tool_calls = [] } = message as AIMessage;
  const calls: ChatToolCall[] = tool_calls.map(({ id, name, args }) => toToolCall(where, id, name, args));
  for (const { id, name = "", args = "" } of invalid_tool_calls) {
    // One that was told to be wrong must stand before the message that says so; the others were never made.
    if (id !== undefined && answered.has(id)) calls.push({ id, type: "function", function: { name, arguments: args } });
  }
  const content = readAssistantContent(message, where, calls);
  calls.push(...content.calls);
  const withReasoning = sendReasoning === true || (sendReasoning === "tool-calls" && calls.length > 0);
  return {
    role: "assistant",
    content: content.parts.length === 0 && calls.length > 0 ? null : joinText(content.parts, ""),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(content.reasoning !== "" && withReasoning && { reasoning_content: content.reasoning }),
  };
}

interface AssistantContent {
  parts: ChatContentPart[];
  reasoning: string;
  /** Calls that stand in the content alone. */
  calls: ChatToolCall[];
}

function readAssistantContent(message: BaseMessage, where: string, calls: ChatToolCall[]): AssistantContent {
  const { reasoning_content, refusal } = message.additional_kwargs;
  const said = text(message.content) + text(refusal);
  if (typeof message.content === "string") {
    return { parts: said === "" ? [] : [{ type: "text", text: said }], reasoning: text(reasoning_content), calls: [] };
  }
  const content: AssistantContent = { parts: [], reasoning: "", calls: [] };
  const known = new Set(calls.map(({ id }) => id));
  // LangChain's translators know the blocks of other providers, where a conversation may have begun.
  for (const [index, block] of message.contentBlocks.entries()) {
    const blockWhere = `${where}.content[${index}]`;
    switch (block.type) {
      case "reasoning":
        content.reasoning += block.reasoning;
        break;
      case "refusal":
        content.parts.push({ type: "text", text: text((block as Record<string, unknown>)["refusal"]) });
        break;
      case "tool_call":
        if (block.id === undefined || !known.has(block.id)) {
          content.calls.push(toToolCall(blockWhere, block.id, block.name, block.args));
        }
        break;
      case "tool_call_chunk":
      case "invalid_tool_call":
        // Not made; see toAssistantMessage.
        break;
      case "non_standard":
        if (!isKnownCall(block.value, known))
          throw unsupported(blockWhere, `is of type ${String(block.value["type"])}`);
        break;
      default: {
        const part = toContentPart(block, blockWhere);
        requireText(part, blockWhere);
        content.parts.push(part);
      }
    }
  }
  return { ...content, reasoning: content.reasoning || text(reasoning_content) };
}

/** Anthropic's form of a call, which stands in `tool_calls` too. */
function isKnownCall(value: Record<string, unknown>, known: Set<string>): boolean {
  return value["type"] === "tool_use" && typeof value["id"] === "string" && known.has(value["id"]);
}

function toToolCall(where: string, id: string | undefined, name: string, args: unknown): ChatToolCall {
  if (id === undefined || id === "") {
    throw new ConfigurationError(
      `${where} calls the tool ${name} without an id: set one, and the same in its answer.`,
      {
        field: `${where}.tool_calls`,
      },
    );
  }
  try {
    return { id, type: "function", function: { name, arguments: JSON.stringify(args ?? {}) } };
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
