import { ConfigurationError, type ModelCapabilities } from "@celuxe/core";
import type { StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import type { ChatCeluxeCallOptions } from "./options.ts";
import { describeSchema, type OutputSchema } from "./output-schema.ts";
import { StructuredOutputParser } from "./structured-output-parser.ts";

/** How structured output is asked for, and how the answer is read. */
export interface StructuredOutput<Output> {
  options: Partial<ChatCeluxeCallOptions>;
  parser: StructuredOutputParser<Output>;
}

/**
 * Prepares structured output: by a tool that the model must call (`functionCalling`), by `response_format` with the
 * schema (`jsonSchema`) or without (`jsonMode`, where the prompt tells the form and has to speak of JSON). Default:
 * `jsonSchema` where the model is known to take it, else `functionCalling`.
 *
 * @throws {ConfigurationError} for another method.
 */
export function prepareStructuredOutput<Output>(
  schema: OutputSchema,
  config: StructuredOutputMethodOptions<boolean>,
  { jsonSchema }: Pick<ModelCapabilities, "jsonSchema">,
): StructuredOutput<Output> {
  const { name, description, parameters } = describeSchema(schema, config.name);
  const { strict } = config;
  const method = config.method ?? (jsonSchema ? "jsonSchema" : "functionCalling");
  const parserOf = (toolName?: string) => new StructuredOutputParser<Output>(schema, toolName);
  switch (method) {
    case "functionCalling":
      return {
        options: {
          tools: [{ type: "function", function: { name, ...(description && { description }), parameters } }],
          tool_choice: name,
          ...(strict !== undefined && { strict }),
          ls_structured_output_format: { kwargs: { method: "function_calling" }, schema: parameters },
        },
        parser: parserOf(name),
      };
    case "jsonSchema":
      return {
        options: {
          response_format: {
            type: "json_schema",
            json_schema: {
              name,
              ...(description && { description }),
              schema: parameters,
              ...(strict !== undefined && { strict }),
            },
          },
          ls_structured_output_format: { kwargs: { method: "json_schema" }, schema: parameters },
        },
        parser: parserOf(),
      };
    case "jsonMode":
      return {
        options: {
          response_format: { type: "json_object" },
          ls_structured_output_format: { kwargs: { method: "json_mode" }, schema: parameters },
        },
        parser: parserOf(),
      };
    default:
      throw new ConfigurationError(
        `method must be "functionCalling", "jsonSchema" or "jsonMode", not ${JSON.stringify(method)}.`,
        { field: "method" },
      );
  }
}
