import type { JsonObject } from "@celuxe/core";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import type { SerializableSchema } from "@langchain/core/utils/standard_schema";
import { getSchemaDescription, type InteropZodType, isInteropZodSchema } from "@langchain/core/utils/types";

/** A schema in any form that LangChain takes: zod 3 or 4, Standard Schema with JSON schema, JSON schema, a function. */
export type OutputSchema = InteropZodType | SerializableSchema | JsonObject;

/** A schema under a name, as JSON schema. */
export interface DescribedSchema {
  name: string;
  description: string | undefined;
  parameters: JsonObject;
}

/** What the model is told of a schema; `configured` is the name that the user gives it. */
export function describeSchema(schema: OutputSchema, configured: string | undefined): DescribedSchema {
  const description = getSchemaDescription(schema);
  const plain = isInteropZodSchema(schema) || "~standard" in schema ? undefined : schema;
  // OpenAI's form of a function, which LangChain takes for a schema too.
  if (typeof plain?.["name"] === "string" && isObject(plain["parameters"])) {
    return { name: configured ?? plain["name"], description, parameters: plain["parameters"] };
  }
  const parameters = toJsonSchema(schema) as JsonObject;
  const { title } = parameters;
  const named = typeof title === "string" && /^[\w-]{1,64}$/.test(title) ? title : "extract";
  return { name: configured ?? named, description, parameters };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
