import { generateSync, type JsonSchema } from "json-schema-faker";
import { type ChatRequest, invalid } from "./contract.ts";
import type { FunctionTool } from "./tool-choice.ts";

/** Arguments for a tool, as JSON that fits its schema. @throws Refusal 400 where no value can fit */
export function generateArguments(tool: FunctionTool, request: ChatRequest, seed: number): string {
  if (!tool.parameters) return "{}";
  const index = request.tools?.findIndex((candidate) => candidate.function.name === tool.name) ?? 0;
  return generate(tool.parameters, seed, `tools[${index}].function.parameters`);
}

/** JSON that fits the schema of `response_format`. @throws Refusal 400 where no value can fit */
export function generateJson(schema: Record<string, unknown>, _request: ChatRequest, seed: number): string {
  return generate(schema, seed, "response_format.json_schema.schema");
}

function generate(schema: Record<string, unknown>, seed: number, param: string): string {
  try {
    return JSON.stringify(generateSync(schema as JsonSchema, { seed, alwaysFakeOptionals: true }));
  } catch (error) {
    throw invalid(
      param,
      `No value can be made for this schema: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
