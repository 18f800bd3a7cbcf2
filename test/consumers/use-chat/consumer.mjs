import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { convertToModelMessages, DefaultChatTransport, isStepCount, streamText, tool } from "ai";
import { JSDOM } from "jsdom";
import { z } from "zod";

// A page before React is loaded, which looks for one.
const { window } = new JSDOM("<!doctype html><body></body>", { url: "http://localhost/" });
Object.assign(globalThis, { window, document: window.document });
const { createElement, useEffect } = await import("react");
const { flushSync } = await import("react-dom");
const { createRoot } = await import("react-dom/client");
const { Chat, useChat } = await import("@ai-sdk/react");

/** The route that the page asks. */
async function answer({ settings, getWeather }, request, onError) {
  const result = streamText({
    model: createCeluxe(settings)("deepseek-v3"),
    messages: await convertToModelMessages(JSON.parse(request.body).messages),
    tools: {
      get_weather: tool({
        description: "Tells the weather of a city",
        inputSchema: z.object({ city: z.string() }),
        execute: (input) => getWeather(input),
      }),
    },
    stopWhen: isStepCount(6),
    abortSignal: request.signal,
    onError: ({ error }) => onError(error),
  });
  return result.toUIMessageStreamResponse();
}

export async function stream(context) {
  let cause;
  const fetch = (_url, request) => answer(context, request, (error) => (cause = error));
  const transport = new DefaultChatTransport({ api: "http://localhost/api/chat", fetch });
  const chat = new Chat({ transport });
  const textOf = (messages) =>
    messages
      .filter(({ role }) => role === "assistant")
      .flatMap(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")))
      .join("");
  let shown = "";
  function Page() {
    const text = textOf(useChat({ chat }).messages);
    useEffect(() => {
      context.onText(text.slice(shown.length));
      shown = text;
    }, [text]);
    return createElement("p", null, text);
  }
  const element = document.body.appendChild(document.createElement("div"));
  const root = createRoot(element);
  flushSync(() => root.render(createElement(Page)));
  context.signal.addEventListener("abort", () => void chat.stop());
  await chat.sendMessage({ text: context.prompt });
  // React shows what came a moment later.
  while (element.textContent !== textOf(chat.messages)) await new Promise((resolve) => setTimeout(resolve, 5));
  const { textContent: text } = element;
  root.unmount();
  if (chat.error) throw new Error(chat.error.message, { cause });
  return { text };
}

export const ask = async (context) => (await stream(context)).text;
