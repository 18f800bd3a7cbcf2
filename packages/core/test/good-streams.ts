import * as fc from "fast-check";

/** A stream without a fault, and what it says. */
export interface GoodStream {
  chunks: Record<string, unknown>[];
  text: string;
  reasoning: string;
  /** Arguments of each call. */
  calls: string[];
}

/** Signs of one to four bytes in UTF-8, some that JSON escapes, and one that looks like the end of a line. */
const signs = ["a", " ", "é", "東", "👩‍🚀", '"', "\\", "\n", "\r", "\u2028", "{", "}", "data: "];

type Step = { kind: "text" | "reasoning" | "call" | "arguments" | "ping"; signs: string };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("text", "text", "reasoning", "call", "arguments", "arguments", "ping"),
  signs: fc.array(fc.constantFrom(...signs), { minLength: 1, maxLength: 4 }).map((list) => list.join("")),
});

/** Streams of text, reasoning and tool calls in any order. Every piece carries a mark of its own, `⟨7⟩`. */
export const goodStream: fc.Arbitrary<GoodStream> = fc.array(step, { minLength: 1, maxLength: 20 }).map(toStream);

function toStream(steps: Step[]): GoodStream {
  const stream: GoodStream = { chunks: [], text: "", reasoning: "", calls: [] };
  const add = (delta: unknown, finishReason: string | null = null) =>
    stream.chunks.push({
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1_760_000_000,
      model: "deepseek-v3",
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      usage: null,
    });
  add({ role: "assistant", content: "" });
  for (const [position, { kind, signs }] of steps.entries()) {
    const piece = `⟨${position}⟩${signs}`;
    // Arguments are strings in JSON, so that every piece can be any text.
    const quoted = JSON.stringify(piece).slice(1, -1);
    const index = stream.calls.length - 1;
    if (kind === "text") {
      stream.text += piece;
      add({ content: piece });
    } else if (kind === "reasoning") {
      stream.reasoning += piece;
      add({ reasoning_content: piece });
    } else if (kind === "call" || (kind === "arguments" && index < 0)) {
      closeCall(stream, add);
      const start = `{"text":"${quoted}`;
      stream.calls.push(start);
      const fn = { name: "write", arguments: start };
      add({ tool_calls: [{ index: index + 1, id: `call_${index + 1}`, type: "function", function: fn }] });
    } else if (kind === "arguments") {
      stream.calls[index] += quoted;
      add({ tool_calls: [{ index, function: { arguments: quoted } }] });
    } else {
      stream.chunks.push({});
    }
  }
  closeCall(stream, add);
  add({}, stream.calls.length > 0 ? "tool_calls" : "stop");
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  stream.chunks.push({ id: "chatcmpl-1", model: "deepseek-v3", choices: [], usage });
  return stream;
}

function closeCall(stream: GoodStream, add: (delta: unknown) => void): void {
  const index = stream.calls.length - 1;
  if (index < 0) return;
  const end = '"}';
  if (stream.calls[index]!.endsWith(end) && isJson(stream.calls[index]!)) return;
  stream.calls[index] += end;
  add({ tool_calls: [{ index, function: { arguments: end } }] });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The stream as text, with these line ends. */
export function toWire(chunks: unknown[], lineEnd: string): string {
  return [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"]
    .map((data) => `data: ${data}${lineEnd}${lineEnd}`)
    .join("");
}

/** The bytes in as many parts as there are places to cut, each place a fraction of the whole. */
export function splitAt(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}
