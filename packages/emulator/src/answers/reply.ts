import type { JournalEntry } from "../journal.ts";
import type { Rule } from "../rules.ts";

/** A reply and the requests that it is for. */
export interface ReplyRule extends Rule {
  reply: Reply | ((request: JournalEntry) => Reply);
}

/** What the model says, whatever the request asks for; `stop` and `max_tokens` still cut it. */
export interface Reply {
  /** The text; an array is sent token by token as it stands, one chunk each when streaming. */
  text?: string | readonly string[];
  /** What it thinks before, from any model. */
  reasoning?: string | readonly string[];
  /** A refusal in place of text. */
  refusal?: string;
  toolCalls?: readonly ReplyToolCall[];
  /** Default: `length` when cut by `max_tokens`, else `tool_calls` with tool calls, else `stop`. */
  finishReason?: string;
  /** Put over the counted usage, for details such as `{ prompt_tokens_details: { cached_tokens: 5 } }`. */
  usage?: Record<string, unknown>;
}

export interface ReplyToolCall {
  name: string;
  /** An object is sent as its JSON, a string as it is; an array of strings piece by piece. Default: `{}`. */
  arguments?: string | readonly string[] | Record<string, unknown>;
  /** Default: made from the seed. */
  id?: string;
}
