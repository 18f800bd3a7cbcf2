import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, SharedV4Warning } from "@ai-sdk/provider";
import type { ChatRequestBody, ChatTool, ChatToolChoice, JsonObject, ModelCapabilities } from "@celuxe/core";
import type { CeluxeLanguageModelOptions } from "./options.ts";

/** The tools of a call and which of them the model may or must call. Nothing where there are none. */
export function prepareTools(
  modelId: string,
  call: Pick<LanguageModelV4CallOptions, "tools" | "toolChoice">,
  { parallelToolCalls }: Pick<CeluxeLanguageModelOptions, "parallelToolCalls">,
  { forcedToolChoice }: Pick<ModelCapabilities, "forcedToolChoice">,
  warnings: SharedV4Warning[],
): Pick<ChatRequestBody, "tools" | "tool_choice" | "parallel_tool_calls"> {
  const tools: ChatTool[] = [];
  for (const tool of call.tools ?? []) {
    if (tool.type === "function") tools.push(toChatTool(tool, warnings));
    else {
      warnings.push({
        type: "unsupported",
        feature: tool.type === "provider" ? `provider tool ${tool.id}` : `tool type ${(tool as { type: string }).type}`,
        details: "Celuxe runs no tools of its own; give the model a function tool.",
      });
    }
  }
  const choice = toToolChoice(call.toolChoice, warnings);
  if (tools.length === 0) {
    if (choice !== undefined && choice !== "auto" && choice !== "none") {
      warnings.push({ type: "other", message: "toolChoice is not sent, because there is no tool to choose." });
    }
    return {};
  }
  return {
    tools,
    ...(choice !== undefined && { tool_choice: softenChoice(choice, modelId, forcedToolChoice, warnings) }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function toChatTool(tool: LanguageModelV4FunctionTool, warnings: SharedV4Warning[]): ChatTool {
  const { name, description, inputSchema, inputExamples, strict, providerOptions } = tool;
  if (inputExamples?.length) {
    warnings.push({
      type: "unsupported",
      feature: `inputExamples of the tool ${name}`,
      details:
        "OpenAI's format has no place for them; addToolInputExamplesMiddleware writes them into the description.",
    });
  }
  return {
    ...providerOptions?.["celuxe"],
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: inputSchema as JsonObject,
      ...(strict !== undefined && { strict }),
    },
  };
}

function toToolChoice(
  choice: LanguageModelV4CallOptions["toolChoice"],
  warnings: SharedV4Warning[],
): ChatToolChoice | undefined {
  switch (choice?.type) {
    case undefined:
      return undefined;
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return { type: "function", function: { name: choice.toolName } };
    default:
      warnings.push({ type: "unsupported", feature: `tool choice ${(choice as { type: string }).type}` });
      return undefined;
  }
}

/** Some models answer a forced choice with an error; left to choose, they mostly call the tool. */
function softenChoice(
  choice: ChatToolChoice,
  modelId: string,
  forcedToolChoice: boolean | undefined,
  warnings: SharedV4Warning[],
): ChatToolChoice {
  if (forcedToolChoice !== false || choice === "auto" || choice === "none") return choice;
  warnings.push({
    type: "compatibility",
    feature: "toolChoice",
    details: `${modelId} is known to refuse a forced tool choice, so it is left to choose ("auto").`,
  });
  return "auto";
}
