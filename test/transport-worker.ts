// A worker whose requests share one API key, and with it one rate limit.
import { createCeluxeClient } from "@celuxe/core";

interface Bindings {
  apiKey: string;
  baseURL: string;
  rateLimit: string;
}

let client: ReturnType<typeof createCeluxeClient> | undefined;

export default {
  async fetch(request: Request, { apiKey, baseURL, rateLimit }: Bindings): Promise<Response> {
    client ??= createCeluxeClient({ apiKey, baseURL, rateLimit: JSON.parse(rateLimit) });
    const messages = [{ role: "user" as const, content: new URL(request.url).pathname }];
    const call = client.chat({ model: "deepseek-v3", messages });
    // Once its response has gone out, nothing of a request runs any more: the call never wakes from its wait.
    if (request.url.includes("/gone/")) return new Response("not waited for");
    try {
      const { text } = await call;
      return new Response(text);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
