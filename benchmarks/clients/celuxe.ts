import { type CeluxeClientOptions, createCeluxeClient } from "@celuxe/core";
import { toWire } from "./fetch.ts";
import { apiKey, callsTool, type Client } from "./requests.ts";

let client: ReturnType<typeof createCeluxeClient> | undefined;

export const generateWithCore: Client = async ({ baseURL, model, prompt }) => {
  client ??= createCeluxeClient({ baseURL, apiKey });
  return (await client.chat({ model, messages: toWire(prompt) })).text;
};

/** `streamChat`, its deltas joined: the reader below both adapters. */
export function streamWithCore(options: CeluxeClientOptions = {}): Client {
  let own: ReturnType<typeof createCeluxeClient> | undefined;
  return async ({ baseURL, model, prompt, signal, onFirst }) => {
    own ??= createCeluxeClient({ baseURL, apiKey, ...options });
    const type = callsTool(model) ? "tool-call-arguments" : "text";
    let text = "";
    for await (const delta of await own.streamChat({ model, messages: toWire(prompt) }, { signal })) {
      if (delta.type !== type) continue;
      text += delta.text;
      onFirst?.();
    }
    return text;
  };
}
