import { type Ask, apiKey, callsTool, type Client, type Prompt } from "./requests.ts";

/** The least that any client does for a streamed answer: fetch, decode, split into lines, parse, join. */
export const streamWithFetch: Client = async (ask) => {
  const { body } = await post(ask, true);
  const tool = callsTool(ask.model);
  const reader = body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
      const delta = JSON.parse(line.slice(6)).choices[0]?.delta;
      if (!delta) continue;
      text += (tool ? delta.tool_calls?.[0].function.arguments : delta.content) ?? "";
    }
    ask.onFirst?.();
  }
};

/** The same for a whole answer. */
export const generateWithFetch: Client = async (ask) => {
  const answer = (await (await post(ask, false)).json()) as { choices: [{ message: { content: string } }] };
  return answer.choices[0].message.content;
};

function post({ baseURL, model, prompt, signal }: Ask, stream: boolean): Promise<Response> {
  return fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model, messages: toWire(prompt), stream }),
    ...(signal && { signal }),
  });
}

/** The prompt in OpenAI's format. */
export function toWire({ messages, image }: Prompt) {
  return messages.map(({ role, text }, index) => {
    if (image === undefined || index > 0 || role !== "user") return { role, content: text };
    const base64 = typeof image === "string" ? image : Buffer.from(image.buffer).toString("base64");
    const url = `data:image/png;base64,${base64}`;
    return {
      role,
      content: [
        { type: "text" as const, text },
        { type: "image_url" as const, image_url: { url } },
      ],
    };
  });
}
