import type { Redact } from "./credentials.ts";
import { ConnectionError } from "../errors.ts";

/** The error for a request that got no answer. */
export function unreachable(origin: string, error: unknown, redact: Redact): ConnectionError {
  const cause = copyCause(error, redact);
  return new ConnectionError(
    `Could not reach Celuxe at ${origin}${reasonOf(cause)}. Check the network and baseURL, then try again.`,
    { cause },
  );
}

/** The error for an answer that broke off. */
export function connectionLost(error: unknown, redact: Redact): ConnectionError {
  const cause = copyCause(error, redact);
  return new ConnectionError(
    `The connection to Celuxe was lost in the middle of the answer${reasonOf(cause)}. What came until then is incomplete: try again.`,
    { cause },
  );
}

// fetch hides what happened one or two causes deep; a chain that is longer says nothing more.
const maxCauses = 4;

/** The texts of an error and its causes, and nothing else: errors of some fetches carry the request with its key. */
function copyCause(error: unknown, redact: Redact, depth = 1): Error {
  const { name, message, code, stack, cause } = (typeof error === "object" && error !== null ? error : {}) as {
    [field in "name" | "message" | "code" | "stack" | "cause"]?: unknown;
  };
  const copy = new Error(redact(typeof message === "string" ? message : String(error)));
  if (typeof name === "string") copy.name = redact(name);
  if (typeof stack === "string") copy.stack = redact(stack);
  if (typeof code === "string") Object.assign(copy, { code: redact(code) });
  if (cause !== undefined && cause !== null && depth < maxCauses) copy.cause = copyCause(cause, redact, depth + 1);
  return copy;
}

function reasonOf(cause: Error): string {
  let reason = "";
  for (let current: unknown = cause; current instanceof Error; current = current.cause) {
    const { code } = current as { code?: string };
    reason = code ?? (current.message || reason);
  }
  return reason === "" ? "" : ` (${reason})`;
}
