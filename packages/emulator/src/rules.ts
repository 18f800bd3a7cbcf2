import type { JournalEntry } from "./journal.ts";

/**
 * Which requests a fault or a reply is for. Without any field: all of them. Faults see every request to the API, replies
 * only chat requests that are answered.
 */
export interface Rule {
  /**
   * The first request that the rule takes, counted from 1 among those that `match` accepts, from the
   * moment the rule was added.
   */
  call?: number;
  /**
   * Which requests count for the rule. A string must be part of the last message's text, a regular expression must
   * match it, a function decides on the whole request.
   */
  match?: string | RegExp | ((request: JournalEntry) => boolean);
  /** How many requests in a row the rule takes. Default: 1 with `call`, else all. */
  times?: number;
}

/** Rules that can be changed while the emulator runs. The first rule that takes a request wins. */
export interface RuleList<R extends Rule> {
  /** Adds rules behind those that are there. @throws ConfigurationError for one that cannot work; then none is added */
  add(...rules: R[]): void;
  /** Removes all rules. */
  clear(): void;
}

export interface Rules<R extends Rule> extends RuleList<R> {
  /** The rule for this request. Every rule counts every request that it matches, also one that another rule takes. */
  next(request: JournalEntry): R | undefined;
}

/** `check` refuses rules that cannot work, those of the options excepted: they were checked with them. */
export function createRules<R extends Rule>(initial: readonly R[] | undefined, check: (rule: R) => R): Rules<R> {
  let entries = (initial ?? []).map((rule) => ({ rule, seen: 0 }));
  return {
    add: (...rules) => void entries.push(...rules.map((rule) => ({ rule: check(rule), seen: 0 }))),
    clear: () => void (entries = []),
    next(request) {
      let winner: R | undefined;
      for (const entry of entries) {
        if (!matches(entry.rule.match, request)) continue;
        entry.seen++;
        if (isTaken(entry.rule, entry.seen)) winner ??= entry.rule;
      }
      return winner;
    },
  };
}

function isTaken(rule: Rule, seen: number): boolean {
  const first = rule.call ?? 1;
  const times = rule.times ?? (rule.call === undefined ? Infinity : 1);
  return seen >= first && seen < first + times;
}

function matches(match: Rule["match"], request: JournalEntry): boolean {
  if (match === undefined) return true;
  if (typeof match === "function") return match(request);
  const text = lastText(request.body);
  return typeof match === "string" ? text.includes(match) : text.search(match) >= 0;
}

/** The text of the last message, whatever its role; "" where there is none. */
function lastText(body: unknown): string {
  const messages = isRecord(body) && Array.isArray(body.messages) ? body.messages : [];
  const last: unknown = messages.at(-1);
  const content = isRecord(last) ? last.content : undefined;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isRecord(part) && typeof part.text === "string" ? part.text : "")).join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
