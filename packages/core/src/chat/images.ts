import { readString } from "./values.ts";
import { isObject, type JsonObject } from "../wire.ts";

/**
 * The address of an image in any of the forms that gateways pass on: an `image_url` part of OpenAI's, a URL, base64 in
 * the forms of OpenAI's image API, Anthropic or Gemini. Bytes become a `data:` URL; `undefined` for what is none.
 */
export function readImage(value: unknown, depth = 3): string | undefined {
  if (typeof value === "string") return toURL(value, undefined);
  if (!isObject(value) || depth === 0) return undefined;
  for (const name of envelopes) {
    const url = readImage(value[name], depth - 1);
    if (url !== undefined) return url;
  }
  const data = readString(value["b64_json"]) ?? readString(value["data"]) ?? readString(value["url"]);
  return data === undefined ? undefined : toURL(data, mediaTypeOf(value));
}

/** Whether a part of content is an image, not a recording or a file, which have addresses and data as well. */
export function isImage(part: unknown): boolean {
  return isObject(part) && (part["image_url"] !== undefined || /image/.test(String(part["type"])));
}

const envelopes = ["image_url", "image", "source", "inline_data", "inlineData"];

function mediaTypeOf(image: JsonObject): string | undefined {
  return readString(image["media_type"]) ?? readString(image["mime_type"]) ?? readString(image["mimeType"]);
}

function toURL(text: string, mediaType: string | undefined): string | undefined {
  if (/^data:/i.test(text)) return text;
  if (/^https?:/i.test(text)) return URL.canParse(text) ? text : undefined;
  // Looked at from its beginning only: an image has megabytes.
  if (text.length < 16 || !/^[\w+/-]+=*$/.test(text.slice(0, 64))) return undefined;
  return `data:${mediaType ?? guessMediaType(text)};base64,${text}`;
}

/** By the first bytes, as base64 writes them. */
function guessMediaType(base64: string): string {
  if (base64.startsWith("/9j/")) return "image/jpeg";
  return base64.startsWith("UklGR") ? "image/webp" : "image/png";
}
