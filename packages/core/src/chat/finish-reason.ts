import type { FinishReason } from "./deltas.ts";

/**
 * One vocabulary for the finish reasons of all vendors, which gateways pass on: frameworks run tools only on the
 * reasons that they know. A whole answer without a reason simply ended; a stream without one is not whole.
 */
export function toFinishReason(rawReason: string | undefined): FinishReason {
  if (rawReason === undefined) return "stop";
  const known = finishReasons.get(rawReason) ?? finishReasons.get(rawReason.toLowerCase().replaceAll("-", "_"));
  return known ?? "other";
}

const words: Record<Exclude<FinishReason, "other">, string[]> = {
  // OpenAI; Anthropic; Text Generation Inference and Together; Cohere.
  stop: ["stop", "end_turn", "stop_sequence", "eos", "eos_token", "end", "complete", "completed"],
  // OpenAI; Anthropic and Gemini; Responses API; Mistral; Anthropic; Cohere.
  length: [
    "length",
    "max_tokens",
    "max_output_tokens",
    "max_length",
    "model_length",
    "model_context_window_exceeded",
    "error_limit",
  ],
  // OpenAI, new and old; Anthropic; gateways.
  "tool-calls": ["tool_calls", "function_call", "tool_use", "tool_call"],
  // OpenAI; Anthropic; Gemini; Bedrock; GLM; Cohere.
  "content-filter": [
    "content_filter",
    "refusal",
    "safety",
    "recitation",
    "prohibited_content",
    "blocklist",
    "spii",
    "content_filtered",
    "guardrail_intervened",
    "sensitive",
    "error_toxic",
  ],
  // OpenRouter; GLM; DeepSeek; vLLM; Gemini; Cohere.
  error: ["error", "network_error", "insufficient_system_resource", "abort", "malformed_function_call", "user_cancel"],
};

const finishReasons = new Map(
  Object.entries(words).flatMap(([reason, list]) => list.map((word) => [word, reason as FinishReason] as const)),
);
