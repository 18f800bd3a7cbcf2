import type { ChatDelta } from "./deltas.ts";

/** Appends a delta, joining it with the one before where both continue the same block. */
export function appendDelta(deltas: ChatDelta[], delta: ChatDelta, merge: boolean): void {
  const last = merge ? deltas[deltas.length - 1] : undefined;
  if (last && last.type === delta.type) {
    if (last.type === "text" || last.type === "reasoning" || last.type === "refusal") {
      last.text += (delta as { text: string }).text;
      return;
    }
    if (last.type === "tool-call-arguments" && last.index === (delta as typeof last).index) {
      last.text += (delta as typeof last).text;
      return;
    }
  }
  deltas.push(delta);
}
