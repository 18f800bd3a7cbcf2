// Bundled, for an edge runtime and a browser page, which have no environment: `settings` comes from the test.
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { streamText } from "ai";

const model = "deepseek-v3";
const prompt = "What is the capital of France?";

async function ask() {
  let core = "";
  const stream = await createCeluxeClient(globalThis.settings).streamChat({
    model,
    messages: [{ role: "user", content: prompt }],
  });
  for await (const delta of stream) if (delta.type === "text") core += delta.text;
  return { core, aiSdk: await streamText({ model: createCeluxe(globalThis.settings)(model), prompt }).text };
}

globalThis.answers = ask();
