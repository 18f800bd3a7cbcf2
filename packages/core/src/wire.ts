// OpenAI's Chat Completions format, as far as this package looks at it. Everything else passes through untouched.

/** A JSON object whose fields are not known. */
export type JsonObject = { [key: string]: unknown };

/** A part of a message's content: text, or an image, audio or file in OpenAI's form, or a video as gateways take it. */
export type ChatContentPart =
  | { type: "text"; text: string }
  | {
      type: "image_url";
      image_url: { url: string; detail?: "auto" | "low" | "high" | (string & {}) | undefined };
    }
  | { type: "input_audio"; input_audio: { data: string; format: "wav" | "mp3" | (string & {}) } }
  | {
      type: "file";
      file: { file_data?: string | undefined; filename?: string | undefined; file_id?: string | undefined };
    }
  | { type: "video_url"; video_url: { url: string } }
  | { type: "refusal"; refusal: string };

/** A part that a model takes beyond OpenAI's format; sent as it is. */
export type CustomContentPart = { type: string; [extra: string]: unknown };

/** A tool call of an assistant message. `arguments` is JSON as text. */
export interface ChatToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** A message of the conversation. Unknown fields are sent as they are. */
export type ChatMessage = (
  | { role: "system" | "developer"; content: string | ChatContentPart[]; name?: string | undefined }
  | { role: "user"; content: string | (ChatContentPart | CustomContentPart)[]; name?: string | undefined }
  | {
      role: "assistant";
      content?: string | ChatContentPart[] | null | undefined;
      name?: string | undefined;
      tool_calls?: ChatToolCall[] | undefined;
      reasoning_content?: string | undefined;
      refusal?: string | null | undefined;
    }
  | { role: "tool"; content: string | ChatContentPart[]; tool_call_id: string }
) & { [extra: string]: unknown };

/** A function that the model may call. `parameters` is a JSON schema. */
export interface ChatTool {
  type: "function";
  function: {
    name: string;
    description?: string | undefined;
    parameters?: JsonObject | undefined;
    strict?: boolean | undefined;
  };
}

/** Which tool the model calls, if any. */
export type ChatToolChoice = "none" | "auto" | "required" | { type: "function"; function: { name: string } };

/** The form of the answer. */
export type ChatResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: {
        name: string;
        description?: string | undefined;
        schema?: JsonObject | undefined;
        strict?: boolean | undefined;
      };
    };

/**
 * The body of `POST /chat/completions` in OpenAI's format. Fields that are not listed are sent as they are. `stream` is
 * set by the method that is called.
 */
export interface ChatRequestBody {
  /** Model id, for example `deepseek-v3`; `listModels()` tells which there are. */
  model: string;
  messages: ChatMessage[];
  /** 0–2; the service's default is 1. */
  temperature?: number | undefined;
  /** Most tokens to generate; the service's default is 4096. */
  max_tokens?: number | undefined;
  max_completion_tokens?: number | undefined;
  /** 0–1. */
  top_p?: number | undefined;
  frequency_penalty?: number | undefined;
  presence_penalty?: number | undefined;
  seed?: number | undefined;
  stop?: string | string[] | undefined;
  n?: number | undefined;
  tools?: ChatTool[] | undefined;
  tool_choice?: ChatToolChoice | undefined;
  parallel_tool_calls?: boolean | undefined;
  response_format?: ChatResponseFormat | undefined;
  reasoning_effort?: string | undefined;
  logprobs?: boolean | undefined;
  top_logprobs?: number | undefined;
  logit_bias?: Record<string, number> | undefined;
  user?: string | undefined;
  stream_options?: { include_usage?: boolean | undefined } | undefined;
  [extra: string]: unknown;
}

/** Whether `value` is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What {@link writeJson} gives for JSON that is nested too deeply to be written. */
export const tooDeep = "[nested too deeply]";

/** JSON as text; what is nested too deeply for that gives a text that is no JSON. */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return tooDeep;
  }
}
