// An MCP server with one tool, in this process; gives the client's end of the connection.
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

export async function startServer(getWeather) {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  const options = { description: "Tells the weather of a city", inputSchema: { city: z.string() } };
  server.registerTool("get_weather", options, async (input) => ({
    content: [{ type: "text", text: getWeather(input) }],
  }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  return near;
}
