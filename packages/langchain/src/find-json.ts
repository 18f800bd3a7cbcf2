/** JSON in an answer. */
export interface FoundJson {
  text: string;
  /** Whether it comes to its end. */
  whole: boolean;
}

/**
 * Finds the JSON in an answer: all of it, or what stands in a fence, or between words. Of several values it is the
 * longest; one that is cut counts with what there is of it, so that a small whole one does not take its place.
 */
export function findJson(answer: string): FoundJson | undefined {
  const text = answer.trim();
  // A fence inside a string of the JSON is none.
  const fence = /^[[{]/.test(text) ? null : /```[a-z]*\s/i.exec(text);
  let found: FoundJson | undefined;
  for (let start = fence ? fence.index + fence[0].length : 0; ;) {
    const offset = text.slice(start).search(/[[{]/);
    if (offset < 0) return found;
    start += offset;
    const end = endOfValue(text, start);
    const length = (end ?? text.length) - start;
    if (length > (found?.text.length ?? 0)) {
      found = { text: text.slice(start, end), whole: end !== undefined };
    }
    if (end === undefined) return found;
    start = end;
  }
}

/** Where the object or list that begins at `start` ends; undefined where it does not. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}
