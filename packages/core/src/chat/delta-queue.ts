import type { ChatDelta } from "./deltas.ts";

/**
 * Appends a delta. With `merge`, it is joined with the one before where both continue the same block; log
 * probabilities, which come between the texts that they belong to, do not keep these apart.
 */
export function appendDelta(deltas: ChatDelta[], delta: ChatDelta, merge: boolean): void {
  if (merge && deltas.length > 0) {
    const last = deltas[deltas.length - 1]!;
    if (joined(last, delta)) return;
    if (last.type === "logprobs" && deltas.length > 1 && joined(deltas[deltas.length - 2]!, delta)) return;
  }
  deltas.push(delta);
}

function joined(earlier: ChatDelta, later: ChatDelta): boolean {
  switch (later.type) {
    case "text":
    case "reasoning":
    case "refusal":
      if (earlier.type !== later.type) return false;
      earlier.text += later.text;
      return true;
    case "tool-call-arguments":
      if (earlier.type !== later.type || earlier.index !== later.index) return false;
      earlier.text += later.text;
      return true;
    case "logprobs":
      if (earlier.type !== later.type) return false;
      earlier.content.push(...later.content);
      earlier.refusal.push(...later.refusal);
      return true;
    default:
      return false;
  }
}
