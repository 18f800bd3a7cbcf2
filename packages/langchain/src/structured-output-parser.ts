import * as langChainErrors from "@langchain/core/errors";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { BaseTransformOutputParser, OutputParserException, parsePartialJson } from "@langchain/core/output_parsers";
import type { ChatGeneration, Generation } from "@langchain/core/outputs";
import { deepCompareStrict } from "@langchain/core/utils/json_schema";
import { isStandardSchema } from "@langchain/core/utils/standard_schema";
import { interopSafeParseAsync, isInteropZodSchema } from "@langchain/core/utils/types";
import { findJson } from "./find-json.ts";
import type { OutputSchema } from "./output-schema.ts";

/**
 * Reads structured output from a tool call, or from the text where no tool is named. While streaming it yields what is
 * there so far; the last value is the whole, checked against the schema. Unlike LangChain's parsers it never takes a cut
 * answer for a whole one, and says why there is no value.
 */
export class StructuredOutputParser<Output> extends BaseTransformOutputParser<Output> {
  static override lc_name(): string {
    return "StructuredOutputParser";
  }

  lc_namespace: string[] = ["celuxe", "output_parsers"];
  private readonly schema: OutputSchema;
  private readonly toolName: string | undefined;

  constructor(schema: OutputSchema, toolName: string | undefined) {
    super();
    this.schema = schema;
    this.toolName = toolName;
  }

  override getFormatInstructions(): string {
    return "";
  }

  override async parse(text: string): Promise<Output> {
    return this.#parseMessage(new AIMessage(text));
  }

  override async parseResult([generation]: Generation[] | ChatGeneration[]): Promise<Output> {
    const { message } = generation as ChatGeneration;
    return this.#parseMessage(message ?? new AIMessage(generation?.text ?? ""));
  }

  override async *_transform(input: AsyncGenerator<string | BaseMessage>): AsyncGenerator<Output> {
    let message: BaseMessage | undefined;
    let yielded: unknown;
    for await (const piece of input) {
      const chunk = typeof piece === "string" ? new AIMessageChunk(piece) : piece;
      message = AIMessageChunk.isInstance(message) ? message.concat(chunk as AIMessageChunk) : chunk;
      const partial = this.#readPartial(message);
      if (partial === undefined || deepCompareStrict(partial, yielded)) continue;
      yielded = partial;
      yield partial as Output;
    }
    if (!message) return;
    const parsed = await this.#parseMessage(message);
    if (yielded === undefined || !deepCompareStrict(parsed, yielded)) yield parsed;
  }

  /** Of a stream the last value counts: each holds those before it. */
  override _concatOutputChunks<Chunk>(_first: Chunk, second: Chunk): Chunk {
    return second;
  }

  async #parseMessage(message: BaseMessage): Promise<Output> {
    throwIfRefused(message);
    const value = this.toolName === undefined ? readText(message) : readToolCall(message as AIMessage, this.toolName);
    return (await validate(this.schema, value, message)) as Output;
  }

  #readPartial(message: BaseMessage): object | undefined {
    const { toolName } = this;
    try {
      const pieces = (message as AIMessageChunk).tool_call_chunks ?? [];
      const value: unknown =
        toolName === undefined
          ? parsePartialJson(findJson(message.text)?.text ?? "")
          : parsePartialJson(pieces.find(({ name }) => name === toolName)?.args ?? "");
      return typeof value === "object" && value !== null ? value : undefined;
    } catch {
      // So far it is no beginning of JSON.
      return undefined;
    }
  }
}

function throwIfRefused(message: BaseMessage): void {
  const refusal = message.contentBlocks.find(({ type }) => type === "refusal");
  if (!refusal) return;
  // Not in every version of LangChain that this package works with.
  const { ModelRefusalError } = langChainErrors as Partial<typeof langChainErrors>;
  if (ModelRefusalError) throw ModelRefusalError.fromRefusal(refusal as never, message);
  throw new OutputParserException(`The model refused: ${String((refusal as Record<string, unknown>)["refusal"])}`);
}

function readText(message: BaseMessage): unknown {
  const { text } = message;
  try {
    const found = findJson(text);
    return JSON.parse(found?.whole ? found.text : text);
  } catch {
    throw failure(`The model's answer is not JSON${endOf(message)}`, text);
  }
}

function readToolCall(message: AIMessage, toolName: string): unknown {
  const call = message.tool_calls?.find(({ name }) => name === toolName);
  if (call) return call.args;
  const invalid = message.invalid_tool_calls?.find(({ name }) => name === toolName);
  if (invalid) throw failure(`The model's arguments for ${toolName} are not whole JSON${endOf(message)}`, invalid.args);
  throw failure(
    `The model answered with text and did not call ${toolName}. Say in the prompt that it must, or use another method or model.`,
    message.text,
  );
}

function endOf(message: BaseMessage): string {
  return (message.response_metadata as Record<string, unknown>)["finish_reason"] === "length"
    ? ": the answer was cut at its most tokens. Raise maxTokens."
    : ". Try again, or use another method or model.";
}

async function validate(schema: OutputSchema, value: unknown, message: BaseMessage): Promise<unknown> {
  if (isInteropZodSchema(schema)) {
    const result = await interopSafeParseAsync(schema, value);
    if (result.success) return result.data;
    throw mismatch((result.error as { issues?: Issue[] }).issues ?? [], message);
  }
  if (isStandardSchema(schema)) {
    const result = await schema["~standard"].validate(value);
    if (!result.issues) return result.value;
    throw mismatch(result.issues, message);
  }
  return value;
}

type Issue = { message: string; path?: readonly unknown[] | undefined };

function mismatch(issues: readonly Issue[], message: BaseMessage): OutputParserException {
  const problems = issues.map(({ message: problem, path = [] }) => {
    const at = path.map((key) => (typeof key === "object" && key !== null && "key" in key ? key.key : key)).join(".");
    return at === "" ? problem : `${at}: ${problem}`;
  });
  return failure(`The model's answer does not fit the schema: ${problems.join("; ")}.`, message.text);
}

function failure(message: string, output: string | undefined): OutputParserException {
  return new OutputParserException(message, output);
}
