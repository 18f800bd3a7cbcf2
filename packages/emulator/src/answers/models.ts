/** A model of the emulator. Fields that are not named here go into the model list as they are. */
export interface ModelOptions {
  /** The model id, as requests send it. */
  id: string;
  /** Thinks before it answers: the answer carries reasoning. Default: false. */
  reasoning?: boolean;
  /** Seconds since the epoch, for the model list. Default: 1735689600 (1 January 2025). */
  created?: number;
  /** For the model list. Default: "celuxe". */
  owned_by?: string;
  /** US dollars for a million tokens, prompt and answer alike; what a key's balance falls by. Default: 1. */
  pricePerMillionTokens?: number;
  [field: string]: unknown;
}

export interface Model {
  id: string;
  reasoning: boolean;
  pricePerMillionTokens: number;
  /** The entry of `GET /v1/models`, in OpenAI's list format. */
  listed: Record<string, unknown>;
}

/** The ids that Celuxe documents (deepseek-v3, gpt-4o), and one model that reasons. */
const DEFAULT_MODELS: readonly ModelOptions[] = [
  { id: "deepseek-v3" },
  { id: "gpt-4o" },
  { id: "deepseek-r1", reasoning: true },
];

export function createModels(models: readonly (string | ModelOptions)[] = DEFAULT_MODELS): Map<string, Model> {
  return new Map(
    models.map((given) => {
      const {
        id,
        reasoning = false,
        created = 1_735_689_600,
        owned_by = "celuxe",
        pricePerMillionTokens = 1,
        ...rest
      } = typeof given === "string" ? { id: given } : given;
      const listed = { id, object: "model", created, owned_by, ...rest };
      return [id, { id, reasoning, pricePerMillionTokens, listed }];
    }),
  );
}
