import { type CeluxeProvider, createCeluxe } from "@celuxe/ai-sdk-provider";
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  safeValidateUIMessages,
  streamText,
  toUIMessageStream,
} from "ai";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { z } from "zod";
import { describeFailure, type Failure, logFailure } from "./failure.ts";

// A streaming proxy: the page talks to this worker, the worker talks to Celuxe, and the key never leaves it.

interface Env {
  CELUXE_API_KEY: string;
  CELUXE_BASE_URL: string;
  ALLOWED_ORIGIN: string;
}

const app = new Hono<{ Bindings: Env }>();

app.use((c, next) => cors({ origin: c.env.ALLOWED_ORIGIN })(c, next));

/** The ids of the models that the key may use. */
app.get("/models", async (c) => {
  const models = await getCeluxe(c.env).listModels({ signal: c.req.raw.signal });
  return c.json(models.map(({ id }) => id));
});

const chatRequest = z.object({
  model: z.string().min(1).default("deepseek-v3"),
  messages: z.array(z.unknown()).min(1),
});

/** Answers a chat as a UI message stream, which useChat of the AI SDK reads. */
app.post("/chat", async (c) => {
  const body = chatRequest.safeParse(await c.req.json().catch(() => undefined));
  const messages = await safeValidateUIMessages({ messages: body.data?.messages });
  if (!body.success || !messages.success) {
    const message = "The request must be JSON with a list of UI messages and, if you like, a model id.";
    return c.json<Failure>({ kind: "request", message }, 400);
  }
  const { stream } = streamText({
    model: getCeluxe(c.env)(body.data.model),
    instructions: "You are a helpful assistant.",
    messages: await convertToModelMessages(messages.data),
    // When the client goes away, the request to Celuxe ends as well.
    abortSignal: c.req.raw.signal,
    onError: ({ error }) => logFailure(error),
  });
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({ stream, onError: (error) => JSON.stringify(describeFailure(error)) }),
    // workerd learns only by a write that a client is gone; a model that thinks for a minute writes nothing.
    keepAliveMs: 5_000,
  });
});

app.onError((error, c) => {
  logFailure(error);
  const failure = describeFailure(error);
  return c.json(failure, failure.kind === "rate-limit" ? 429 : 502);
});

let provider: CeluxeProvider | undefined;

/**
 * One provider for all requests of this isolate, and with it one rate-limit budget: **per isolate**, not for the whole
 * worker. Cloudflare runs as many isolates as it likes, in many places, and they do not know of each other. What they
 * send together may exceed the limit of the key; a 429 then becomes a "rate-limit" failure with the time to wait.
 */
function getCeluxe(env: Env): CeluxeProvider {
  provider ??= createCeluxe({
    apiKey: env.CELUXE_API_KEY,
    baseURL: env.CELUXE_BASE_URL,
    // A person waits: rather say when to come again than let the request hang.
    rateLimit: { maxWaitMs: 2_000 },
  });
  return provider;
}

export default app;
