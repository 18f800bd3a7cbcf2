/** The `error` object of an error answer, as the Celuxe documentation shows it; `param` names the field of a 400. */
export interface ErrorBody {
  message: string;
  type: string;
  code: string;
  param?: string;
}

/**
 * The errors that Celuxe documents. The body of 402 is quoted from the documentation; the others are in its style,
 * with OpenAI's types and codes. Other statuses come from faults and refused keys only.
 */
export const documentedErrors = {
  400: { message: "Bad request", type: "invalid_request_error", code: "invalid_request" },
  401: { message: "Invalid API key", type: "authentication_error", code: "invalid_api_key" },
  402: { message: "Insufficient balance", type: "insufficient_quota", code: "insufficient_balance" },
  429: { message: "Rate limit exceeded", type: "rate_limit_error", code: "rate_limit_exceeded" },
  500: { message: "Internal server error", type: "server_error", code: "internal_error" },
} as const satisfies Record<number, ErrorBody>;

/** The error body of any status: the documented one, else one in its style. */
export function errorOf(status: number): ErrorBody {
  if (isDocumented(status)) return { ...documentedErrors[status] };
  if (status >= 500) return { message: `Server error (${status})`, type: "server_error", code: "server_error" };
  return { message: `Request refused (${status})`, type: "invalid_request_error", code: "request_refused" };
}

/** What the wire says when something that a test passed in failed: a matcher, a reply, a script. */
export function failureOf(error: unknown): ErrorBody {
  return { ...errorOf(500), message: `The emulator failed: ${String(error)}`, code: "emulator_failed" };
}

/** A refusal that the handlers throw; the exchange turns it into the answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: ErrorBody;
  readonly headers: Record<string, string>;

  constructor(status: number, error: Partial<ErrorBody> = {}, headers: Record<string, string> = {}) {
    const body = { ...errorOf(status), ...error };
    super(body.message);
    this.status = status;
    this.error = body;
    this.headers = headers;
  }
}

/** An option of the emulator that does not exist or cannot work. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** The option, as in `faults[0].fault.type`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function isDocumented(status: number): status is keyof typeof documentedErrors {
  return status in documentedErrors;
}
