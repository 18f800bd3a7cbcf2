import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Reply, ReplyRule } from "./answers/reply.ts";
import { ConfigurationError } from "./errors.ts";
import type { FaultRule } from "./faults/fault.ts";
import type { EmulatorOptions } from "./options.ts";
import { emulatorSchema, faultRuleSchema, replyRuleSchema, replySchema, serverSchema } from "./options-schema.ts";

// Each gives a copy without what is null, which counts as not given, and throws a ConfigurationError. Rules are given
// back themselves: what they say may change while the emulator runs.

export function checkEmulatorOptions(options: unknown): EmulatorOptions {
  return withRules(check(emulatorSchema, options ?? {}, ""), options);
}

/** The emulator's options with those of its server. */
export function checkServerOptions(options: unknown): z.output<typeof serverSchema> {
  return withRules(check(serverSchema, options ?? {}, ""), options);
}

export function checkFaultRule(rule: FaultRule): FaultRule {
  return toLive(check(faultRuleSchema, rule, "faults.add"), rule);
}

export function checkReplyRule(rule: ReplyRule): ReplyRule {
  return toLive(check(replyRuleSchema, rule, "replies.add"), rule);
}

export function checkReply(reply: unknown): Reply {
  return check(replySchema, reply, "reply");
}

function check<Output>(schema: z.ZodType<Output>, given: unknown, within: string): Output {
  const result = schema.safeParse(given, { error: inWords, reportInput: true });
  if (result.success) return result.data;
  const { path, message } = tellingIssue(result.error.issues);
  const field = path.reduce<string>((start, step) => {
    if (typeof step === "number") return `${start}[${step}]`;
    return start === "" ? String(step) : `${start}.${String(step)}`;
  }, within);
  throw new ConfigurationError(
    field || "options",
    `${field || "The options"} ${message.endsWith("?") ? message : `${message}.`}`,
  );
}

function withRules<Options extends EmulatorOptions>(checked: Options, given: unknown): Options {
  const { faults, replies } = (given ?? {}) as EmulatorOptions;
  return {
    ...checked,
    faults: checked.faults?.map((rule, index) => toLive(rule, faults?.[index])),
    replies: checked.replies?.map((rule, index) => toLive(rule, replies?.[index])),
  };
}

/** The rule that was given, unless something in it is null. */
function toLive<R extends FaultRule | ReplyRule>(checked: R, given: R | undefined): R {
  const inside = given && ("fault" in given ? given.fault : given.reply);
  const values = [...Object.values(given ?? {}), ...Object.values(inside ?? {})] as unknown[];
  return given === undefined || values.includes(null) ? checked : given;
}

interface Told {
  path: PropertyKey[];
  message: string;
}

/** One issue is told: a name that does not exist before what is missing, which it may have been meant for. */
function tellingIssue(issues: readonly z.core.$ZodIssue[]): Told {
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (!issue) return { path: [], message: "cannot work" };
  const { path, message, input } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return { path: [...path, issue.keys[0] ?? ""], message };
    case "invalid_value":
      return { path, message: message + not(input) + didYouMean(input, issue.values) };
    case "invalid_union": {
      if (issue.discriminator !== undefined) {
        const value = (input as Record<string, unknown>)[issue.discriminator];
        return { path, message: message + not(value) + didYouMean(value, optionsOf(issue)) };
      }
      // The form that was meant is the one that is wrong only inside.
      const meant = issue.errors.find((form) => form.every(isInside));
      if (!meant) {
        const values = issue.errors.flat().flatMap((form) => (form.code === "invalid_value" ? form.values : []));
        const forms = issue.errors.flatMap((form) => form.map((one) => one.message.replace("must be ", "")));
        return { path, message: `must be ${forms.join(" or ")}${not(input)}${didYouMean(input, values)}` };
      }
      const inside = tellingIssue(meant);
      return { ...inside, path: [...path, ...inside.path] };
    }
    default:
      return { path, message: message + not(input) };
  }
}

/** The values of a discriminator, which zod's types leave out. */
function optionsOf(issue: object): readonly unknown[] {
  return "options" in issue && Array.isArray(issue.options) ? issue.options : [];
}

function isInside({ code, path }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === "unrecognized_keys";
}

function not(value: unknown): string {
  if (value === undefined) return " and is missing";
  if (Array.isArray(value)) return ", not array";
  const isShort =
    typeof value === "string" ? value.length <= 20 : typeof value === "number" || typeof value === "boolean";
  // A longer text may be a key.
  return `, not ${isShort ? JSON.stringify(value) : typeof value}`;
}

/** Where options belong that are often sought elsewhere. */
const elsewhere: Record<string, string> = {
  plan: "rateLimit.plan",
  apiKey: "keys: [{ key }]",
  firstTokenMs: "pace.firstTokenMs",
  tokensPerSecond: "pace.tokensPerSecond",
  type: "fault.type",
  text: "reply.text",
  reply: "replies: [{ reply }]",
};

/** Words for what is wrong, before the value is named. */
function inWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      const name = issue.keys[0] ?? "";
      const hint = Object.hasOwn(elsewhere, name) ? `. Did you mean ${elsewhere[name]}?` : didYouMean(name, known);
      return `is not an option${hint === "" ? `: known are ${known.join(", ")}` : hint}`;
    }
    case "invalid_type":
      return `must be ${issue.expected}`;
    case "invalid_value":
      return `must be ${listed(issue.values)}`;
    case "invalid_union":
      return `must be ${listed(optionsOf(issue))}`;
    case "too_small":
      return `must be ${issue.inclusive ? "at least" : "above"} ${issue.minimum}`;
    case "too_big":
      return `must be ${issue.inclusive ? "at most" : "below"} ${issue.maximum}`;
    default:
      return "cannot work";
  }
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(" or ");
}

/** Case, underscores and dashes are what people mix up most; then a letter or two; then a part of the name. */
function didYouMean(given: unknown, known: readonly unknown[]): string {
  if (typeof given !== "string" || known.length === 0) return "";
  const letters = lettersOf(given);
  const others = known.map((name) => lettersOf(String(name)));
  const nearest = closest(letters, others);
  const isNear = distance(letters, nearest) <= (nearest.length < 6 ? 1 : 2);
  const index = others.findIndex((other) => (isNear ? other === nearest : isPart(letters, other)));
  return index < 0 ? "" : `. Did you mean ${String(known[index])}?`;
}

/** One or two letters are in everything. */
function isPart(text: string, other: string): boolean {
  const [short, long] = text.length < other.length ? [text, other] : [other, text];
  return short.length > 2 && long.includes(short);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, "");
}
