// Run by each runtime; plain JavaScript, so that all take it as it is.
import { celuxe } from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { ChatCeluxe } from "@celuxe/langchain";
import { streamText } from "ai";

const model = "deepseek-v3";
const prompt = "What is the capital of France?";

let core = "";
for await (const delta of await createCeluxeClient().streamChat({
  model,
  messages: [{ role: "user", content: prompt }],
})) {
  if (delta.type === "text") core += delta.text;
}

let langchain = "";
for await (const chunk of await new ChatCeluxe({ model }).stream(prompt)) langchain += chunk.text;

console.log(JSON.stringify({ core, aiSdk: await streamText({ model: celuxe(model), prompt }).text, langchain }));
