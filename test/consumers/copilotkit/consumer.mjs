import { createCeluxe } from "@celuxe/ai-sdk-provider";
import {
  BuiltInAgent,
  convertMessagesToVercelAISDKMessages,
  CopilotRuntime,
  createCopilotRuntimeHandler,
} from "@copilotkit/runtime/v2";
import { isStepCount, streamText, tool } from "ai";
import { z } from "zod";

function createHandler({ settings, getWeather }, onError) {
  const tools = {
    get_weather: tool({
      description: "Tells the weather of a city",
      inputSchema: z.object({ city: z.string() }),
      execute: (input) => getWeather(input),
    }),
  };
  const agent = new BuiltInAgent({
    type: "aisdk",
    factory: ({ input, abortSignal }) =>
      streamText({
        model: createCeluxe(settings)("deepseek-v3"),
        messages: convertMessagesToVercelAISDKMessages(input.messages),
        tools,
        stopWhen: isStepCount(6),
        abortSignal,
        onError: ({ error }) => onError(error),
      }),
  });
  return createCopilotRuntimeHandler({
    runtime: new CopilotRuntime({ agents: { default: agent } }),
    basePath: "/api/copilotkit",
  });
}

/** What the page sends, and what it makes of the events. */
export async function stream(context) {
  let cause;
  const handle = createHandler(context, (error) => (cause = error));
  const threadId = crypto.randomUUID();
  const post = (path, body) =>
    handle(
      new Request(`http://localhost/api/copilotkit/agent/default/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify(body),
      }),
    );
  context.signal.addEventListener("abort", () => void post(`stop/${threadId}`, {}));
  const messages = [{ id: "1", role: "user", content: context.prompt }];
  const run = { threadId, runId: crypto.randomUUID(), state: {}, messages, tools: [], context: [], forwardedProps: {} };
  const response = await post("run", run);
  if (!response.ok) throw new Error(`The runtime answered ${response.status}: ${await response.text()}`);
  let text = "";
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const event = JSON.parse(line.slice(5));
      if (event.type === "RUN_ERROR") throw new Error(event.message, { cause });
      if (event.type !== "TEXT_MESSAGE_CONTENT" && event.type !== "TEXT_MESSAGE_CHUNK") continue;
      text += event.delta;
      context.onText(event.delta);
    }
  }
  return { text };
}

export const ask = async (context) => (await stream(context)).text;
