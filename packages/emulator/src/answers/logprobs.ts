import { createRandom, hash } from "../random.ts";

/** As OpenAI sends them: one entry a token, with its alternatives. */
export interface Logprobs {
  content: TokenLogprob[];
}

interface TokenLogprob extends Alternative {
  top_logprobs: Alternative[];
}

interface Alternative {
  token: string;
  logprob: number;
  bytes: number[];
}

/** Plausible log probabilities, the same for the same token: the token itself first, then `top - 1` others. */
export function logprobsOf(tokens: readonly string[], top: number): Logprobs {
  return { content: tokens.map((token) => entryOf(token, top)) };
}

function entryOf(token: string, top: number): TokenLogprob {
  const random = createRandom(hash(token));
  const first = toAlternative(token, -random() / 4);
  const others = Array.from({ length: Math.max(0, top - 1) }, (_, index) =>
    toAlternative(`${token}${index + 1}`, first.logprob - 2 - index - random()),
  );
  return { ...first, top_logprobs: top > 0 ? [first, ...others] : [] };
}

function toAlternative(token: string, logprob: number): Alternative {
  return { token, logprob: Number(logprob.toFixed(6)), bytes: [...new TextEncoder().encode(token)] };
}
