import type { ChatAnswer, ChatBlock, ChatChoice, ChatDelta } from "@celuxe/core";

/** A stream whose text between `<tag>` and `</tag>` is its reasoning. */
export async function* separateDeltas(
  deltas: AsyncIterable<ChatDelta> | Iterable<ChatDelta>,
  tag: string,
): AsyncGenerator<ChatDelta> {
  const read = createTagReader(tag);
  for await (const delta of deltas) yield* read(delta);
}

/** A whole answer whose text between `<tag>` and `</tag>` is its reasoning. */
export function separateAnswer(answer: ChatAnswer, tag: string): ChatAnswer {
  const choices = answer.choices.map((choice) => separateChoice(choice, tag));
  return { ...answer, ...choices[0]!, choices };
}

function separateChoice(choice: ChatChoice, tag: string): ChatChoice {
  const read = createTagReader(tag);
  const end = { type: "finish", reason: choice.finishReason, rawReason: undefined } as const;
  const blocks: ChatBlock[] = [];
  for (const delta of [...choice.blocks, end].flatMap(read)) {
    const last = blocks.at(-1);
    if (delta.type === "finish") continue;
    if (last && "text" in last && "text" in delta && last.type === delta.type) last.text += delta.text;
    else blocks.push(delta as ChatBlock);
  }
  const textOf = (type: ChatBlock["type"]) =>
    blocks.map((block) => (block.type === type && "text" in block ? block.text : "")).join("");
  return { ...choice, blocks, text: textOf("text"), reasoning: textOf("reasoning") };
}

/** Takes deltas in their order and gives them with the tags read. A tag may come in pieces; its end may never come. */
function createTagReader(tag: string): (delta: ChatDelta) => ChatDelta[] {
  const marks = { text: `<${tag}>`, reasoning: `</${tag}>` };
  let inside: "text" | "reasoning" = "text";
  /** What may be the beginning of a tag. */
  let held = "";
  /** Line breaks behind a tag are its own. */
  let behindTag = false;

  function say(text: string): ChatDelta[] {
    const said = behindTag ? text.replace(/^\n+/, "") : text;
    if (said === "") return [];
    behindTag = false;
    return [{ type: inside, text: said }];
  }

  function release(): ChatDelta[] {
    const said = say(held);
    held = "";
    return said;
  }

  return (delta) => {
    // Log probabilities come between the texts that they belong to.
    if (delta.type !== "text") return delta.type === "logprobs" ? [delta] : [...release(), delta];
    const read: ChatDelta[] = [];
    let rest = held + delta.text;
    for (;;) {
      const mark = marks[inside];
      const at = rest.indexOf(mark);
      if (at < 0) break;
      read.push(...say(rest.slice(0, at)));
      rest = rest.slice(at + mark.length);
      inside = inside === "text" ? "reasoning" : "text";
      behindTag = true;
    }
    const kept = beginningOf(marks[inside], rest);
    held = rest.slice(rest.length - kept);
    read.push(...say(rest.slice(0, rest.length - kept)));
    return read;
  };
}

/** How many characters at the end of a text are the beginning of a mark. */
function beginningOf(mark: string, text: string): number {
  let length = Math.min(mark.length - 1, text.length);
  while (!text.endsWith(mark.slice(0, length))) length -= 1;
  return length;
}
