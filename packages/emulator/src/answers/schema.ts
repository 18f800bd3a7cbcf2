/** A JSON schema as an object; `true` and `false` are kept as they are. */
export type Schema = boolean | SchemaObject;

type SchemaObject = { readonly [keyword: string]: unknown };

/** What the generated values may be made of, taken from the conversation. */
export interface Hints {
  /** Names that the user speaks of: `Paris`, `New York`. */
  names: readonly string[];
  /** The user's last message, cut short. */
  topic: string;
}

/** Says what of a schema cannot be done. */
export class SchemaError extends Error {}

/** What a schema may ask for; more is refused, as no answer is that long. */
const BOUNDS = {
  // Each schema node, with references followed: a few nested references can describe millions.
  nodes: 5_000,
  items: 1_000,
  characters: 10_000,
  // Numbers beyond are taken as "no bound": zod writes the safe integers where nothing was said.
  number: 2 ** 31,
};

/**
 * The same schema, narrower, so that generated values are natural and finite: references are followed and recursion
 * ends where it may, null only where nothing else fits, words in place of random letters, some entries in open records.
 * Whatever fits the result fits the schema.
 *
 * @throws SchemaError
 */
export function narrowSchema(root: SchemaObject, hints: Hints): Schema {
  let nodes = 0;
  const narrowed = narrow(root, "", ["#"]);
  if (narrowed === undefined) throw new SchemaError("no finite value fits it");
  return narrowed;

  /** Undefined: no finite value fits. `refs`: the references that led here. */
  function narrow(schema: unknown, name: string, refs: readonly string[]): Schema | undefined {
    if (++nodes > BOUNDS.nodes) throw new SchemaError("it is too large");
    if (schema === true || schema === undefined) return textLike({}, name);
    if (schema === false) return undefined;
    if (!isObject(schema)) throw new SchemaError("a schema must be an object or a boolean");
    const { $ref: ref, ...siblings } = schema;
    if (typeof ref === "string") {
      if (refs.includes(ref)) return undefined;
      return narrow({ ...resolve(root, ref), ...siblings }, name, [...refs, ref]);
    }
    const { $defs: _, definitions: __, ...own } = schema;
    const composed = narrowComposed(own, name, refs);
    if (!composed) return undefined;
    if ("enum" in own || "const" in own || "allOf" in own || "anyOf" in own || "oneOf" in own || "not" in own) {
      return "properties" in own ? narrowObject(composed, refs) : composed;
    }
    switch (typeOf(own)) {
      case "object":
        return narrowObject(composed, refs);
      case "array":
        return narrowArray(composed, name, refs);
      case "string":
        return textLike(composed, name);
      case "integer":
      case "number":
        return narrowNumber(composed);
      case undefined:
        return textLike(composed, name);
      default:
        return { ...composed, type: typeOf(own) };
    }
  }

  function narrowComposed(schema: SchemaObject, name: string, refs: readonly string[]): SchemaObject | undefined {
    const result: Record<string, unknown> = { ...schema };
    for (const keyword of ["anyOf", "oneOf", "allOf"]) {
      const given = schema[keyword];
      if (given === undefined) continue;
      if (!Array.isArray(given)) throw new SchemaError(`${keyword} must be a list`);
      const parts = given.map((part: unknown) => narrow(part, name, refs)).filter((part) => part !== undefined);
      if (parts.length === 0 || (keyword === "allOf" && parts.length < given.length)) return undefined;
      const telling = parts.filter((part) => !isObject(part) || (part.type !== "null" && part.const !== null));
      result[keyword] = keyword === "allOf" || telling.length === 0 ? parts : telling;
    }
    return result;
  }

  function narrowObject(schema: SchemaObject, refs: readonly string[]): SchemaObject | undefined {
    const given = isObject(schema.properties) ? schema.properties : {};
    const required = stringsOf(schema.required, "required");
    const properties = new Map<string, Schema>();
    for (const [name, property] of Object.entries(given)) {
      const value = narrow(property, name, refs);
      if (value !== undefined) properties.set(name, value);
      else if (required.includes(name)) return undefined;
    }
    for (const name of required) {
      if (name in given || properties.has(name)) continue;
      const value = narrow(schema.additionalProperties, name, refs);
      if (value === undefined) return undefined;
      properties.set(name, value);
    }
    for (const [name, property] of openEntries(schema, properties.size)) {
      const value = narrow(property, name, refs);
      if (value !== undefined) properties.set(name, value);
    }
    const { propertyNames: _, patternProperties: __, additionalProperties: ___, ...rest } = schema;
    return { ...rest, type: "object", properties: Object.fromEntries(properties), required: [...properties.keys()] };
  }

  function narrowArray(schema: SchemaObject, name: string, refs: readonly string[]): SchemaObject | undefined {
    // A list of schemas is how drafts before 2020-12 write a tuple.
    const tuple = schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined);
    const { additionalItems: _, ...rest } = schema;
    if (tuple !== undefined) {
      if (!Array.isArray(tuple)) throw new SchemaError("prefixItems must be a list");
      const prefixItems = tuple.map((item: unknown) => narrow(item, name, refs));
      if (prefixItems.includes(undefined)) return undefined;
      const length = { minItems: prefixItems.length, maxItems: prefixItems.length };
      return { ...rest, type: "array", prefixItems, items: false, ...length };
    }
    const minItems = boundOf(schema.minItems, "minItems", BOUNDS.items);
    const maxItems = typeof schema.maxItems === "number" ? schema.maxItems : Infinity;
    const items = narrow(schema.items, name, refs);
    if (items === undefined) return minItems > 0 ? undefined : { ...rest, type: "array", items: {}, maxItems: 0 };
    const least = Math.max(minItems, Math.min(1, maxItems));
    return { ...rest, type: "array", items, minItems: least, maxItems: Math.min(maxItems, least + 1) };
  }

  function textLike(schema: SchemaObject, name: string): SchemaObject {
    const minLength = boundOf(schema.minLength, "minLength", BOUNDS.characters);
    const maxLength = typeof schema.maxLength === "number" ? schema.maxLength : Infinity;
    if (typeof schema.pattern === "string") toRegExp(schema.pattern);
    if (schema.pattern !== undefined || schema.format !== undefined) return { ...schema, type: "string" };
    const words = wordsFor(name, hints).filter((word) => word.length >= minLength && word.length <= maxLength);
    return words.length > 0 ? { type: "string", enum: words } : { ...schema, type: "string" };
  }
}

