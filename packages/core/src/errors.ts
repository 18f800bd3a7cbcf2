// Every failure of a Celuxe package is one of these classes. A message says what happened and what to do next;
// none holds an API key or anything of the request body.
import { isTransientStatus } from "./transient-status.ts";

/** Marks our errors across copies of this module (ESM and CommonJS, two bundles), where `instanceof` fails. */
const brand = Symbol.for("celuxe.error");

/**
 * The base of all errors thrown by the Celuxe packages.
 *
 * `CeluxeError.isInstance(error)`, and the same on every subclass, works across copies of the package, where
 * `instanceof` does not.
 *
 * @example
 * if (RateLimitError.isInstance(error)) console.log(`again in ${error.retryAfterMs} ms`);
 */
export class CeluxeError extends Error {
  static readonly errorName: string = "CeluxeError";

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    // A string literal, not the class's name: minifiers rename classes. Not enumerable, as in every other Error.
    Object.defineProperty(this, "name", {
      value: new.target.errorName,
      configurable: true,
      writable: true,
    });
    const lineage: string[] = [];
    let constructor: unknown = new.target;
    while (typeof constructor === "function" && "errorName" in constructor) {
      lineage.push(String(constructor.errorName));
      constructor = Object.getPrototypeOf(constructor);
    }
    Object.defineProperty(this, brand, { value: lineage });
  }

  /** Whether `error` is of this class, also when another copy of the package made it. */
  static isInstance<Class extends abstract new (...parameters: never) => CeluxeError>(
    this: Class & { errorName: string },
    error: unknown,
  ): error is InstanceType<Class> {
    if (typeof error !== "object" || error === null) return false;
    const lineage = (error as { [brand]?: unknown })[brand];
    return Array.isArray(lineage) && lineage.includes(this.errorName);
  }

  /**
   * Name, message and the fields that an uncaught error prints. Without stack and cause, and without an answer's
   * `headers` and `body`: whoever wants those in a log names them.
   */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...(this as object) };
  }
}

/**
 * Sets the fields that are known, and those that are there to be read and not to be printed: they would bury the message
 * of an uncaught error.
 */
function setFields(error: CeluxeError, known: object, hidden: object): void {
  for (const [name, value] of Object.entries({ ...known, ...hidden })) {
    if (value === undefined) continue;
    Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: name in known });
  }
}

/** Something that the caller set is missing or cannot work: the API key, the base URL, an option, a message. */
export class ConfigurationError extends CeluxeError {
  static override readonly errorName = "ConfigurationError";
  /** The option, field or environment variable at fault. */
  readonly field: string;

  constructor(message: string, options: { field: string; cause?: unknown }) {
    super(message, options);
    this.field = options.field;
  }
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
export class APIError extends CeluxeError {
  static override readonly errorName: string = "APIError";
  // What is not known is undefined, and is not printed.
  static {
    Object.assign(this.prototype, {
      status: undefined,
      type: undefined,
      code: undefined,
      requestId: undefined,
      retryAfterMs: undefined,
      attempts: undefined,
      body: undefined,
    });
  }
  declare readonly status: number | undefined;
  declare readonly type: string | undefined;
  declare readonly code: string | undefined;
  declare readonly requestId: string | undefined;
  declare readonly retryAfterMs: number | undefined;
  declare readonly headers: Record<string, string>;
  declare readonly body: string | undefined;
  declare attempts: number | undefined;
  /**
   * Whether the same request may succeed soon: after a 408, 500, 502–504, 52x or 429. False where the service asks to
   * wait longer than `rateLimit.maxWaitMs` or 5 minutes; `retryAfterMs` then says how long.
   */
  declare retryable: boolean;

  constructor(message: string, details: APIErrorDetails = {}) {
    const { headers = {}, body, cause, ...facts } = details;
    super(message, { cause });
    setFields(this, facts, { headers, body, retryable: isTransientStatus(facts.status) });
  }
}

/** 400, 413, 422: the request is not acceptable as it is. */
export class BadRequestError extends APIError {
  static override readonly errorName = "BadRequestError";
}

/** 401: the API key is wrong, revoked or missing. */
export class AuthenticationError extends APIError {
  static override readonly errorName = "AuthenticationError";
}

/** 402, or a quota code with another status: the account's balance or a spending limit is used up. */
export class InsufficientBalanceError extends APIError {
  static override readonly errorName = "InsufficientBalanceError";

  constructor(message: string, details?: APIErrorDetails) {
    super(message, details);
    // Some gateways answer 429 or 5xx to an empty account.
    this.retryable = false;
  }
}

/** 403: the key may not do this, or not from this address. */
export class PermissionDeniedError extends APIError {
  static override readonly errorName = "PermissionDeniedError";
}

/** 404: no such model or path. */
export class NotFoundError extends APIError {
  static override readonly errorName = "NotFoundError";
}

/**
 * 429, or a call whose turn under the rate limit comes later than `maxWaitMs` allows; then no request was sent for it
 * (`attempts: 0`, no `status`). `retryAfterMs` says when to try again.
 */
export class RateLimitError extends APIError {
  static override readonly errorName = "RateLimitError";

  constructor(message: string, details?: APIErrorDetails) {
    super(message, details);
    this.retryable = true;
  }
}

/** 5xx: the server failed. */
export class InternalServerError extends APIError {
  static override readonly errorName = "InternalServerError";
}

/** The connection could not be made, or broke. */
export class ConnectionError extends CeluxeError {
  static override readonly errorName: string = "ConnectionError";
  /** What the network called it, such as `ECONNREFUSED`, where the runtime tells. */
  declare readonly code: string | undefined;
  /**
   * Whether another try may help. False after the second refusal of an address that has never answered this process (no
   * such host, no server, no valid TLS), and after the total deadline.
   */
  declare retryable: boolean;

  constructor(message: string, options?: { code?: string | undefined; cause?: unknown }) {
    super(message, options);
    setFields(this, { code: options?.code }, { retryable: true });
  }
}

/** Which bound ended the request: see the `timeout` option. */
export type TimeoutPhase = "headers" | "idle" | "progress" | "total";

/** A bound of the `timeout` option ran out. */
export class RequestTimeoutError extends ConnectionError {
  static override readonly errorName = "RequestTimeoutError";
  readonly phase: TimeoutPhase;

  constructor(message: string, options: { phase: TimeoutPhase; cause?: unknown }) {
    super(message, options);
    this.phase = options.phase;
    // The total deadline is the user's own: another try would double it.
    this.retryable = options.phase !== "total";
  }
}

/**
 * A stream ended or broke in a way that makes its answer incomplete: `truncated` (no finish reason, with or without `[DONE]`),
 * `malformed` (a data line that is not JSON), `oversized` (an event over 16 MiB).
 */
export class StreamError extends CeluxeError {
  static override readonly errorName = "StreamError";
  readonly kind: "truncated" | "malformed" | "oversized";

  constructor(message: string, options: { kind: StreamError["kind"]; cause?: unknown }) {
    super(message, options);
    this.kind = options.kind;
  }
}

/** The answer is not one of a Celuxe API: a redirect, a web page, an empty body, JSON of another shape. */
export class ProtocolError extends CeluxeError {
  static override readonly errorName = "ProtocolError";
  declare readonly status: number | undefined;
  /** The first 4 KiB of what came instead. */
  declare readonly body: string | undefined;

  constructor(message: string, options: { status?: number | undefined; body?: string | undefined; cause?: unknown }) {
    super(message, options);
    setFields(this, { status: options.status }, { body: options.body });
  }
}
