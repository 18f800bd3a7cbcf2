import { type ChatMessage, type ChatRequest, type FunctionTool, textOf } from "./request.ts";

/**
 * The tools that the model calls now. A named function: that one. `auto`: those that the user's last message speaks of
 * (a word of the name, else of the description), so that small talk stays small talk; after a tool result it answers
 * in words. `required`: the same, but always one, and rather one that was not called for this question yet.
 */
export function chooseTools(request: ChatRequest): FunctionTool[] {
  const tools = (request.tools ?? []).map((tool) => tool.function);
  const choice = request.tool_choice ?? "auto";
  if (tools.length === 0 || choice === "none") return [];
  if (typeof choice === "object") return tools.filter((tool) => tool.name === choice.function.name).slice(0, 1);
  const asked = request.messages.findLastIndex((message) => message.role === "user");
  const question = request.messages[asked];
  const called = calledSince(request.messages.slice(asked + 1));
  if (choice === "auto" && called.size > 0) return [];
  const fresh = tools.filter((tool) => !called.has(tool.name));
  const fitting = spokenOf(fresh, question ? textOf(question) : "");
  const chosen = fitting.length === 0 && choice === "required" ? [...fresh, ...tools].slice(0, 1) : fitting;
  return request.parallel_tool_calls === false ? chosen.slice(0, 1) : chosen;
}

function calledSince(messages: readonly ChatMessage[]): Set<string> {
  const calls = messages.flatMap((message) => (message.role === "assistant" ? (message.tool_calls ?? []) : []));
  return new Set(calls.map((call) => call.function.name));
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
