import type { Body } from "./body.ts";

/** Text of a body: all of it if `complete`, else what came before the bound or the failure. */
export interface BodyText {
  text: string;
  complete: boolean;
  failure?: unknown;
}

/** Reads a body as text, until `maxBytes` of it have come or what has come is `enough`. */
export async function readText(
  body: Body,
  maxBytes: number,
  enough: (text: string) => boolean = () => false,
): Promise<BodyText> {
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  try {
    while (left > 0 && !enough(text)) {
      const bytes = await body.read();
      if (bytes === undefined) return { text: text + decoder.decode(), complete: true };
      body.progressed();
      text += decoder.decode(bytes.subarray(0, left), { stream: true });
      left -= bytes.length;
    }
    body.cancel();
    return { text, complete: false };
  } catch (failure) {
    return { text, complete: false, failure };
  }
}
