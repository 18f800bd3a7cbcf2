import { ChatCeluxe } from "@celuxe/langchain";
import { loadMcpTools } from "@langchain/mcp-adapters";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { createAgent } from "langchain";
import { operations } from "./shared/langchain.mjs";
import { startServer } from "./shared/mcp-server.mjs";

export const { ask, stream, object } = operations(async ({ settings, getWeather }, more) => {
  const client = new Client({ name: "consumer", version: "1.0.0" });
  await client.connect(await startServer(getWeather));
  const tools = await loadMcpTools("weather", client);
  return createAgent({ model: new ChatCeluxe({ model: "deepseek-v3", ...settings }), tools, ...more });
});