function narrowNumber(schema: SchemaObject): SchemaObject {
  const limit = (keyword: string) => {
    const value = schema[keyword];
    return typeof value === "number" && Math.abs(value) < BOUNDS.number ? value : undefined;
  };
  const step = limit("multipleOf") ?? 1;
  const exclusiveMinimum = limit("exclusiveMinimum");
  const exclusiveMaximum = limit("exclusiveMaximum");
  const over = limit("minimum") ?? exclusiveMinimum;
  const under = limit("maximum") ?? exclusiveMaximum;
  const minimum = over ?? (under === undefined ? step : under - 100 * step);
  const maximum = under ?? minimum + 100 * step;
  const bounds = {
    minimum,
    maximum,
    ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
    ...(exclusiveMaximum === undefined ? {} : { exclusiveMaximum }),
  };
  const steps = schema.multipleOf === undefined ? {} : { multipleOf: schema.multipleOf };
  // Whole numbers read better, and a step may be a fraction of one only where it was asked for.
  const whole = schema.type === "integer" || (schema.multipleOf === undefined && maximum - minimum >= 2);
  return { type: whole ? "integer" : "number", ...bounds, ...steps };
}

/** Entries for a record whose keys are open: two, or as many as it must have. */
function* openEntries(schema: SchemaObject, existing: number): Iterable<[string, unknown]> {
  const patterns = isObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const value = schema.additionalProperties ?? (schema.minProperties === undefined ? undefined : true);
  const open = value !== undefined && value !== false ? value : undefined;
  if (open === undefined && patterns.length === 0) return;
  const least = boundOf(schema.minProperties, "minProperties", BOUNDS.items);
  const most = typeof schema.maxProperties === "number" ? schema.maxProperties : Infinity;
  const wanted = Math.min(most, Math.max(least, existing > 0 ? 0 : 2)) - existing;
  const names = isObject(schema.propertyNames) ? schema.propertyNames : {};
  for (let entry = 0; entry < wanted; entry++) {
    const [pattern, ofPattern] = patterns[entry % Math.max(1, patterns.length)] ?? [];
    const name = pattern === undefined ? nameFor(names, entry) : matching(pattern, entry);
    if (name === undefined) return;
    yield [name, pattern === undefined ? open : ofPattern];
  }
}

