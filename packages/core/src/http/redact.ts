/** Removes a key from text that came from outside, in any case and however it is escaped there. */
export type Redact = (text: string) => string;

/** Removes what may be a key, where none is known yet. */
export const redactAnyKey: Redact = (text) => text.replace(/\bsk-[\w-]{6,}|\bBearer\s+[^\s"']+/gi, "[redacted]");

// Who shows fewer letters than these, as masks do, shows no key.
const telltale = 8;

/** Makes the one for a key, whose pattern is made when it is first needed. */
export function createRedact(key: string): Redact {
  let pattern: RegExp | undefined;
  return (text) => text.replace((pattern ??= patternOf(key)), "[redacted]");
}

/**
 * The first letters of a key and what follows them: a body may break off inside the key, and whatever else begins like
 * it is none to show either. The rest is not spelled out, for a key may be longer than a pattern can be.
 */
function patternOf(key: string): RegExp {
  const head = Array.from(key.slice(0, telltale), anyFormOf).join("");
  const ends = ['"', "'", "<", ">"].filter((end) => !key.includes(end)).join("");
  const rest = key.length > telltale ? `(?:[^\\s${ends}]*[^\\s${ends}\\\\.,;:!?)])?` : "";
  // Host names come back in lower case.
  return new RegExp(head + rest, "gi");
}

/** A letter as it is, as JSON and JSON inside JSON write it, and as URLs and pages do. */
function anyFormOf(letter: string): string {
  const hex = letter.charCodeAt(0).toString(16);
  const escaped = letter === "\\" ? "\\\\{1,8}" : `\\\\{0,4}${letter.replace(/[.*+?^${}()|[\]/-]/g, "\\$&")}`;
  const entity = /\w/.test(letter) ? "" : "|&#?\\w{2,5};";
  return `(?:${escaped}|\\\\{1,4}u00${hex}|%(?:25){0,3}${hex}${entity})`;
}
