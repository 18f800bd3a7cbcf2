import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import {
  APIError,
  CeluxeError,
  type CeluxeClient,
  type ChatRequestBody,
  ConfigurationError,
  ConnectionError,
  ProtocolError,
  RateLimitError,
  StreamError,
} from "@celuxe/core";
import { chatURL } from "./request.ts";

/** The call that an error ended. */
export interface CallContext {
  client: CeluxeClient;
  body: ChatRequestBody;
  signal: AbortSignal | undefined;
  /** Whether the answer had begun. */
  streaming?: boolean;
}

/**
 * Maps an error of the core to one of the AI SDK, with the core's as `cause`. The reason of an abort and what is no
 * failure of a request (a setting that cannot work) pass untouched.
 */
export function toAISDKError(error: unknown, context: CallContext): unknown {
  if (context.signal?.aborted || !CeluxeError.isInstance(error)) return error;
  if (ConfigurationError.isInstance(error)) {
    return error.field === "apiKey" ? new LoadAPIKeyError({ message: error.message }) : error;
  }
  const answer = APIError.isInstance(error) || ProtocolError.isInstance(error) ? error : undefined;
  const details = APIError.isInstance(error) ? error : undefined;
  const mapped = new APICallError({
    message: error.message,
    url: chatURL(context.client),
    // The body holds the prompt, and errors end in logs.
    requestBodyValues: summarize(context.body),
    // A call that was refused its turn got no answer, but is one of these to whoever looks at the status.
    statusCode: answer?.status ?? (RateLimitError.isInstance(error) ? 429 : undefined),
    responseHeaders: details && withoutEmptyHint(details),
    responseBody: answer?.body,
    data: details && {
      type: details.type,
      code: details.code,
      requestId: details.requestId,
      retryAfterMs: details.retryAfterMs,
    },
    isRetryable: isRetryable(error, context),
    cause: error,
  });
  // They are there to be read; printed, they would bury the message of an uncaught error, and so would a second stack.
  for (const field of ["responseHeaders", "responseBody", "data"]) {
    Object.defineProperty(mapped, field, { enumerable: false });
  }
  error.stack = error.name;
  return mapped;
}

/** A server that asks to come back at once asks for no wait, and the AI SDK would take it for none: all would come back together. */
function withoutEmptyHint({ headers, retryAfterMs }: APIError): Record<string, string> {
  if (retryAfterMs !== 0) return headers;
  const { "retry-after": _, "retry-after-ms": __, ...others } = headers;
  return others;
}

/**
 * Whether another try can help and is the AI SDK's to make: each failure has one owner, and what the client retries
 * itself has been retried. A stream that broke is never the client's.
 */
function isRetryable(error: CeluxeError, { client, streaming = false }: CallContext): boolean {
  if (RateLimitError.isInstance(error)) return !client.config.rateLimited;
  if (StreamError.isInstance(error)) return error.kind === "truncated";
  if (!APIError.isInstance(error) && !ConnectionError.isInstance(error)) return false;
  return error.retryable && (streaming || client.config.maxRetries === 0);
}

function summarize({ model, messages, tools, stream = false }: ChatRequestBody): Record<string, unknown> {
  return {
    model,
    messages: messages.length,
    ...(tools && { tools: tools.length }),
    stream,
  };
}
