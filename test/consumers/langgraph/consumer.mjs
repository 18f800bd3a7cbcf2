import { ChatCeluxe } from "@celuxe/langchain";
import { ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { z } from "zod";

/** Each tool call waits for somebody's approval; the checkpointer keeps the run in the meantime. */
function createGraph({ settings, getWeather }) {
  const weather = tool(async (input) => getWeather(input), {
    name: "get_weather",
    description: "Tells the weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const model = new ChatCeluxe({ model: "deepseek-v3", ...settings }).bindTools([weather]);
  return new StateGraph(MessagesAnnotation)
    .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode("tools", async ({ messages }) => {
      const calls = messages.at(-1).tool_calls;
      if (interrupt({ approve: calls.map(({ name }) => name) }) !== "yes") throw new Error("Not approved");
      const answer = async (call) =>
        new ToolMessage({ content: await weather.invoke(call.args), tool_call_id: call.id });
      return { messages: await Promise.all(calls.map(answer)) };
    })
    .addEdge(START, "model")
    .addConditionalEdges("model", ({ messages }) => (messages.at(-1).tool_calls?.length ? "tools" : END))
    .addEdge("tools", "model")
    .compile({ checkpointer: new MemorySaver() });
}

export async function ask(context) {
  const graph = createGraph(context);
  const config = { configurable: { thread_id: crypto.randomUUID() }, signal: context.signal };
  let state = await graph.invoke({ messages: [{ role: "user", content: context.prompt }] }, config);
  while (state.__interrupt__) state = await graph.invoke(new Command({ resume: "yes" }), config);
  return state.messages.at(-1).text;
}

export async function stream(context) {
  const graph = createGraph(context);
  const config = { configurable: { thread_id: crypto.randomUUID() }, signal: context.signal, streamMode: "messages" };
  let input = { messages: [{ role: "user", content: context.prompt }] };
  do {
    for await (const [message] of await graph.stream(input, config)) {
      if (message.type === "ai") context.onText(message.text);
    }
    input = new Command({ resume: "yes" });
  } while ((await graph.getState(config)).next.length > 0);
  return { text: (await graph.getState(config)).values.messages.at(-1).text };
}
