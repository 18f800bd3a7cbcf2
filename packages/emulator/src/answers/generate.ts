import { generateSync } from "json-schema-faker";
import { type ChatRequest, type FunctionTool, invalid, textOf } from "./request.ts";
import { type Hints, narrowSchema, SchemaError } from "./schema.ts";

/** Values in one answer; nested arrays of arrays would make millions. */
const MOST_VALUES = 20_000;

/** Where the user's words are put in as they are, they are cut to so many characters. */
const TOPIC_CHARACTERS = 80;

/** Arguments for a tool, as JSON that fits its schema. @throws Refusal 400 where no value can be made */
export function generateArguments(tool: FunctionTool, request: ChatRequest, seed: number): string {
  if (!tool.parameters) return "{}";
  const index = request.tools?.findIndex((candidate) => candidate.function.name === tool.name) ?? 0;
  // Arguments are an object, also where the schema does not say so.
  return generate({ type: "object", ...tool.parameters }, request, seed, `tools[${index}].function.parameters`);
}

/** JSON that fits the schema of `response_format`. @throws Refusal 400 where no value can be made */
export function generateJson(schema: Record<string, unknown>, request: ChatRequest, seed: number): string {
  return generate(schema, request, seed, "response_format.json_schema.schema");
}

function generate(schema: Record<string, unknown>, request: ChatRequest, seed: number, param: string): string {
  try {
    const narrowed = narrowSchema(schema, hintsOf(request));
    let values = 0;
    const value = generateSync(narrowed, {
      seed,
      alwaysFakeOptionals: true,
      // Recursion has been taken out; what is nested deeply is meant so.
      maxDepth: 100,
      formats: { duration: () => "PT15M" },
      outputTransform(made) {
        if (++values > MOST_VALUES) throw new SchemaError("it asks for too many values");
        return made;
      },
    });
    if (value === undefined) throw new SchemaError("no value fits it");
    return JSON.stringify(value);
  } catch (error) {
    // What the library says of a schema that is not one speaks of its own inside.
    const reason = error instanceof SchemaError ? error.message : "no value fits it";
    throw invalid(param, `Invalid schema for '${param}': ${reason}.`, "invalid_schema");
  }
}

function hintsOf(request: ChatRequest): Hints {
  const last = request.messages.findLast((message) => message.role === "user");
  const text = last ? textOf(last).trim() : "";
  // A capital inside a sentence: a name.
  const names = text.match(/(?<=[\p{L}\d,;:] )\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)*/gu) ?? [];
  return { names, topic: text.slice(0, TOPIC_CHARACTERS) };
}
