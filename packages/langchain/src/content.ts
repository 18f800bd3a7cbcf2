import { type ChatContentPart, ConfigurationError } from "@celuxe/core";
import type { MessageContent } from "@langchain/core/messages";

type Block = Record<string, unknown>;

/**
 * Maps content to parts: text, images and videos by URL and bytes, recordings, files, as LangChain's standard blocks, as
 * its older ones with `source_type`, or in OpenAI's form. The value of a `non_standard` block is a part as the caller
 * wrote it.
 *
 * @param where names the message in errors, as `messages[2]`.
 * @throws {ConfigurationError} for a block that cannot be sent: left out, the model would answer without it.
 */
export function toContentParts(content: MessageContent, where: string): ChatContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((block, index) => toContentPart(block, `${where}.content[${index}]`));
}

/** Text alone as a string, which every model takes; parts where one of them carries more. */
export function joinText(parts: ChatContentPart[], separator: string): string | ChatContentPart[] {
  let text: string | undefined;
  for (const part of parts) {
    if (part.type !== "text") return parts;
    text = text === undefined ? part.text : text + separator + part.text;
  }
  return text ?? "";
}

/** Maps one block; see {@link toContentParts}. */
export function toContentPart(block: unknown, where: string): ChatContentPart {
  if (typeof block === "string") return { type: "text", text: block };
  if (!isObject(block)) throw unsupported(where, `is ${block === null ? "null" : typeof block}`);
  const { type } = block;
  switch (type) {
    case "text":
      if (typeof block["text"] === "string") return { type, text: block["text"] };
      throw unsupported(where, "is of type text without a text");
    case "image_url":
      return toImageURL(block["image_url"], where);
    case "video_url":
      if (isObject(block["video_url"])) return { type, video_url: block["video_url"] } as ChatContentPart;
      throw unsupported(where, "is of type video_url without video_url");
    case "non_standard":
      if (typeof (block["value"] as Block | undefined)?.["type"] === "string") return block["value"] as ChatContentPart;
      throw unsupported(where, "is of type non_standard without a value that has a type");
    case "input_audio":
      if (isObject(block["input_audio"])) return { type, input_audio: block["input_audio"] } as ChatContentPart;
      throw unsupported(where, "is of type input_audio without input_audio");
    case "text-plain":
      return { type: "text", text: plainText(block, where) };
    case "image":
    case "video":
    case "audio":
    case "file":
      if (isObject(block["file"])) return { type: "file", file: block["file"] };
      return toMediaPart(type, readSource(block), where);
    default:
      throw unsupported(where, `is of type ${String(type)}`);
  }
}

/** Where the bytes of a block are, in one form for LangChain's standard blocks and its older ones. */
interface Source {
  url: string | undefined;
  data: string | Uint8Array | undefined;
  fileId: string | undefined;
  text: string | undefined;
  mediaType: string | undefined;
  filename: string | undefined;
  detail: string | undefined;
}

function readSource(given: Block): Source {
  // Anthropic's form of an image.
  const block = isObject(given["source"]) ? given["source"] : given;
  const metadata = isObject(block["metadata"]) ? block["metadata"] : {};
  const older = block["source_type"];
  return {
    url: asText(block["url"]),
    data: isBytes(block["data"]) ? block["data"] : asText(block["data"]),
    fileId: asText(block["fileId"]) ?? (older === "id" ? asText(block["id"]) : undefined),
    text: older === "text" ? asText(block["text"]) : undefined,
    mediaType: (asText(block["mimeType"]) ?? asText(block["mime_type"]) ?? asText(block["media_type"]))?.toLowerCase(),
    filename: asText(metadata["filename"]) ?? asText(metadata["name"]) ?? asText(metadata["title"]),
    detail: asText(metadata["detail"]),
  };
}

