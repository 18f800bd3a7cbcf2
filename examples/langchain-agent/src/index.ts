// A conversation with the agent, each step shown as it happens. Ask your own: npm start -- "a question" "and the next"
import { AIMessage } from "langchain";
import { agent } from "./agent.ts";

const asked = process.argv.slice(2);
const questions =
  asked.length > 0
    ? asked
    : [
        "I am in Lyon and want sun on Saturday. Paris or Marseille? Which train?",
        // Which trip this is about, only the memory knows.
        "That is too early for me. When does the next one go?",
      ];

// One conversation: the checkpointer keeps its messages under this id.
const conversation = { configurable: { thread_id: crypto.randomUUID() } };

for (const question of questions) {
  console.log(`? ${question}`);
  const input = { messages: [{ role: "user", content: question }] };
  for await (const update of await agent.stream(input, { ...conversation, streamMode: "updates" })) {
    const { model_request: model, tools } = update;
    const last = model?.messages.at(-1);
    if (AIMessage.isInstance(last)) {
      for (const { name, args } of last.tool_calls ?? []) console.log(`  calls ${name}(${JSON.stringify(args)})`);
    }
    for (const message of tools?.messages ?? []) console.log(`  gets ${message.text}`);
    if (model?.structuredResponse) console.log(model.structuredResponse);
  }
  console.log();
}