function nameFor(names: SchemaObject, entry: number): string | undefined {
  if (Array.isArray(names.enum)) return names.enum.map(String)[entry];
  if (typeof names.pattern === "string") return matching(names.pattern, entry);
  return KEYS[entry] ?? `entry${entry + 1}`;
}

/** A name that matches, of a few likely ones; good for what people write: `^x-`, `^[a-z]+$`, `^[0-9]+$`, `_id$`. */
function matching(pattern: string, entry: number): string | undefined {
  const expression = toRegExp(pattern);
  const literal = pattern.replace(/[\^$]|\\.|\[.*?\][*+?]?|\.[*+?]?/g, "");
  const word = KEYS[entry] ?? `entry${entry + 1}`;
  const upper = word.toUpperCase();
  const likely = [
    word,
    literal + word,
    word + literal,
    literal + upper,
    upper,
    String(entry + 1),
    `${literal}${entry + 1}`,
  ];
  return likely.find((candidate) => expression.test(candidate));
}

const KEYS = ["first", "second", "third", "fourth"];
const PLACES = ["Paris", "London", "Tokyo"];
const WORDS = ["apple", "river", "morning", "garden", "silver", "window", "ocean", "paper", "forest", "lantern"];
const SENTENCES = ["A short text made by the emulator.", "Clear skies in the morning, a little rain later on."];

/** Natural text for a property of this name. */
function wordsFor(name: string, hints: Hints): readonly string[] {
  if (/cit(?:y|ies)|location|place|town|destination|countr|region|origin/i.test(name)) {
    return hints.names.length > 0 ? hints.names : PLACES;
  }
  if (/query|queries|question|search|topic|keyword/i.test(name) && hints.topic !== "") return [hints.topic];
  if (/description|summary|text|message|comment|reason|content|answer|note|body/i.test(name))
    return [...SENTENCES, ...WORDS];
  return WORDS;
}

function typeOf(schema: SchemaObject): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null") ?? "null";
  if (schema.type !== undefined) return schema.type;
  const has = (...keywords: string[]) => keywords.some((keyword) => keyword in schema);
  if (has("properties", "required", "additionalProperties", "patternProperties", "minProperties")) return "object";
  if (has("items", "prefixItems", "minItems", "maxItems")) return "array";
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) return "number";
  return undefined;
}

/** Follows `#` and `#/…` (RFC 6901 in a URI fragment). */
function resolve(root: SchemaObject, ref: string): SchemaObject {
  if (!ref.startsWith("#")) throw new SchemaError(`$ref '${ref}' is not part of the schema`);
  let target: unknown = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) || Array.isArray(target) ? Reflect.get(target, key) : undefined;
  }
  if (target === true) return {};
  if (!isObject(target)) throw new SchemaError(`$ref '${ref}' leads nowhere`);
  return target;
}

function toRegExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    throw new SchemaError(`'${pattern}' is not a regular expression`);
  }
}

function boundOf(value: unknown, keyword: string, most: number): number {
  if (typeof value !== "number") return 0;
  if (value > most) throw new SchemaError(`${keyword} is over ${most}`);
  return value;
}

function stringsOf(value: unknown, keyword: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SchemaError(`${keyword} must be a list`);
  return value.filter((item) => typeof item === "string");
}

function isObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
