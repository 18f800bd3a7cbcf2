import { type LanguageModelV4FilePart, UnsupportedFunctionalityError } from "@ai-sdk/provider";
import {
  convertBase64ToUint8Array,
  getTopLevelMediaType,
  resolveFullMediaType,
  resolveProviderReference,
} from "@ai-sdk/provider-utils";
import type { ChatContentPart } from "@celuxe/core";

/**
 * Maps a file to a content part: images and videos by URL or bytes, PDF, wav and mp3 recordings, text as text, and files that the
 * service knows by id. Undefined where the data is of a kind that a later AI SDK adds.
 *
 * @throws {UnsupportedFunctionalityError} for any other kind: left out, the model would answer without it.
 */
export function toFilePart(
  part: Pick<LanguageModelV4FilePart, "data" | "mediaType" | "filename">,
  { imageDetail, providerName }: { imageDetail?: string | undefined; providerName: string },
): ChatContentPart | undefined {
  const { data } = part;
  const mediaType = part.mediaType.toLowerCase();
  switch (data.type) {
    case "text":
      return { type: "text", text: data.text };
    case "reference":
      return { type: "file", file: { file_id: fileId(data.reference, providerName) } };
    case "url": {
      const url = isHttp(data.url) ? data.url.href : (data.originalUrl ?? data.url.href);
      const sent = urlPart(getTopLevelMediaType(mediaType), url, imageDetail);
      if (!sent) throw unsupported(`${mediaType} by URL`);
      return sent;
    }
    case "data":
      break;
    default:
      return undefined;
  }
  if (isTextual(mediaType)) return { type: "text", text: toText(data.data) };
  const fullType = resolveFullMediaType({ part: { type: "file", data, mediaType } });
  const format = audioFormats.get(fullType);
  if (format) return { type: "input_audio", input_audio: { data: toBase64(data.data), format } };
  const dataURL = () => `data:${fullType};base64,${toBase64(data.data)}`;
  if (/^(image|video)\//.test(fullType)) return urlPart(getTopLevelMediaType(fullType), dataURL(), imageDetail);
  if (fullType === "application/pdf") {
    return { type: "file", file: { filename: part.filename ?? "document.pdf", file_data: dataURL() } };
  }
  throw unsupported(fullType);
}

/** OpenAI's two formats of recordings, under all their names. */
const audioFormats = new Map<string, "wav" | "mp3">([
  ["audio/wav", "wav"],
  ["audio/wave", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/vnd.wave", "wav"],
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
  ["audio/x-mp3", "mp3"],
]);

/** What a model reads as text: `text/*`, and formats of text that stand elsewhere. */
export function isTextual(mediaType: string): boolean {
  return /^text(\/|$)|^application\/(.*\+)?(json|xml|yaml|x-yaml|javascript|sql|toml|x-ndjson)\b/.test(mediaType);
}

/** What is sent as a URL; undefined for other kinds. */
function urlPart(kind: string, url: string, detail: string | undefined): ChatContentPart | undefined {
  if (kind === "image") return { type: "image_url", image_url: { url, ...(detail !== undefined && { detail }) } };
  // Not OpenAI's: the form in which gateways and vLLM take a video.
  return kind === "video" ? { type: "video_url", video_url: { url } } : undefined;
}

function isHttp(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "http:";
}

function fileId(reference: Parameters<typeof resolveProviderReference>[0]["reference"], providerName: string): string {
  return resolveProviderReference({ reference, provider: reference[providerName] ? providerName : "celuxe" });
}

function toText(data: Uint8Array | string): string {
  return new TextDecoder().decode(typeof data === "string" ? convertBase64ToUint8Array(data) : data);
}

/** By the runtime: in JavaScript an image of some megabytes would hold up every other request. */
function toBase64(data: (Uint8Array & { toBase64?: () => string }) | string): string {
  if (typeof data === "string") return data;
  if (data.toBase64) return data.toBase64();
  const { Buffer } = globalThis;
  if (Buffer) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  const blocks: string[] = [];
  // More arguments than this overflow the stack.
  const blockLength = 0x8000;
  for (let start = 0; start < data.length; start += blockLength) {
    blocks.push(String.fromCharCode(...data.subarray(start, start + blockLength)));
  }
  return btoa(blocks.join(""));
}

function unsupported(what: string): UnsupportedFunctionalityError {
  return new UnsupportedFunctionalityError({
    functionality: what,
    message: `Celuxe takes images, videos, PDF, wav, mp3 and text files, not ${what}. providerOptions.celuxe.contentPart of a part is sent as it is.`,
  });
}
