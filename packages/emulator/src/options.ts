import type { ModelOptions } from "./answers/models.ts";
import type { ReplyRule } from "./answers/reply.ts";
import type { FaultRule } from "./faults/fault.ts";
import type { KeyOptions, RateLimitOptions } from "./limits/keys.ts";
import type { PaceOptions } from "./wire/pace.ts";

/** How the emulator behaves. Without options: one key, no rate limit, no faults, answers at once. */
export interface EmulatorOptions {
  /** Changes the default replies, generated arguments, jitter and write sizes; the same seed, the same bytes. Default: 0. */
  seed?: number;
  /** The models on offer, ids or with details. Default: deepseek-v3, gpt-4o and, with reasoning, deepseek-r1. */
  models?: readonly (string | ModelOptions)[];
  /** The field that reasoning comes in, which Celuxe does not document. Default: "reasoning_content". */
  reasoningField?: "reasoning_content" | "reasoning";
  /** Whether web pages of other origins may call it. Default: false. */
  cors?: boolean;
  /** The API keys. Default: one key, `emulator.apiKey`. */
  keys?: readonly KeyOptions[];
  /** The rate limit of each key. Default: unlimited. */
  rateLimit?: RateLimitOptions;
  /** How fast answers come. Default: at once. */
  pace?: PaceOptions;
  /** What goes wrong, and when. More with `emulator.faults.add`. */
  faults?: readonly FaultRule[];
  /** What the models say, and when. More with `emulator.replies.add`. Default: an answer made from prompt and seed. */
  replies?: readonly ReplyRule[];
  /** With "manual", time passes only by `emulator.clock.advance`. Default: "real". */
  clock?: "real" | "manual";
}
