import {
  InvalidArgumentError,
  type JSONObject,
  type JSONValue,
  type LanguageModelV4FilePart,
  type LanguageModelV4TextPart,
  type SharedV4ProviderOptions,
  type SharedV4Warning,
} from "@ai-sdk/provider";
import type { ChatContentPart } from "@celuxe/core";
import { toFilePart } from "./files.ts";
import type { CeluxeLanguageModelOptions } from "./options.ts";
import { isAnswerFact } from "./result.ts";

/** How a prompt is mapped. */
export interface MessageContext {
  sendReasoning: NonNullable<CeluxeLanguageModelOptions["sendReasoning"]>;
  /** The name under which files may be known by id. */
  providerName: string;
  /** Receives what is left out. */
  warnings: SharedV4Warning[];
}

/**
 * Maps text or a file, with the fields that it brings along for the wire; in its place its
 * `providerOptions.celuxe.contentPart`, as the caller wrote it. Undefined, with a warning, for a file whose data is of an
 * unknown kind.
 *
 * @throws {InvalidArgumentError} for a `contentPart` that is none.
 * @throws {UnsupportedFunctionalityError} for a file that cannot be sent.
 */
export function toContentPart(part: LanguageModelV4TextPart, context: MessageContext): ChatContentPart;
export function toContentPart(
  part: LanguageModelV4TextPart | LanguageModelV4FilePart,
  context: MessageContext,
): ChatContentPart | undefined;
export function toContentPart(
  part: LanguageModelV4TextPart | LanguageModelV4FilePart,
  context: MessageContext,
): ChatContentPart | undefined {
  // Almost every part of a long history is this one.
  if (part.type === "text" && !part.providerOptions) return { type: "text", text: part.text };
  const { imageDetail, contentPart, ...options } = celuxeOptions(part);
  if (contentPart !== undefined) return checkContentPart(contentPart);
  if (part.type === "text") return { ...options, type: "text", text: part.text };
  const detail = typeof imageDetail === "string" ? imageDetail : undefined;
  const file = toFilePart(part, { imageDetail: detail, providerName: context.providerName });
  if (!file) warnLeftOut(context, `file with ${part.data.type} data`);
  return file && { ...options, ...file };
}

function checkContentPart(given: JSONValue): ChatContentPart {
  // Whatever its type is: what becomes of a part goes by the types that are known.
  if (typeof (given as JSONObject | null)?.["type"] === "string") return given as ChatContentPart;
  const argument = "providerOptions.celuxe.contentPart";
  throw new InvalidArgumentError({
    argument,
    message: `${argument} must be an object with a type, as the service takes it.`,
  });
}

/** Text alone as a string, which every model takes; parts where one of them carries more. */
export function joinText(parts: ChatContentPart[], separator: string): string | ChatContentPart[] {
  let text: string | undefined;
  for (const part of parts) {
    if (part.type !== "text" || Object.keys(part).length > 2) return parts;
    text = text === undefined ? part.text : text + separator + part.text;
  }
  return text ?? "";
}

/**
 * The fields that a message or part brings along for the wire. Not what this package itself told of an answer:
 * frameworks keep `providerMetadata` and hand it back as `providerOptions`.
 */
export function celuxeOptions({ providerOptions }: { providerOptions?: SharedV4ProviderOptions }): JSONObject {
  const given = providerOptions?.["celuxe"];
  if (!given) return {};
  const entries = Object.entries(given);
  return entries.some(([name]) => isAnswerFact(name))
    ? Object.fromEntries(entries.filter(([name]) => !isAnswerFact(name)))
    : given;
}

export function warnLeftOut({ warnings }: Pick<MessageContext, "warnings">, what: string): void {
  warnings.push({ type: "unsupported", feature: what, details: "OpenAI's format has no place for it: not sent." });
}
