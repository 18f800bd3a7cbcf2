import type { Variant } from "../measure.ts";

/** The least that any client does: fetch, decode, split into lines, parse, join. */
export const readWithFetch: Variant = async ({ baseURL, model, payload }) => {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-benchmark" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Go." }], stream: true }),
  });
  const reader = response.body!.getReader();
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
      text += (payload.kind === "text" ? delta.content : delta.tool_calls?.[0].function.arguments) ?? "";
    }
  }
};
