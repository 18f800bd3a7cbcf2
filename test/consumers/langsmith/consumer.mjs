import { ChatCeluxe } from "@celuxe/langchain";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { createAgent, tool } from "langchain";
import { z } from "zod";
import { startCollector } from "./shared/collector.mjs";
import { operations } from "./shared/langchain.mjs";

const collector = await startCollector();
process.env.LANGSMITH_TRACING = "true";
process.env.LANGSMITH_API_KEY = "local";
process.env.LANGSMITH_ENDPOINT = collector.url;

export const { ask, stream, object } = operations(({ settings, getWeather }, more) => {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  return createAgent({ model: new ChatCeluxe({ model: "deepseek-v3", ...settings }), tools: [weather], ...more });
});

/** What LangSmith would have got since it was last asked. */
export async function takeTrace() {
  await awaitAllCallbacks();
  return collector.take();
}
