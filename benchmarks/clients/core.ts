import { type CeluxeClientOptions, createCeluxeClient } from "@celuxe/core";
import type { Variant } from "../measure.ts";

/** `streamChat`, its deltas joined. */
export function readWithCore(options: CeluxeClientOptions = {}): Variant {
  let client: ReturnType<typeof createCeluxeClient> | undefined;
  return async ({ baseURL, model, payload }) => {
    client ??= createCeluxeClient({ apiKey: "sk-benchmark", baseURL, rateLimit: false, ...options });
    const type = payload.kind === "text" ? "text" : "tool-call-arguments";
    let text = "";
    for await (const delta of await client.streamChat({ model, messages: [{ role: "user", content: "Go." }] })) {
      if (delta.type === type) text += delta.text;
    }
    return text;
  };
}
