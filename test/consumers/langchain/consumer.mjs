import { ChatCeluxe } from "@celuxe/langchain";
import { createAgent, modelCallLimitMiddleware, tool, toolRetryMiddleware } from "langchain";
import { z } from "zod";
import { operations } from "./shared/langchain.mjs";

export const { ask, stream, object } = operations(({ settings, getWeather }, more) => {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const model = new ChatCeluxe({ model: "deepseek-v3", ...settings });
  const middleware = [modelCallLimitMiddleware({ runLimit: 6 }), toolRetryMiddleware({ maxRetries: 1 })];
  return createAgent({ model, tools: [weather], middleware, ...more });
});
