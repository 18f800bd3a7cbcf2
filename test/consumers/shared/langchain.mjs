// What every consumer does that gives the model to an agent of LangChain.
import { z } from "zod";

/** `makeAgent(context, settings)` gives the agent; its tool is `get_weather`, unless the settings say otherwise. */
export function operations(makeAgent) {
  const messages = ({ prompt }) => ({ messages: [{ role: "user", content: prompt }] });
  return {
    async ask(context) {
      const agent = await makeAgent(context, {});
      return (await agent.invoke(messages(context), { signal: context.signal })).messages.at(-1).text;
    },
    async stream(context) {
      const agent = await makeAgent(context, {});
      let text = "";
      let id;
      for await (const [message] of await agent.stream(messages(context), {
        streamMode: "messages",
        signal: context.signal,
      })) {
        if (message.type !== "ai") continue;
        text = message.id === id ? text + message.text : message.text;
        id = message.id;
        context.onText(message.text);
      }
      return { text };
    },
    async object(context) {
      const responseFormat = z.object({ city: z.string(), degrees: z.number() });
      const agent = await makeAgent(context, { tools: [], responseFormat });
      return (await agent.invoke(messages(context))).structuredResponse;
    },
  };
}
