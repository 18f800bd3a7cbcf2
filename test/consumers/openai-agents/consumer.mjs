import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { Agent, run, setTracingDisabled, tool } from "@openai/agents";
import { aisdk } from "@openai/agents-extensions/ai-sdk";
import { z } from "zod";

// Its traces would go to OpenAI.
setTracingDisabled(true);

function createAgent({ settings, getWeather }, more = {}) {
  const weather = tool({
    name: "get_weather",
    description: "Tells the weather of a city",
    parameters: z.object({ city: z.string() }),
    execute: async (input) => getWeather(input),
  });
  const model = aisdk(createCeluxe(settings)("deepseek-v3"));
  return new Agent({ name: "Weather", instructions: "Tell the weather.", model, tools: [weather], ...more });
}

export async function ask(context) {
  return (await run(createAgent(context), context.prompt, { signal: context.signal })).finalOutput;
}

export async function stream(context) {
  const result = await run(createAgent(context), context.prompt, { stream: true, signal: context.signal });
  for await (const piece of result.toTextStream()) context.onText(piece);
  await result.completed;
  return { text: result.finalOutput };
}

export async function object(context) {
  const outputType = z.object({ city: z.string(), degrees: z.number() });
  return (await run(createAgent(context, { tools: [], outputType }), context.prompt)).finalOutput;
}
