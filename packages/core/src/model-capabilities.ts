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

interface Family {
  /** Matches the model id in lower case, without the maker's prefix (`deepseek/`). */
  pattern: RegExp;
  known: Partial<ModelCapabilities>;
}

const textOnly = { images: false } as const;
const deepseek = { ...textOnly, jsonSchema: false } as const;
const openai = { jsonSchema: true, forcedToolChoice: true, images: true } as const;

// The first that matches counts, so the narrower stand first. What the makers changed over time, or leave to whoever
// hosts the model, is left out, or stands here as the least that they ever offered.
const families: Family[] = [
  // DeepSeek: https://api-docs.deepseek.com/quick_start/pricing (window, output), /guides/json_mode (JSON objects, no
  // schemas), /guides/reasoning_model (no forced tool choice). V3 and R1 had 64K there, their successors have 128K.
  { pattern: /^deepseek-r1-distill/, known: { ...textOnly, reasoning: true, forcedToolChoice: false } },
  {
    pattern: /^deepseek-r1/,
    known: { ...deepseek, reasoning: true, forcedToolChoice: false, contextWindow: 64_000 },
  },
  {
    pattern: /^deepseek-reasoner/,
    known: {
      ...deepseek,
      reasoning: true,
      forcedToolChoice: false,
      contextWindow: 128_000,
      maxOutputTokens: 64_000,
    },
  },
  {
    pattern: /^deepseek-chat/,
    known: {
      ...deepseek,
      reasoning: false,
      forcedToolChoice: true,
      contextWindow: 128_000,
      maxOutputTokens: 8_000,
    },
  },
  // One model with a thinking and a plain mode: which of them is the host's choice.
  {
    pattern: /^deepseek-v3[.p-]?[12](?!\d)/,
    known: { ...deepseek, contextWindow: 128_000, maxOutputTokens: 8_000 },
  },
  {
    pattern: /^deepseek-v[23]/,
    known: {
      ...deepseek,
      reasoning: false,
      forcedToolChoice: true,
      contextWindow: 64_000,
      maxOutputTokens: 8_000,
    },
  },

  // OpenAI: https://platform.openai.com/docs/models, a page for each; /docs/guides/structured-outputs (which take schemas).
  {
    pattern: /^chatgpt-4o/,
    known: {
      reasoning: false,
      jsonSchema: false,
      forcedToolChoice: false,
      images: true,
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
    },
  },
  {
    pattern: /^gpt-4o-2024-05-13/,
    known: { ...openai, jsonSchema: false, reasoning: false, contextWindow: 128_000, maxOutputTokens: 4_096 },
  },
  // Models for speech and search share the name and little else.
  { pattern: /^gpt-4o-(?!mini$|mini-\d|\d)/, known: {} },
  {
    pattern: /^gpt-4o/,
    known: { ...openai, reasoning: false, contextWindow: 128_000, maxOutputTokens: 16_384 },
  },
  {
    pattern: /^gpt-4\.1/,
    known: { ...openai, reasoning: false, contextWindow: 1_047_576, maxOutputTokens: 32_768 },
  },
  {
    pattern: /^gpt-4-turbo/,
    known: { ...openai, jsonSchema: false, reasoning: false, contextWindow: 128_000, maxOutputTokens: 4_096 },
  },
  {
    pattern: /^gpt-5(\.\d+)?-chat/,
    known: { reasoning: false, images: true, contextWindow: 128_000, maxOutputTokens: 16_384 },
  },
  {
    pattern: /^gpt-5(?!\d)/,
    known: { ...openai, reasoning: true, contextWindow: 400_000, maxOutputTokens: 128_000 },
  },
  {
    pattern: /^o1-(mini|preview)/,
    known: {
      ...textOnly,
      reasoning: true,
      jsonSchema: false,
      forcedToolChoice: false,
      contextWindow: 128_000,
      maxOutputTokens: 32_768,
    },
  },
  {
    pattern: /^o3-mini/,
    known: { ...openai, ...textOnly, reasoning: true, contextWindow: 200_000, maxOutputTokens: 100_000 },
  },
  {
    pattern: /^(o1|o3|o4-mini)(-(pro|\d[\d-]*))?$/,
    known: { ...openai, reasoning: true, contextWindow: 200_000, maxOutputTokens: 100_000 },
  },
  {
    pattern: /^gpt-3\.5-turbo/,
    known: {
      ...textOnly,
      reasoning: false,
      jsonSchema: false,
      forcedToolChoice: true,
      contextWindow: 16_385,
      maxOutputTokens: 4_096,
    },
  },

  // Anthropic: https://docs.claude.com/en/docs/about-claude/models, /docs/agents-and-tools/tool-use. Thinking is asked
  // for by a request, and forbids a forced tool choice; without it, both hold.
  {
    pattern: /^claude-(3|opus|sonnet|haiku)/,
    known: { forcedToolChoice: true, images: true, contextWindow: 200_000 },
  },

  // Google: https://ai.google.dev/gemini-api/docs/models, /docs/openai (its API in OpenAI's format).
  { pattern: /^gemini-.*(image|tts|audio|live|embedding)/, known: {} },
  {
    pattern: /^gemini-(2\.5-pro|2\.5-flash(?!-lite)|3)/,
    known: { ...openai, reasoning: true, contextWindow: 1_048_576, maxOutputTokens: 65_536 },
  },
  { pattern: /^gemini-(1\.5|2)/, known: { ...openai, contextWindow: 1_048_576 } },
];

/**
 * What is known of a model by its id. An unknown id gives `undefined` in every field.
 *
 * @example
 * modelCapabilities("gpt-4o").images; // true
 */
export function modelCapabilities(modelId: string): ModelCapabilities {
  const name = modelId.slice(modelId.lastIndexOf("/") + 1).toLowerCase();
  return {
    reasoning: undefined,
    jsonSchema: undefined,
    forcedToolChoice: undefined,
    images: undefined,
    contextWindow: undefined,
    maxOutputTokens: undefined,
    ...families.find(({ pattern }) => pattern.test(name))?.known,
  };
}
