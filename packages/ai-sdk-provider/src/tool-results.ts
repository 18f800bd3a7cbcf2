import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import { stringifyWithBigIntAndCycles } from "@ai-sdk/provider-utils";
import type { ChatContentPart } from "@celuxe/core";
import { joinText, type MessageContext, toContentPart, warnLeftOut } from "./content.ts";

type PartOf<Role> = Extract<LanguageModelV4Prompt[number], { role: Role }>["content"][number];

/** The result of a tool, as it stands in a prompt. */
export type ToolResultPart = Extract<PartOf<"tool">, { type: "tool-result" }>;

/** What a tool message holds, and the files that go into a user message after it. */
export interface ToolContent {
  content: string | ChatContentPart[];
  files: ChatContentPart[];
}

/**
 * Maps the result of a tool so that a model can tell an answer from an error and from a denied call.
 *
 * @throws {UnsupportedFunctionalityError} for a file that cannot be sent.
 */
export function toToolContent({ output, toolName, toolCallId }: ToolResultPart, context: MessageContext): ToolContent {
  const only = (content: string): ToolContent => ({ content, files: [] });
  switch (output.type) {
    case "text":
      return only(output.value);
    case "json":
      return only(stringifyWithBigIntAndCycles(output.value));
    case "error-text":
    case "error-json":
      return only(stringifyWithBigIntAndCycles({ error: output.value }));
    case "execution-denied":
      return only(`The user denied the execution of ${toolName}.${output.reason ? ` Reason: ${output.reason}` : ""}`);
    case "content":
      return toParts(output.value, toolName, toolCallId, context);
    default:
      warnLeftOut(context, `tool result of type ${(output as { type: string }).type}`);
      return only("");
  }
}

type ContentValue = Extract<ToolResultPart["output"], { type: "content" }>["value"];

function toParts(value: ContentValue, toolName: string, toolCallId: string, context: MessageContext): ToolContent {
  const texts: ChatContentPart[] = [];
  const files: ChatContentPart[] = [];
  for (const part of value) {
    if (part.type === "text" || part.type === "file") {
      const mapped = toContentPart(part, context);
      if (mapped) (mapped.type === "text" ? texts : files).push(mapped);
    } else warnLeftOut(context, `${part.type} in a tool result`);
  }
  if (files.length === 0) return { content: joinText(texts, "\n"), files };
  const number = files.length === 1 ? "1 file" : `${files.length} files`;
  texts.push({ type: "text", text: `(${number}: in the user message that follows)` });
  files.unshift({ type: "text", text: `${number} of the result of ${toolName} (${toolCallId}):` });
  return { content: joinText(texts, "\n"), files };
}
