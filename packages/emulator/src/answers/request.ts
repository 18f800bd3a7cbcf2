import { z } from "zod";
import { Refusal } from "../errors.ts";

/** A chat request that was checked. Fields that are not named here are accepted and ignored. */
export type ChatRequest = z.infer<typeof chatRequest>;
export type ChatMessage = ChatRequest["messages"][number];
export type FunctionTool = NonNullable<ChatRequest["tools"]>[number]["function"];

/** Checks a request body. @throws Refusal 400 that names the field, as OpenAI does */
export function parseChatRequest(body: unknown): ChatRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid(undefined, "The request body is not a JSON object.");
  }
  if (isDeeperThan(body, MOST_LEVELS))
    throw invalid(undefined, `The request body has more than ${MOST_LEVELS} levels.`);
  const result = chatRequest.safeParse(body);
  if (!result.success) throw refusalOf(result.error.issues, body);
  checkToolHistory(result.data.messages);
  return result.data;
}

export function invalid(param: string | undefined, message: string, code = "invalid_request"): Refusal {
  return new Refusal(400, { message, code, ...(param === undefined ? {} : { param }) });
}

/** The text of a message, whatever the form of its content. */
export function textOf(message: ChatMessage): string {
  const { content } = message;
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** Nobody writes more by hand, and whoever walks the body need not fear for the stack. */
const MOST_LEVELS = 256;

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, '_' or '-'");
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be base64");
const dataUrl = (type: string) => new RegExp(`^data:${type};base64,[A-Za-z0-9+/]+={0,2}$`);
const imageDataUrl = dataUrl("image/[a-z0-9.+-]+");
const videoDataUrl = dataUrl("video/[a-z0-9.+-]+");
const fileDataUrl = dataUrl("[a-z]+/[a-zA-Z0-9.+-]+(?:;[a-z]+=[^;,]+)*");

const textPart = z.looseObject({ type: z.literal("text"), text: z.string() });
const refusalPart = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });
const imagePart = z.looseObject({
  type: z.literal("image_url"),
  image_url: z.looseObject({
    url: z
      .string()
      .refine(
        (url) => isHttpUrl(url) || imageDataUrl.test(url),
        "must be an http(s) URL or a base64 data URL of an image",
      ),
    detail: z.enum(["auto", "low", "high"]).nullish(),
  }),
});
const videoPart = z.looseObject({
  type: z.literal("video_url"),
  video_url: z.looseObject({
    url: z
      .string()
      .refine(
        (url) => isHttpUrl(url) || videoDataUrl.test(url),
        "must be an http(s) URL or a base64 data URL of a video",
      ),
  }),
});
const audioPart = z.looseObject({
  type: z.literal("input_audio"),
  input_audio: z.looseObject({ data: base64, format: z.enum(["wav", "mp3"]) }),
});
const filePart = z.looseObject({
  type: z.literal("file"),
  file: z
    .looseObject({
      file_id: z.string().min(1).optional(),
      file_data: z.string().regex(fileDataUrl, "must be a base64 data URL").optional(),
      filename: z.string().optional(),
    })
    .refine((file) => file.file_id !== undefined || file.file_data !== undefined, "needs file_id or file_data"),
});

const textParts = z.union([z.string(), z.array(textPart).min(1)]);
const userParts = z.union([
  z.string(),
  z.array(z.discriminatedUnion("type", [textPart, imagePart, videoPart, audioPart, filePart])).min(1),
]);
const assistantParts = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, refusalPart])).min(1)]);

const toolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.looseObject({ name, arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.enum(["system", "developer"]), content: textParts }),
  z.looseObject({ role: z.literal("user"), content: userParts }),
  z
    .looseObject({
      role: z.literal("assistant"),
      content: assistantParts.nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(toolCall).min(1).optional(),
    })
    .refine((given) => given.content != null || given.refusal != null || given.tool_calls !== undefined, {
      path: ["content"],
      message: "needs content or tool_calls",
    }),
  z.looseObject({ role: z.literal("tool"), content: textParts, tool_call_id: z.string().min(1) }),
]);

