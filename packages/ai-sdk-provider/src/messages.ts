import type {
  JSONObject,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCallPart,
} from "@ai-sdk/provider";
import { stringifyWithBigIntAndCycles } from "@ai-sdk/provider-utils";
import type { ChatContentPart, ChatMessage, ChatToolCall } from "@celuxe/core";
import { celuxeOptions, joinText, type MessageContext, toContentPart, warnLeftOut } from "./content.ts";
import { isTextual } from "./files.ts";
import { type ToolResultPart, toToolContent } from "./tool-results.ts";

/**
 * Maps a prompt to messages. `providerOptions.celuxe` of a message or part stands in it as it is, but for `imageDetail`,
 * `contentPart` and what this package itself told of an answer. No assistant message is empty: reasoning that stands alone goes into
 * the one behind it.
 *
 * @throws {UnsupportedFunctionalityError} for a file that cannot be sent.
 */
export function toMessages(prompt: LanguageModelV4Prompt, context: MessageContext): ChatMessage[] {
  const messages: ChatMessage[] = [];
  /** Files of tool results: tool messages hold text alone, and nothing may stand between those of one step. */
  let toolFiles: ChatContentPart[] = [];
  /** Reasoning of a message that held nothing else. */
  let loneReasoning = "";

  function addToolResult(part: ToolResultPart, messageOptions: JSONObject): void {
    const { content, files } = toToolContent(part, context);
    messages.push({
      ...messageOptions,
      ...celuxeOptions(part),
      role: "tool",
      content,
      tool_call_id: part.toolCallId,
    });
    toolFiles.push(...files);
  }

  function addToolFiles(): void {
    if (toolFiles.length > 0) messages.push({ role: "user", content: toolFiles });
    toolFiles = [];
  }

  function addAssistantMessage(message: MessageOf<"assistant">): void {
    const { reasoning, fields } = readAssistantMessage(message, context);
    if (isEmpty(fields)) {
      loneReasoning += reasoning;
      if (reasoning === "") warnLeftOut(context, "assistant message without content");
      return;
    }
    messages.push(withReasoning(fields, loneReasoning + reasoning, context));
    loneReasoning = "";
  }

  function dropLoneReasoning(): void {
    if (loneReasoning !== "") warnLeftOut(context, "reasoning without an answer behind it");
    loneReasoning = "";
  }

  for (const message of prompt) {
    if (message.role !== "tool") addToolFiles();
    if (message.role !== "assistant") dropLoneReasoning();
    switch (message.role) {
      case "system":
        messages.push({ ...celuxeOptions(message), role: "system", content: message.content });
        break;
      case "user":
        messages.push({ ...celuxeOptions(message), role: "user", content: toUserContent(message, context) });
        break;
      case "assistant":
        addAssistantMessage(message);
        for (const part of message.content) if (part.type === "tool-result") addToolResult(part, {});
        break;
      case "tool":
        for (const part of message.content) {
          if (part.type === "tool-result") addToolResult(part, celuxeOptions(message));
          else warnLeftOut(context, `${part.type} in a tool message`);
        }
        break;
      default:
        warnLeftOut(context, `message with the role ${(message as { role: string }).role}`);
    }
  }
  addToolFiles();
  dropLoneReasoning();
  return messages;
}

type MessageOf<Role> = Extract<LanguageModelV4Message, { role: Role }>;

function toUserContent({ content }: MessageOf<"user">, context: MessageContext): string | ChatContentPart[] {
  const parts: ChatContentPart[] = [];
  for (const part of content) {
    if (part.type === "text" || part.type === "file") {
      const mapped = toContentPart(part, context);
      if (mapped) parts.push(mapped);
    } else warnLeftOut(context, `${(part as { type: string }).type} in a user message`);
  }
  return parts.length > 1 ? parts : joinText(parts, "");
}

type AssistantFields = Extract<ChatMessage, { role: "assistant" }>;

/** An assistant message without its reasoning, and the reasoning. */
function readAssistantMessage(
  message: MessageOf<"assistant">,
  context: MessageContext,
): { fields: AssistantFields; reasoning: string } {
  const text: ChatContentPart[] = [];
  const toolCalls: ChatToolCall[] = [];
  let reasoning = "";
  for (const part of message.content) {
    switch (part.type) {
      case "text":
        text.push(toContentPart(part, context));
        break;
      case "reasoning":
        reasoning += part.text;
        break;
      case "tool-call":
        if (part.providerExecuted && !hasResult(message, part.toolCallId)) {
          warnLeftOut(context, `call of ${part.toolName}, a tool of another provider, without its result`);
        } else toolCalls.push(toToolCall(part));
        break;
      case "tool-result":
        // A message of its own: see toMessages.
        break;
      case "file": {
        const isText = part.data.type === "text" || isTextual(part.mediaType);
        const file = isText ? toContentPart(part, context) : undefined;
        if (file) text.push(file);
        else if (!isText) warnLeftOut(context, `${part.mediaType} file in an assistant message`);
        break;
      }
      default:
        warnLeftOut(context, `${part.type} in an assistant message`);
    }
  }
  const fields: AssistantFields = {
    ...celuxeOptions(message),
    role: "assistant",
    content: text.length === 0 && toolCalls.length > 0 ? null : joinText(text, ""),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  return { fields, reasoning };
}

/** Whether a message says nothing: services refuse it, or models take it for a turn in which they were silent. */
function isEmpty(fields: AssistantFields): boolean {
  return fields.content === "" && Object.keys(fields).length === 2;
}

function withReasoning(
  fields: AssistantFields,
  reasoning: string,
  { sendReasoning }: Pick<MessageContext, "sendReasoning">,
): AssistantFields {
  const wanted = sendReasoning === true || (sendReasoning === "tool-calls" && fields.tool_calls !== undefined);
  return wanted && reasoning !== "" ? { ...fields, reasoning_content: reasoning } : fields;
}

function hasResult({ content }: MessageOf<"assistant">, toolCallId: string): boolean {
  return content.some((part) => part.type === "tool-result" && part.toolCallId === toolCallId);
}

function toToolCall(part: LanguageModelV4ToolCallPart): ChatToolCall {
  const { thoughtSignature, ...options } = celuxeOptions(part);
  // Where Google's own provider and `openai-compatible` keep it; Gemini refuses a history of calls without.
  const signature = thoughtSignature ?? part.providerOptions?.["google"]?.["thoughtSignature"];
  return {
    ...(typeof signature === "string" && { extra_content: { google: { thought_signature: signature } } }),
    ...options,
    id: part.toolCallId,
    type: "function",
    function: { name: part.toolName, arguments: toArguments(part.input) },
  };
}

/** Arguments are JSON as text; an input that is text already stays as the model wrote it, if that is JSON. */
function toArguments(input: unknown): string {
  if (typeof input !== "string") return stringifyWithBigIntAndCycles(input ?? {});
  try {
    JSON.parse(input);
    return input;
  } catch {
    return JSON.stringify(input);
  }
}
