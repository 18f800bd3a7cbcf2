import OpenAI from "openai";
import { toWire } from "./fetch.ts";
import { apiKey, callsTool, type Client } from "./requests.ts";

let client: OpenAI | undefined;

export const streamWithOpenAI: Client = async ({ baseURL, model, prompt, signal, onFirst }) => {
  client ??= new OpenAI({ baseURL, apiKey });
  const chunks = await client.chat.completions.create(
    { model, messages: toWire(prompt), stream: true, stream_options: { include_usage: true } },
    signal && { signal },
  );
  const tool = callsTool(model);
  let text = "";
  for await (const { choices } of chunks) {
    const delta = choices[0]?.delta;
    text += (tool ? delta?.tool_calls?.[0]?.function?.arguments : delta?.content) ?? "";
    if (text !== "") onFirst?.();
  }
  return text;
};

export const generateWithOpenAI: Client = async ({ baseURL, model, prompt }) => {
  client ??= new OpenAI({ baseURL, apiKey });
  const { choices } = await client.chat.completions.create({ model, messages: toWire(prompt) });
  return choices[0]?.message.content ?? "";
};
