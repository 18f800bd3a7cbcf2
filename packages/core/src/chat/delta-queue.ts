import type { ChatDelta } from "./deltas.ts";

/** Deltas on their way to the consumer, in the order in which they came. */
export interface DeltaQueue {
  /**
   * Adds a delta. Where the queue merges, it is joined with the one before if both continue the same block; log
   * probabilities, which come between the texts that they belong to, do not keep these apart.
   */
  append(delta: ChatDelta): void;
  take(): ChatDelta | undefined;
  /** Puts deltas that were taken back to where they were. */
  putBack(deltas: ChatDelta[]): void;
  length(): number;
  clear(): void;
}

export function createDeltaQueue(merge: boolean): DeltaQueue {
  // Two stacks: shifting a long array moves all that is behind.
  let added: ChatDelta[] = [];
  /** Older than those added, the next one last. */
  let waiting: ChatDelta[] = [];

  /** The delta that stands so far from the newest, which is 0. */
  function newest(position: number): ChatDelta | undefined {
    return position < added.length ? added[added.length - 1 - position] : waiting[position - added.length];
  }

  return {
    append(delta) {
      if (merge) {
        const last = newest(0);
        if (last && joined(last, delta)) return;
        const before = last?.type === "logprobs" ? newest(1) : undefined;
        if (before && joined(before, delta)) return;
      }
      added.push(delta);
    },
    take() {
      if (waiting.length === 0 && added.length > 1) [waiting, added] = [added.toReversed(), []];
      return waiting.length > 0 ? waiting.pop() : added.pop();
    },
    putBack: (deltas) => void (waiting = waiting.concat(deltas.toReversed())),
    length: () => waiting.length + added.length,
    clear() {
      added = [];
      waiting = [];
    },
  };
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
      addAll(earlier.content, later.content);
      addAll(earlier.refusal, later.refusal);
      return true;
    default:
      return false;
  }
}

/** Adds to a list what may be too much for the parameters of `push`. */
export function addAll<Item>(list: Item[], items: Item[]): void {
  for (const item of items) list.push(item);
}
