import { type CeluxeClientOptions, createCeluxeClient } from "@celuxe/core";
import { completionOf, exchangeOf } from "../wire.ts";
import { toWire } from "./fetch.ts";
import { apiKey, callsTool, type Client } from "./requests.ts";

let client: ReturnType<typeof createCeluxeClient> | undefined;

export const generateWithCore: Client = async ({ baseURL, model, prompt }) => {
  client ??= createCeluxeClient({ baseURL, apiKey });
  return (await client.chat({ model, messages: toWire(prompt) })).text;
};

const readyClients = new Map<string, ReturnType<typeof createCeluxeClient>>();

/** The same with a fetch that has the answer ready. */
export const generateWithoutNetwork: Client = async ({ baseURL, model, prompt }) => {
  let ready = readyClients.get(model);
  if (!ready) {
    const completion = completionOf(model, exchangeOf(model).pieces.join(""));
    const init = { headers: { "content-type": "application/json" } };
    ready = createCeluxeClient({ baseURL, apiKey, fetch: async () => new Response(completion, init) });
    readyClients.set(model, ready);
  }
  return (await ready.chat({ model, messages: toWire(prompt) })).text;
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