const tool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name,
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(["auto", "none", "required"]),
  z.looseObject({ type: z.literal("function"), function: z.looseObject({ name }) }),
]);

const responseFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name,
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()),
      strict: z.boolean().nullish(),
    }),
  }),
]);

// Ranges: Celuxe's documentation for temperature, top_p, max_tokens; OpenAI's API reference for the rest.
const chatRequest = z
  .looseObject({
    model: z.string().min(1),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_tokens: z.int().min(1).nullish(),
    max_completion_tokens: z.int().min(1).nullish(),
    n: z.int().min(1).max(128).nullish(),
    stop: z.union([z.string(), z.array(z.string()).min(1).max(4)]).nullish(),
    seed: z.int().nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    user: z.string().nullish(),
    tools: z.array(tool).min(1).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish(),
    reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).nullish(),
  })
  .superRefine((request, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: "custom", path, message, input: request });
    if (request.stream_options && !request.stream) refuse(["stream_options"], "is only allowed with stream: true");
    if (request.top_logprobs != null && !request.logprobs)
      refuse(["top_logprobs"], "is only allowed with logprobs: true");
    if (!request.tools && request.tool_choice && request.tool_choice !== "none") {
      refuse(["tool_choice"], "is only allowed when tools are given");
    }
    if (!request.tools && request.parallel_tool_calls != null) {
      refuse(["parallel_tool_calls"], "is only allowed when tools are given");
    }
    const forced = typeof request.tool_choice === "object" ? request.tool_choice?.function.name : undefined;
    if (forced !== undefined && request.tools && !request.tools.some((given) => given.function.name === forced)) {
      refuse(["tool_choice", "function", "name"], "names a function that is not among the tools");
    }
  });

/** Every tool call is answered by the messages that follow it, and every tool message answers one. */
function checkToolHistory(messages: readonly ChatMessage[]) {
  let open = new Set<string>();
  let asked = -1;
  for (const [index, given] of messages.entries()) {
    if (given.role === "tool") {
      if (!open.delete(given.tool_call_id)) {
        throw invalid(
          `messages[${index}].tool_call_id`,
          "A message with role 'tool' must answer a tool call of the assistant message before it, each call once.",
        );
      }
      continue;
    }
    if (open.size > 0) break;
    if (given.role === "assistant" && given.tool_calls) {
      open = new Set(given.tool_calls.map((call) => call.id));
      asked = index;
    }
  }
  if (open.size > 0) {
    throw invalid(
      `messages[${asked}].tool_calls`,
      `Each tool call must be followed by a message with role 'tool'. Not answered: ${[...open].join(", ")}`,
    );
  }
}

function refusalOf(issues: readonly z.core.$ZodIssue[], body: object): Refusal {
  const issue = deepest(issues);
  if (!issue) return invalid(undefined, "The request is not valid.");
  const param = paramOf(issue.path);
  if (valueAt(body, issue.path) === undefined && issue.code !== "custom") {
    return invalid(param, `Missing required parameter: '${param}'.`, "missing_required_parameter");
  }
  return invalid(param, `Invalid value for '${param}': ${issue.message}.`, "invalid_value");
}

/** Of the alternatives of a union, the one that got furthest says what is wrong. */
function deepest(issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[] = []): z.core.$ZodIssue | undefined {
  const issue = issues[0];
  if (!issue) return undefined;
  const here = { ...issue, path: [...path, ...issue.path] };
  if (issue.code !== "invalid_union") return here;
  const inner = issue.errors
    .map((alternative) => deepest(alternative, here.path))
    .filter((found) => found !== undefined);
  return inner.reduce<z.core.$ZodIssue>((best, found) => (found.path.length > best.path.length ? found : best), here);
}

function paramOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function isDeeperThan(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

function isHttpUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}
