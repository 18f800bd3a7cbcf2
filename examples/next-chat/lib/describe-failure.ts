import "server-only";
import {
  AuthenticationError,
  BadRequestError,
  CeluxeError,
  ConnectionError,
  InsufficientBalanceError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  ProtocolError,
  RateLimitError,
  StreamError,
} from "@celuxe/ai-sdk-provider";
import { RetryError } from "ai";
import type { ChatFailure } from "./chat-failure";

/** Says what an error means to the reader. Messages of Celuxe errors hold no secrets; all others stay on the server. */
export function describeFailure(error: unknown): ChatFailure {
  const cause = findCeluxeError(error);
  if (!cause) return { kind: "unknown", message: "Something went wrong on the server. Its log says what." };
  const { message } = cause;
  if (RateLimitError.isInstance(cause)) return { kind: "rate-limit", message, retryAfterMs: cause.retryAfterMs };
  return { kind: kindOf(cause), message };
}

/** One line in the server's log; an error that is not of Celuxe whole, with its stack. */
export function logFailure(error: unknown): void {
  console.error(findCeluxeError(error)?.message ?? error);
}

function kindOf(error: CeluxeError): ChatFailure["kind"] {
  if (InsufficientBalanceError.isInstance(error)) return "balance";
  if (AuthenticationError.isInstance(error)) return "key";
  if (PermissionDeniedError.isInstance(error)) return "permission";
  if (NotFoundError.isInstance(error)) return "model";
  if (BadRequestError.isInstance(error)) return "request";
  const temporary = [ConnectionError, InternalServerError, ProtocolError, StreamError];
  return temporary.some((type) => type.isInstance(error)) ? "unavailable" : "unknown";
}

/** The AI SDK wraps errors: in an APICallError, and that in a RetryError after its last try. */
function findCeluxeError(error: unknown): CeluxeError | undefined {
  if (CeluxeError.isInstance(error)) return error;
  if (RetryError.isInstance(error)) return findCeluxeError(error.lastError);
  return error instanceof Error ? findCeluxeError(error.cause) : undefined;
}
