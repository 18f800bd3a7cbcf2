import type { ChatRequest, ChatTool } from "./contract.ts";
import { textOf } from "./reply.ts";

export type FunctionTool = ChatTool["function"];

/**
 * The tools that the model calls now. `required` and a named function: always. `auto`: those that the user's last
 * message speaks of (a word of the name, else of the description), so that small talk stays small talk. After a tool
 * result the model answers in words, unless `required` still forces a call.
 */
export function chooseTools(request: ChatRequest): FunctionTool[] {
  const tools = (request.tools ?? []).map((tool) => tool.function);
  const choice = request.tool_choice ?? "auto";
  if (tools.length === 0 || choice === "none") return [];
  if (typeof choice === "object") return tools.filter((tool) => tool.name === choice.function.name).slice(0, 1);
  const last = request.messages.at(-1);
  if (choice === "auto" && last?.role !== "user") return [];
  const fitting = spokenOf(tools, last ? textOf(last) : "");
  const chosen = fitting.length === 0 && choice === "required" ? tools.slice(0, 1) : fitting;
  return request.parallel_tool_calls === false ? chosen.slice(0, 1) : chosen;
}

function spokenOf(tools: FunctionTool[], text: string): FunctionTool[] {
  const said = new Set(stems(text));
  const named = tools.filter((tool) => stems(tool.name).some((stem) => said.has(stem)));
  if (named.length > 0) return named;
  return tools.filter((tool) => stems(tool.description ?? "").some((stem) => said.has(stem))).slice(0, 1);
}

/** Words that say nothing about what a tool is for. */
const EMPTY_WORDS = new Set(
  "a an the and or of in on at to for from by with is are was be it its this that what which who how when where do does can you me my your user get set current given tool function return returns use used please about some any all".split(
    " ",
  ),
);

/** The words of a text or of a name in camelCase or snake_case, cut to five letters: weather and weather's are one. */
function stems(text: string): string[] {
  const words =
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
      .toLowerCase()
      .match(/\p{L}{2,}/gu) ?? [];
  return words.filter((word) => !EMPTY_WORDS.has(word)).map((word) => word.slice(0, 5));
}
