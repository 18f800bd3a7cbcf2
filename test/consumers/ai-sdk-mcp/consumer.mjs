import { createMCPClient } from "@ai-sdk/mcp";
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { operations } from "./shared/ai-sdk.mjs";
import { startServer } from "./shared/mcp-server.mjs";

const makeModel = (settings) => createCeluxe(settings)("deepseek-v3");

export const { ask, stream, object } = operations(makeModel, async ({ getWeather }) => {
  const client = await createMCPClient({ transport: await startServer(getWeather) });
  return client.tools();
});
