import { toBaseMessages, toUIMessageStream } from "@ai-sdk/langchain";
import { ChatCeluxe } from "@celuxe/langchain";
import { createAgent, tool } from "langchain";
import { z } from "zod";

/** What a route does for `useChat`: messages of the page in, parts for the page out. */
export async function stream({ settings, prompt, signal, getWeather, onText }) {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const agent = createAgent({ model: new ChatCeluxe({ model: "deepseek-v3", ...settings }), tools: [weather] });
  const messages = await toBaseMessages([{ id: "1", role: "user", parts: [{ type: "text", text: prompt }] }]);
  const events = await agent.stream({ messages }, { streamMode: ["values", "messages"], signal });
  let cause;
  let text = "";
  for await (const part of toUIMessageStream(events, { onError: (error) => (cause = error) })) {
    if (part.type === "error") throw new Error(part.errorText, { cause });
    if (part.type !== "text-delta") continue;
    text += part.delta;
    onText(part.delta);
  }
  return { text };
}

export const ask = async (context) => (await stream(context)).text;