function toMediaPart(kind: "image" | "video" | "audio" | "file", source: Source, where: string): ChatContentPart {
  const { url, data, fileId, text, filename, detail } = source;
  if (kind === "file" && fileId !== undefined) return { type: "file", file: { file_id: fileId } };
  if (text !== undefined) return { type: "text", text };
  if (url !== undefined && kind === "image") return imagePart(url, detail);
  if (url !== undefined && kind === "video") return videoPart(url);
  const inline = data ?? (url?.startsWith("data:") ? url : undefined);
  if (inline === undefined) {
    throw unsupported(
      where,
      url === undefined
        ? `is of type ${kind} without ${kind === "image" || kind === "video" ? "url or data" : "data"}`
        : `names its ${kind} by URL, which Celuxe takes for images and videos only: download it and pass it as data`,
    );
  }
  const { mediaType, base64 } = readData(inline, source.mediaType);
  if (mediaType === undefined) throw unsupported(where, "has data without mimeType, so nobody can read it");
  const dataURL = `data:${mediaType};base64,${base64()}`;
  if (mediaType.startsWith("image/")) return imagePart(dataURL, detail);
  if (mediaType.startsWith("video/")) return videoPart(dataURL);
  if (mediaType.startsWith("audio/")) {
    return { type: "input_audio", input_audio: { data: base64(), format: audioFormat(mediaType) } };
  }
  if (kind !== "file") throw unsupported(where, `is of type ${kind}, but its mimeType is ${mediaType}`);
  if (mediaType.startsWith("text/")) return { type: "text", text: decode(inline) };
  const extension = mediaType.slice(mediaType.lastIndexOf("/") + 1).replace(/[^a-z0-9].*$/, "");
  return { type: "file", file: { filename: filename ?? `file.${extension}`, file_data: dataURL } };
}

function toImageURL(image: unknown, where: string): ChatContentPart {
  if (typeof image === "string") return imagePart(image, undefined);
  if (isObject(image) && typeof image["url"] === "string") return imagePart(image["url"], asText(image["detail"]));
  throw unsupported(where, "is of type image_url without a url");
}

function imagePart(url: string, detail: string | undefined): ChatContentPart {
  return { type: "image_url", image_url: { url, ...(detail !== undefined && { detail }) } };
}

/** Not OpenAI's: the form in which gateways and vLLM take a video. */
function videoPart(url: string): ChatContentPart {
  return { type: "video_url", video_url: { url } };
}

function plainText(block: Block, where: string): string {
  const { data, title, context } = block;
  const inline = isBytes(data) || typeof data === "string" ? decode(data) : undefined;
  const body = asText(block["text"]) ?? inline;
  if (body === undefined) throw unsupported(where, "is of type text-plain without text or data");
  return [asText(title), asText(context), body].filter((part) => part !== undefined).join("\n");
}

/** OpenAI's names of formats, where they are not what follows the slash. */
const audioFormats = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/x-mp3", "mp3"],
  ["audio/wave", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/vnd.wave", "wav"],
]);

function audioFormat(mediaType: string): string {
  return audioFormats.get(mediaType) ?? mediaType.slice("audio/".length).replace(/;.*$/, "");
}

function readData(
  data: string | Uint8Array,
  mediaType: string | undefined,
): { mediaType: string | undefined; base64: () => string } {
  if (typeof data !== "string") return { mediaType, base64: () => toBase64(data) };
  const comma = data.startsWith("data:") ? data.indexOf(",") : -1;
  if (comma < 0) return { mediaType, base64: () => data };
  const named = data.slice("data:".length, comma).replace(/;base64$/i, "");
  return { mediaType: mediaType ?? named.toLowerCase(), base64: () => data.slice(comma + 1) };
}

function decode(data: string | Uint8Array): string {
  if (typeof data !== "string") return new TextDecoder().decode(data);
  const binary = atob(readData(data, undefined).base64());
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

/** By the runtime: in JavaScript an image of some megabytes would hold up every other request. */
function toBase64(data: Uint8Array & { toBase64?: () => string }): string {
  if (data.toBase64) return data.toBase64();
  const { Buffer } = globalThis;
  if (Buffer) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  const pieces: string[] = [];
  // More arguments than this overflow the stack.
  const pieceLength = 0x8000;
  for (let start = 0; start < data.length; start += pieceLength) {
    pieces.push(String.fromCharCode(...data.subarray(start, start + pieceLength)));
  }
  return btoa(pieces.join(""));
}

/** @throws {ConfigurationError} for what only user messages hold. */
export function requireText(part: ChatContentPart, where: string): void {
  if (part.type === "text") return;
  throw new ConfigurationError(`${where} is no text, and only user messages hold more than text: move it to one.`, {
    field: where,
  });
}

/** The error for what has no place in a request. */
export function unsupported(where: string, problem: string): ConfigurationError {
  return new ConfigurationError(
    `${where} ${problem}. Celuxe takes text, images, videos, recordings and files; remove it or convert it to one of these.`,
    { field: where },
  );
}

/** Whose constructor they have does not matter: a simulated DOM, as in tests, brings a `Uint8Array` of its own. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function isObject(value: unknown): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
