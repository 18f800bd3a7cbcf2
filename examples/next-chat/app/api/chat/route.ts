import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  isStepCount,
  safeValidateUIMessages,
  streamText,
  toUIMessageStream,
} from "ai";
import { z } from "zod";
import { getCeluxe } from "@/lib/celuxe";
import type { ChatFailure } from "@/lib/chat-failure";
import type { ChatMessage } from "@/lib/chat-message";
import { describeFailure, logFailure } from "@/lib/describe-failure";
import { tools } from "@/lib/tools";

/** Seconds that a hosting platform lets an answer take. */
export const maxDuration = 60;

const chatRequest = z.object({ model: z.string().min(1), messages: z.array(z.unknown()).min(1) });

/** Answers a chat as a stream of UI message parts. */
export async function POST(request: Request): Promise<Response> {
  const body = chatRequest.safeParse(await request.json().catch(() => undefined));
  const messages = await safeValidateUIMessages<ChatMessage>({ messages: body.data?.messages });
  if (!body.success || !messages.success) {
    return refuse("The request must be JSON with a model id and a list of UI messages.");
  }

  const { model } = body.data;
  const celuxe = await getCeluxe();
  const startedAt = Date.now();
  const { stream } = streamText({
    model: celuxe(model),
    instructions: "You are a helpful assistant. Answer in Markdown and be brief where you can.",
    // A call that the reader stopped has no result: the model must not see half of it.
    messages: await convertToModelMessages(messages.data, { tools, ignoreIncompleteToolCalls: true }),
    tools,
    stopWhen: isStepCount(5),
    // The stop button, and a closed tab, end the request to Celuxe as well.
    abortSignal: request.signal,
    onError: ({ error }) => logFailure(error),
  });
  return createUIMessageStreamResponse({
    stream: toUIMessageStream<typeof tools, ChatMessage>({
      stream,
      onError: (error) => JSON.stringify(describeFailure(error)),
      redactToolErrors: false,
      messageMetadata: ({ part }) => {
        if (part.type !== "finish") return undefined;
        const { finishReason, totalUsage } = part;
        const { inputTokens, outputTokens } = totalUsage;
        return { model, seconds: (Date.now() - startedAt) / 1000, inputTokens, outputTokens, finishReason };
      },
    }),
  });
}

function refuse(message: string): Response {
  return Response.json({ kind: "request", message } satisfies ChatFailure, { status: 400 });
}
