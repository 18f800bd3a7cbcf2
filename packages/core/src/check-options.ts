import { ConfigurationError } from "./errors.ts";

/**
 * The options that there are, each with its type: what `typeof` says, `array`, `any`, or a value in quotes as JSON writes
 * it; several with ` | ` between them.
 */
export type KnownOptions = Readonly<Record<string, string>>;

/** How {@link checkOptions} takes what is not known. */
export interface OptionCheck {
  /** What the options are part of, as in `rateLimit`: stands before each name in the errors. */
  within?: string;
  /**
   * Names that others use, by their letters alone in lower case with spaces between (`"apibase url"`), under the known
   * name that is meant or a sentence that says where it belongs. Those of the options that all packages share are known.
   */
  spellings?: Readonly<Record<string, string>>;
  /** Whether options pass that are like none of the known ones. Default false. */
  open?: boolean;
}

/**
 * Refuses options that are misspelt or of the wrong type, which would else be without effect. `undefined` and `null`
 * count as not given. Only names are compared and shown: a value may be a secret.
 *
 * @returns the options themselves; none where they are not given.
 * @throws {ConfigurationError} that names the option and the nearest known one.
 * @example
 * checkOptions(settings, { name: "string", strict: 'boolean | "auto"' }, { spellings: { name: "title label" } });
 */
export function checkOptions<Options extends object>(
  given: Options | null | undefined,
  known: KnownOptions,
  check: OptionCheck = {},
): Options {
  given ??= {} as Options;
  const { within = "options" } = check;
  if (kindOf(given) !== "object")
    throw refusal(within, `${within} must be an object, not of the type ${kindOf(given)}.`);
  // Asked for every call: a loop over what is given, without a copy. Inherited options count, as they do when read.
  for (const name in given) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === undefined) refuseUnknown(name, known, check);
    else if (!fits(value, type)) {
      const field = fieldOf(name, check);
      throw refusal(field, `${field} must be ${type.replaceAll("|", "or")}, not ${describe(value)}.`);
    }
  }
  return given;
}

/** What other clients call the options that all our packages share, where their letters do not tell. */
const sharedSpellings: OptionCheck["spellings"] = {
  baseURL: "url uri host endpoint server apibase apiurl basepath configuration clientoptions openaiapibase",
  apiKey: "key token secret auth openaiapikey",
  rateLimit: "rpm plan",
  maxRetries: "retry",
  limit: "rpm",
};

/** A value in the words of an error: short texts and numbers as they are, what may be a secret by its type. */
export function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 20 ? "this string" : JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

/** Names that passed before, as those that a framework sends along with every call do. */
const passed = new WeakMap<KnownOptions, Set<string>>();

function refuseUnknown(name: string, known: KnownOptions, check: OptionCheck): void {
  if (passed.get(known)?.has(name)) return;
  const letters = lettersOf(name);
  const names = Object.keys(known);
  const others = names.map(lettersOf);
  const find = (fits: (other: string) => boolean) => names[others.findIndex(fits)];
  // Of a short name little is left after two edits.
  const nearest = (edits: number) => find((other) => edits * 3 < other.length && isNear(letters, other, edits));
  const spelled = () =>
    [check.spellings, sharedSpellings]
      .flatMap((more) => Object.entries(more ?? {}))
      .find(
        ([meant, spellings]) =>
          (meant.includes(" ") || names.includes(meant)) && spellings.split(" ").includes(letters),
      )?.[0];
  const partOf = () => find((other) => isPart(letters, other) || isPart(other, letters));
  const meant = nearest(0) ?? spelled() ?? nearest(1) ?? nearest(2) ?? (check.open ? undefined : partOf());
  if (check.open && !meant) {
    const seen = passed.get(known) ?? new Set();
    // Names that come from outside must not fill the memory.
    if (seen.size < 100) passed.set(known, seen.add(name));
    return;
  }
  const field = fieldOf(name.slice(0, 40), check);
  const remedy = !meant
    ? `Known are ${names.join(", ")}.`
    : names.includes(meant)
      ? `Did you mean ${fieldOf(meant, check)}?`
      : meant;
  throw refusal(field, `There is no option ${field}. ${remedy}`);
}

/** Case, underscores and dashes are what people mix up most. */
function lettersOf(name: string): string {
  return name
    .slice(0, 40)
    .replace(/[^a-z]/gi, "")
    .toLowerCase();
}

/** One or two letters are in everything. */
function isPart(text: string, other: string): boolean {
  return text.length > 2 && other.includes(text);
}

/** Whether at most `edits` letters are missing, too many, others, or changed places with the next. */
function isNear(text: string, other: string, edits: number): boolean {
  if (Math.abs(text.length - other.length) > edits) return false;
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  const [a, b] = [text.slice(same), other.slice(same)];
  if (a === "" || b === "") return a.length + b.length <= edits;
  return (
    edits > 0 &&
    (isNear(a.slice(1), b.slice(1), edits - 1) ||
      isNear(a.slice(1), b, edits - 1) ||
      isNear(a, b.slice(1), edits - 1) ||
      (a[0] === b[1] && a[1] === b[0] && isNear(a.slice(2), b.slice(2), edits - 1)))
  );
}

function fits(value: unknown, type: string): boolean {
  const kind = kindOf(value);
  if (type === kind || type === "any") return true;
  const literal = kind === "string" ? JSON.stringify(value) : kind === "boolean" ? String(value) : kind;
  return type.split(" | ").some((one) => one === kind || one === literal);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  // No option takes it.
  return Number.isNaN(value) ? "NaN" : typeof value;
}

function fieldOf(name: string, { within }: OptionCheck): string {
  return within ? `${within}.${name}` : name;
}

function refusal(field: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { field });
}
