import { hash } from "../random.ts";
import { generateArguments, generateJson } from "./generate.ts";
import type { Reply } from "./reply.ts";
import { type ChatMessage, type ChatRequest, textOf } from "./request.ts";
import { chooseTools } from "./tool-choice.ts";

/**
 * What the model says by itself: always the same for the same prompt, seed and choice.
 *
 * @throws Refusal 400, where a schema is not one that values can be made for
 */
export function defaultReply(request: ChatRequest, seed: number): Reply {
  const tools = chooseTools(request);
  if (tools.length > 0) {
    return {
      toolCalls: tools.map((tool, index) => ({
        name: tool.name,
        arguments: generateArguments(tool, request, seed + index),
      })),
    };
  }
  return { text: defaultText(request, seed) };
}

/** What a reasoning model thinks by itself. */
export function defaultReasoning(request: ChatRequest, seed: number): string {
  return pick(REASONING, request, seed);
}

/** The answers that the Celuxe documentation shows, and a greeting. */
const KNOWN: readonly { asked: RegExp; answer: string }[] = [
  { asked: /^what is the capital of france\?*$/i, answer: "The capital of France is Paris." },
  { asked: /^(?:hello|hi|hey)\b[\s,.!]*(?:there)?[\s.!]*$/i, answer: "Hello! How can I help you today?" },
];

const GENERAL: readonly string[] = [
  "This is the Celuxe emulator. It runs on your own machine and gives the same kind of answer to every question, so that you can build and test without an account. Point your client at the real service to hear from a model.",
  "You have reached the Celuxe emulator. Everything between your code and this sentence works as it would with the real service, only that no model was asked. Once you set a key and the base URL of Celuxe, real answers arrive here.",
  "Here is an answer from the Celuxe emulator. It is made up on this machine, without any network, and it is the same each time you ask. That makes it good for tests and poor for conversation.",
];

const REASONING: readonly string[] = [
  "The user wants an answer. Let me think about what they need. A short and clear reply is best.",
  "First I look at what was asked. Then I check what I know about it. Now I can answer briefly.",
];

/** How much of a tool's result is told back, in characters. */
const TOLD_RESULT = 200;

function defaultText(request: ChatRequest, seed: number): string {
  const format = request.response_format;
  if (format?.type === "json_schema") return generateJson(format.json_schema.schema, request, seed);
  const text = plainText(request, seed);
  return format?.type === "json_object" ? JSON.stringify({ answer: text }) : text;
}

function plainText(request: ChatRequest, seed: number): string {
  const last = request.messages.at(-1);
  if (last?.role === "tool") return toldResults(request.messages);
  const asked = last ? textOf(last).trim() : "";
  const known = KNOWN.find((entry) => entry.asked.test(asked));
  if (known) return known.answer;
  return `${toldAttachments(last)}${pick(GENERAL, request, seed)}`;
}

/** After a tool loop the model says what the tools found. */
function toldResults(messages: readonly ChatMessage[]): string {
  const calls = messages.flatMap((message) => (message.role === "assistant" ? (message.tool_calls ?? []) : []));
  const from = messages.findLastIndex((message) => message.role !== "tool") + 1;
  const told = messages.slice(from).flatMap((message) => {
    if (message.role !== "tool") return [];
    const call = calls.find((candidate) => candidate.id === message.tool_call_id);
    const result = textOf(message);
    const excerpt = result.length > TOLD_RESULT ? `${result.slice(0, TOLD_RESULT)}…` : result;
    return [`${call?.function.name ?? "The tool"} says: ${excerpt}`];
  });
  return told.join("\n");
}

function toldAttachments(message: ChatMessage | undefined): string {
  if (message?.role !== "user" || typeof message.content === "string") return "";
  const count = (type: string) =>
    (Array.isArray(message.content) ? message.content : []).filter((part) => part.type === type).length;
  const kinds = [
    [count("image_url"), "image"],
    [count("input_audio"), "recording"],
    [count("file"), "file"],
  ] as const;
  const told = kinds
    .filter(([number]) => number > 0)
    .map(([number, kind]) => `${number} ${kind}${number > 1 ? "s" : ""}`);
  return told.length > 0 ? `You sent ${told.join(" and ")}. ` : "";
}

function pick(options: readonly string[], request: ChatRequest, seed: number): string {
  const last = request.messages.at(-1);
  return options[hash(`${seed} ${last ? textOf(last) : ""}`) % options.length] ?? "";
}
