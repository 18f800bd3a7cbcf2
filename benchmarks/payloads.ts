/** What the server streams for one model id, and what a client must have read at its end. */
export interface Payload {
  /** What the model says, as it arrives: one event for each. */
  pieces: string[];
  kind: "text" | "arguments";
  /** `blocks`: as fast as the socket takes it. `events`: each event a write of its own, one a millisecond. */
  writes: "blocks" | "events";
}

/** Bytes of a block; what a busy connection gives to one read. */
export const blockBytes = 64 * 1024;

export function textPayload(chunks: number, writes: Payload["writes"]): Payload {
  return { kind: "text", writes, pieces: Array.from({ length: chunks }, (_, index) => word(index)) };
}

/** Arguments of one tool call: a JSON object of `length` characters, in tokens of four as models write them. */
export function argumentsPayload(length: number): Payload {
  const around = ['{"text":"', '"}'] as const;
  let text = "";
  for (let index = 0; text.length < length; index++) text += word(index);
  const whole = around.join(text.slice(0, length - around.join("").length));
  const pieces: string[] = [];
  for (let start = 0; start < whole.length; start += 4) pieces.push(whole.slice(start, start + 4));
  return { kind: "arguments", writes: "blocks", pieces };
}

/** The events of a payload, in the form that OpenAI's API gives them. */
export function* eventsOf({ kind, pieces }: Payload, model: string): Generator<string> {
  const head = { id: "chatcmpl-benchmark", object: "chat.completion.chunk", created: 1_760_000_000, model };
  const event = (delta: object, finishReason: string | null) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] })}\n\n`;
  yield event({ role: "assistant", content: kind === "text" ? "" : null }, null);
  if (kind === "arguments") {
    const start = { index: 0, id: "call_benchmark", type: "function", function: { name: "write", arguments: "" } };
    yield event({ tool_calls: [start] }, null);
  }
  for (const piece of pieces) {
    yield event(
      kind === "text" ? { content: piece } : { tool_calls: [{ index: 0, function: { arguments: piece } }] },
      null,
    );
  }
  yield event({}, kind === "text" ? "stop" : "tool_calls");
  const usage = { prompt_tokens: 12, completion_tokens: pieces.length, total_tokens: 12 + pieces.length };
  yield `data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`;
  yield "data: [DONE]\n\n";
}

/** Words of several lengths, a few of them outside ASCII, so that no client wins by luck with one kind of string. */
const words = [" the", " stream", " of", " answers", " arrives", ",", " naïve", " and", " is", " read", ".", " 東京"];

function word(index: number): string {
  return words[(index * 7) % words.length]!;
}
