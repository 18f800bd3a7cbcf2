import { ChatCeluxe } from "@celuxe/langchain";
import { createDeepAgent } from "deepagents";
import { tool } from "langchain";
import { z } from "zod";
import { operations } from "./shared/langchain.mjs";

export const { ask, stream, object } = operations(({ settings, getWeather }, more) => {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const model = new ChatCeluxe({ model: "deepseek-v3", ...settings });
  return createDeepAgent({ model, tools: [weather], systemPrompt: "Tell the weather.", ...more });
});
