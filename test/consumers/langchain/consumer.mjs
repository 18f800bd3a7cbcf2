import { ChatCeluxe } from "@celuxe/langchain";
import { createAgent, modelCallLimitMiddleware, tool, toolRetryMiddleware } from "langchain";
import { z } from "zod";

function createWeatherAgent({ settings, getWeather }, more = {}) {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const model = new ChatCeluxe({ model: "deepseek-v3", ...settings });
  const middleware = [modelCallLimitMiddleware({ runLimit: 6 }), toolRetryMiddleware({ maxRetries: 1 })];
  return createAgent({ model, tools: [weather], middleware, ...more });
}

const messages = ({ prompt }) => ({ messages: [{ role: "user", content: prompt }] });

export async function ask(context) {
  return (await createWeatherAgent(context).invoke(messages(context), { signal: context.signal })).messages.at(-1).text;
}

export async function stream(context) {
  const options = { streamMode: "messages", signal: context.signal };
  let last;
  for await (const [message] of await createWeatherAgent(context).stream(messages(context), options)) {
    if (message.type !== "ai") continue;
    last = message.id === last?.id ? last.concat(message) : message;
    context.onText(message.text);
  }
  return { text: last.text };
}

export async function object(context) {
  const responseFormat = z.object({ city: z.string(), degrees: z.number() });
  return (await createWeatherAgent(context, { tools: [], responseFormat }).invoke(messages(context)))
    .structuredResponse;
}
