/**
 * The base of all errors thrown by the Celuxe packages.
 *
 * `CeluxeError.isInstance(error)`, and the same on every subclass, works across copies of the package, where
 * `instanceof` does not.
 *
 * @example
 * if (RateLimitError.isInstance(error)) console.log(`again in ${error.retryAfterMs} ms`);
 */
export declare class CeluxeError extends Error {
  static readonly errorName: string;
  constructor(message: string, options?: {
    cause?: unknown;
  });
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static isInstance<Class extends abstract new (...parameters: never) => CeluxeError>(this: Class & {
    errorName: string;
  }, error: unknown): error is InstanceType<Class>;
  /**
   * Name, message and the fields that an uncaught error prints. Without stack and cause, and without an answer's
   * `headers` and `body`: whoever wants those in a log names them.
   */
  toJSON(): Record<string, unknown>;
}
/** Something that the caller set is missing or cannot work: the API key, the base URL, an option, a message. */
export declare class ConfigurationError extends CeluxeError {
  static readonly errorName = "ConfigurationError";
  /** The option, field or environment variable at fault. */
  readonly field: string;
  constructor(message: string, options: {
    field: string;
    cause?: unknown;
  });
}
/** What an {@link APIError} knows of the server's answer. */
export interface APIErrorDetails {
  /** HTTP status, or the one that an error inside a stream names; `undefined` where it names none. */
  status?: number | undefined;
  /** `error.type` of the body. */
  type?: string | undefined;
  /** `error.code` of the body, as text. */
  code?: string | undefined;
  /** From the response headers; give it to Celuxe's support. */
  requestId?: string | undefined;
  /** Milliseconds until another try can succeed, where that is known. */
  retryAfterMs?: number | undefined;
  /** Response headers, lower case, without cookies. */
  headers?: Record<string, string> | undefined;
  /** The first 4 KiB of the response body. */
  body?: string | undefined;
  /** HTTP requests made for the call; 0 where none was sent. */
  attempts?: number | undefined;
  cause?: unknown;
}
/** The server answered with an error, as an HTTP status or inside a stream. */
export declare class APIError extends CeluxeError {
  static readonly errorName: string;
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  attempts: number | undefined;
  /**
   * Whether the same request may succeed soon: after a 408, 500, 502–504, 52x or 429. False where the service asks to
   * wait longer than `rateLimit.maxWaitMs` or 5 minutes; `retryAfterMs` then says how long.
   */
  retryable: boolean;
  constructor(message: string, details?: APIErrorDetails);
}
/** 400, 413, 422: the request is not acceptable as it is. */
export declare class BadRequestError extends APIError {
  static readonly errorName = "BadRequestError";
}
/** 401: the API key is wrong, revoked or missing. */
export declare class AuthenticationError extends APIError {
  static readonly errorName = "AuthenticationError";
}
/** 402, or a quota code with another status: the account's balance or a spending limit is used up. */
export declare class InsufficientBalanceError extends APIError {
  static readonly errorName = "InsufficientBalanceError";
  constructor(message: string, details?: APIErrorDetails);
}
/** 403: the key may not do this, or not from this address. */
export declare class PermissionDeniedError extends APIError {
  static readonly errorName = "PermissionDeniedError";
}
/** 404: no such model or path. */
export declare class NotFoundError extends APIError {
  static readonly errorName = "NotFoundError";
}
/**
 * 429, or a call whose turn under the rate limit comes later than `maxWaitMs` allows; then no request was sent for it
 * (`attempts: 0`, no `status`). `retryAfterMs` says when to try again.
 */
export declare class RateLimitError extends APIError {
  static readonly errorName = "RateLimitError";
  constructor(message: string, details?: APIErrorDetails);
}
/** 5xx: the server failed. */
export declare class InternalServerError extends APIError {
  static readonly errorName = "InternalServerError";
}
/** The connection could not be made, or broke. */
export declare class ConnectionError extends CeluxeError {
  static readonly errorName: string;
  /** What the network called it, such as `ECONNREFUSED`, where the runtime tells. */
  readonly code: string | undefined;
  /**
   * Whether another try may help. False after the second refusal of an address that has never answered this process (no
   * such host, no server, no valid TLS), and after the total deadline.
   */
  retryable: boolean;
  constructor(message: string, options?: {
    code?: string | undefined;
    cause?: unknown;
  });
}
/** Which bound ended the request: see the `timeout` option. */
export type TimeoutPhase = "headers" | "idle" | "progress" | "total";
/** A bound of the `timeout` option ran out. */
export declare class RequestTimeoutError extends ConnectionError {
  static readonly errorName = "RequestTimeoutError";
  readonly phase: TimeoutPhase;
  constructor(message: string, options: {
    phase: TimeoutPhase;
    cause?: unknown;
  });
}
/**
 * A stream ended or broke in a way that makes its answer incomplete: `truncated` (no finish reason, with or without `[DONE]`),
 * `malformed` (a data line that is not JSON), `oversized` (an event over 16 MiB).
 */
export declare class StreamError extends CeluxeError {
  static readonly errorName = "StreamError";
  readonly kind: "truncated" | "malformed" | "oversized";
  constructor(message: string, options: {
    kind: StreamError["kind"];
    cause?: unknown;
  });
}
/** The answer is not one of a Celuxe API: a redirect, a web page, an empty body, JSON of another shape. */
export declare class ProtocolError extends CeluxeError {
  static readonly errorName = "ProtocolError";
  readonly status: number | undefined;
  /** The first 4 KiB of what came instead. */
  readonly body: string | undefined;
  constructor(message: string, options: {
    status?: number | undefined;
    body?: string | undefined;
    cause?: unknown;
  });
}
//# sourceMappingURL=errors.d.ts.map