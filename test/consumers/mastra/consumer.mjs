import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

function createAgent({ settings, getWeather }) {
  const weather = createTool({
    id: "get_weather",
    description: "Tells the weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async (input) => getWeather(input),
  });
  return new Agent({
    id: "weather",
    name: "Weather",
    instructions: "Tell the weather.",
    model: createCeluxe(settings)("deepseek-v3"),
    tools: { get_weather: weather },
  });
}

export async function ask(context) {
  const { text } = await createAgent(context).generate(context.prompt, { maxSteps: 6, abortSignal: context.signal });
  return text;
}

export async function stream(context) {
  const output = await createAgent(context).stream(context.prompt, { maxSteps: 6, abortSignal: context.signal });
  for await (const piece of output.textStream) context.onText(piece);
  if (output.error) throw output.error;
  return { text: await output.text, finishReason: await output.finishReason };
}

export async function object(context) {
  const schema = z.object({ city: z.string(), degrees: z.number() });
  const output = await createAgent(context).generate(context.prompt, { structuredOutput: { schema } });
  return output.object;
}
