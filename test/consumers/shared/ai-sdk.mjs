// What every consumer does that gives a model to the AI SDK.
import { generateText, isStepCount, Output, streamText, tool } from "ai";
import { z } from "zod";

export function operations(makeModel, makeTools = ownTools) {
  const common = (context, settings = {}) => ({
    model: makeModel(context.settings),
    prompt: context.prompt,
    abortSignal: context.signal,
    ...settings,
  });
  return {
    ask: async (context) =>
      (await generateText(common(context, { tools: await makeTools(context), stopWhen: isStepCount(6) }))).text,
    async stream(context) {
      const result = streamText(
        common(context, { tools: await makeTools(context), stopWhen: isStepCount(6), onError: () => undefined }),
      );
      for await (const part of result.fullStream) {
        if (part.type === "text-delta") context.onText(part.text);
        if (part.type === "error") throw part.error;
        if (part.type === "abort") return undefined;
      }
      return { text: await result.text, finishReason: await result.finishReason };
    },
    object: async (context) => {
      const output = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
      return (await generateText(common(context, { output }))).output;
    },
  };
}

const ownTools = async ({ getWeather }) => ({
  get_weather: tool({
    description: "Tells the weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: (input) => getWeather(input),
  }),
});
