import { ConnectionError } from "./errors.ts";

/** The error for a request that got no answer. */
export function unreachable(origin: string, error: unknown): ConnectionError {
  return new ConnectionError(
    `Could not reach Celuxe at ${origin}${reasonOf(error)}. Check the network and baseURL, then try again.`,
    { cause: error },
  );
}

/** The error for an answer that broke off. */
export function connectionLost(error: unknown): ConnectionError {
  return new ConnectionError(
    `The connection to Celuxe was lost in the middle of the answer${reasonOf(error)}. What came until then is incomplete: try again.`,
    { cause: error },
  );
}

/** fetch hides what happened one or two causes deep. */
function reasonOf(error: unknown): string {
  let current: unknown = error;
  let reason = "";
  for (let depth = 0; depth < 4 && current instanceof Error; depth++) {
    const code = (current as { code?: unknown }).code;
    reason = typeof code === "string" ? code : current.message || reason;
    current = current.cause;
  }
  return reason === "" ? "" : ` (${reason})`;
}
