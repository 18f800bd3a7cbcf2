import {
  APIError,
  AuthenticationError,
  type CeluxeClient,
  CeluxeError,
  ConfigurationError,
  ConnectionError,
  InsufficientBalanceError,
  NotFoundError,
  RateLimitError,
} from "@celuxe/core";
import { ContextOverflowError, type LangChainErrorCodes, stampRetryable } from "@langchain/core/errors";
import type { FailedAttemptHandler } from "@langchain/core/utils/async_caller";

/** When LangChain waits for a 429 that is its own, in milliseconds: up to what its callers' default allows. */
const longestOwnRateLimitWaitMs = 60_000;

/**
 * Names an error in LangChain's words and marks it as not to be retried where that is sure, for the layers above. The
 * error stays the core's own, but for a context overflow, which becomes LangChain's with the core's as `cause`.
 */
export function toLangChainError(error: unknown): unknown {
  if (!CeluxeError.isInstance(error)) return error;
  const code = errorCode(error);
  if (code === "CONTEXT_OVERFLOW") return toContextOverflow(error);
  if (code) Object.assign(error, { lc_error_code: code });
  // A 429 or 5xx may pass: whoever stands above may try later. What does not pass is told so.
  return isHopeless(error) ? stampRetryable(error, false) : error;
}

/** What a call throws for an error: the reason of its abort where it was aborted, else the error in LangChain's words. */
export function toThrown(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? toAbortError(signal) : toLangChainError(error);
}

/** Marks the reason of an abort: no layer may try again what its user ended. */
export function toAbortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  const error = reason instanceof Error ? reason : new Error(typeof reason === "string" ? reason : "Aborted");
  return stampRetryable(error, false);
}

/**
 * The handler of failed attempts: throws what LangChain must not try again, then asks the user's own. A failure that the
 * client is set to retry itself is final when it gets here.
 */
export function createFailedAttemptHandler(
  config: CeluxeClient["config"],
  own: FailedAttemptHandler | undefined,
): FailedAttemptHandler {
  return (error: unknown) => {
    if (!isForLangChain(error, config)) throw error;
    return own?.(error) as unknown;
  };
}

function isForLangChain(error: unknown, config: CeluxeClient["config"]): boolean {
  if (RateLimitError.isInstance(error)) {
    const { retryAfterMs = Infinity } = error;
    return !config.rateLimited && retryAfterMs <= longestOwnRateLimitWaitMs;
  }
  if (!APIError.isInstance(error) && !ConnectionError.isInstance(error)) return false;
  return error.retryable && config.maxRetries === 0;
}

function isHopeless(error: CeluxeError): boolean {
  if (ConfigurationError.isInstance(error) || InsufficientBalanceError.isInstance(error)) return true;
  if (ConnectionError.isInstance(error)) return !error.retryable;
  const { status = 0 } = APIError.isInstance(error) ? error : {};
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function errorCode(error: CeluxeError): LangChainErrorCodes | undefined {
  if (AuthenticationError.isInstance(error)) return "MODEL_AUTHENTICATION";
  if (RateLimitError.isInstance(error)) return "MODEL_RATE_LIMIT";
  if (isContextOverflow(error)) return "CONTEXT_OVERFLOW";
  return NotFoundError.isInstance(error) || isCode(error, unknownModelCodes) ? "MODEL_NOT_FOUND" : undefined;
}

// Celuxe documents 400 as its only status for a request that cannot be served, so the code decides.
const unknownModelCodes = ["model_not_found"];
const contextOverflowCodes = [
  "context_length_exceeded",
  "context_window_exceeded",
  "model_context_window_exceeded",
  "string_above_max_length",
];

function isCode(error: CeluxeError, codes: string[]): boolean {
  return APIError.isInstance(error) && (codes.includes(error.code ?? "") || codes.includes(error.type ?? ""));
}

/** DeepSeek and others tell it in words alone. What is guessed wrong keeps every field, only its class is another. */
function isContextOverflow(error: CeluxeError): boolean {
  if (isCode(error, contextOverflowCodes)) return true;
  const { status } = APIError.isInstance(error) ? error : {};
  return (status === 400 || status === 413) && /maximum context|context (length|window)/i.test(error.message);
}

function toContextOverflow(error: CeluxeError): ContextOverflowError {
  const { status, code, type, headers, requestId, retryAfterMs } = error as APIError;
  const overflow = Object.assign(ContextOverflowError.fromError(error), {
    status,
    code,
    type,
    requestId,
    retryAfterMs,
    lc_error_code: "CONTEXT_OVERFLOW",
  });
  return Object.defineProperty(overflow, "headers", { value: headers });
}
