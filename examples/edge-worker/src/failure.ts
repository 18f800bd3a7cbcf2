import {
  AuthenticationError,
  BadRequestError,
  CeluxeError,
  ConfigurationError,
  InsufficientBalanceError,
  NotFoundError,
  RateLimitError,
} from "@celuxe/ai-sdk-provider";
import { RetryError } from "ai";

/** What went wrong, as clients get it: the body of an error answer, or the text of an error in the stream. */
export interface Failure {
  kind: "rate-limit" | "balance" | "key" | "model" | "request" | "unavailable";
  message: string;
  /** Milliseconds until another try can succeed, where that is known. */
  retryAfterMs?: number;
}

/** Says what an error means to the client. Messages of Celuxe errors hold no secrets; all others stay in the log. */
export function describeFailure(error: unknown): Failure {
  const cause = findCeluxeError(error);
  if (!cause) return { kind: "unavailable", message: "Something went wrong in the worker. Its log says what." };
  const { message } = cause;
  if (RateLimitError.isInstance(cause)) return { kind: "rate-limit", message, retryAfterMs: cause.retryAfterMs };
  return { kind: kindOf(cause), message };
}

/** One line in the worker's log; an error that is not of Celuxe whole, with its stack. */
export function logFailure(error: unknown): void {
  console.error(findCeluxeError(error)?.message ?? error);
}

function kindOf(error: CeluxeError): Failure["kind"] {
  if (InsufficientBalanceError.isInstance(error)) return "balance";
  if (AuthenticationError.isInstance(error) || ConfigurationError.isInstance(error)) return "key";
  if (NotFoundError.isInstance(error)) return "model";
  return BadRequestError.isInstance(error) ? "request" : "unavailable";
}

/** The AI SDK wraps errors: in an APICallError, and that in a RetryError after its last try. */
function findCeluxeError(error: unknown): CeluxeError | undefined {
  if (CeluxeError.isInstance(error)) return error;
  if (RetryError.isInstance(error)) return findCeluxeError(error.lastError);
  return error instanceof Error ? findCeluxeError(error.cause) : undefined;
}
