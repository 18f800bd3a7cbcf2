/**
 * What a model is known to do. Celuxe documents no capabilities, so these are those that the makers of the model
 * families document; `undefined` means unknown, and an adapter then takes the careful way.
 */
export interface ModelCapabilities {
  /** Thinks before it answers, and may send its reasoning. */
  reasoning: boolean | undefined;
  /** Takes `response_format: json_schema`. */
  jsonSchema: boolean | undefined;
  /** Takes `tool_choice: "required"` and the name of a tool. */
  forcedToolChoice: boolean | undefined;
  /** Takes images. */
  images: boolean | undefined;
  /** Tokens of prompt and answer together. */
  contextWindow: number | undefined;
  /** Most tokens of an answer. */
  maxOutputTokens: number | undefined;
}

interface Family extends Partial<ModelCapabilities> {
  /** Matches the model id in lower case, without the maker's prefix (`deepseek/`). */
  pattern: RegExp;
}

// The first that matches counts, so the narrower stand first.
const families: Family[] = [
  // DeepSeek, https://api-docs.deepseek.com: JSON mode but no json_schema; the reasoner refuses a forced tool choice.
  {
    pattern: /^deepseek-(r1|reasoner)/,
    reasoning: true,
    jsonSchema: false,
    forcedToolChoice: false,
    images: false,
    contextWindow: 128_000,
    maxOutputTokens: 64_000,
  },
  {
    pattern: /^deepseek-(v\d|chat)/,
    reasoning: false,
    jsonSchema: false,
    forcedToolChoice: true,
    images: false,
    contextWindow: 128_000,
    maxOutputTokens: 8_000,
  },
  // OpenAI, https://platform.openai.com/docs/models.
  {
    pattern: /^gpt-4o/,
    reasoning: false,
    jsonSchema: true,
    forcedToolChoice: true,
    images: true,
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
  },
  {
    pattern: /^gpt-4\.1/,
    reasoning: false,
    jsonSchema: true,
    forcedToolChoice: true,
    images: true,
    contextWindow: 1_047_576,
    maxOutputTokens: 32_768,
  },
  {
    pattern: /^gpt-5/,
    reasoning: true,
    jsonSchema: true,
    forcedToolChoice: true,
    images: true,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
  },
  {
    pattern: /^o[134](-|$)/,
    reasoning: true,
    jsonSchema: true,
    forcedToolChoice: true,
    images: true,
    contextWindow: 200_000,
    maxOutputTokens: 100_000,
  },
  {
    pattern: /^gpt-3\.5/,
    reasoning: false,
    jsonSchema: false,
    forcedToolChoice: true,
    images: false,
    contextWindow: 16_385,
    maxOutputTokens: 4_096,
  },
  // Anthropic, https://docs.claude.com/en/docs/about-claude/models.
  { pattern: /^claude-/, forcedToolChoice: true, images: true, contextWindow: 200_000 },
  // Google, https://ai.google.dev/gemini-api/docs/models.
  {
    pattern: /^gemini-/,
    jsonSchema: true,
    forcedToolChoice: true,
    images: true,
    contextWindow: 1_048_576,
  },
];

/**
 * What is known of a model by its id. An unknown id gives `undefined` in every field.
 *
 * @example
 * modelCapabilities("gpt-4o").images; // true
 */
export function modelCapabilities(modelId: string): ModelCapabilities {
  const name = modelId.toLowerCase().slice(modelId.lastIndexOf("/") + 1);
  const known = families.find(({ pattern }) => pattern.test(name));
  return {
    reasoning: known?.reasoning,
    jsonSchema: known?.jsonSchema,
    forcedToolChoice: known?.forcedToolChoice,
    images: known?.images,
    contextWindow: known?.contextWindow,
    maxOutputTokens: known?.maxOutputTokens,
  };
}
