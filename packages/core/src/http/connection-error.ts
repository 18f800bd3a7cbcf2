import type { Redact } from "./redact.ts";
import { ConnectionError } from "../errors.ts";
import { hasAnswered } from "./origins.ts";
import { defaultBaseURL, isLocal } from "../resolve-options.ts";

/** The error for a request that got no answer. */
export function unreachable(origin: string, error: unknown, redact: Redact): ConnectionError {
  const cause = copyCause(error, redact);
  const { code, reason } = findReason(cause);
  const advice =
    refusal.test(reason) && !hasAnswered(origin)
      ? adviceOn(origin, reason)
      : "Check the network and baseURL, then try again.";
  // Apart from the throw: Node prints the line of an uncaught error, and the message stands there once.
  const message = `Could not reach Celuxe at ${origin}${inBrackets(reason)}. ${advice}`;
  return new ConnectionError(message, { code, cause });
}

/** The error for an answer that broke off. */
export function connectionLost(error: unknown, redact: Redact): ConnectionError {
  const cause = copyCause(error, redact);
  const { code, reason } = findReason(cause);
  return new ConnectionError(
    `The connection to Celuxe was lost in the middle of the answer${inBrackets(reason)}. What came until then is incomplete: try again.`,
    { code, cause },
  );
}

/** Whether no connection was made, for a reason that mostly stays: no such host, nothing that listens, no valid TLS. */
export function isRefusal({ cause }: ConnectionError): boolean {
  return cause instanceof Error && refusal.test(findReason(cause).reason);
}

const tls = /cert|UNABLE_TO|EPROTO|_(SSL|TLS)_|corrupt message/i;
// Codes of Node and Bun; words of Node and Deno where there is no code. What workerd and browsers say, they say of every
// failure: one that came twice and has never worked is most likely one of these.
const refusal = new RegExp(
  `${tls.source}|ENOTFOUND|EAI_AGAIN|conn\\w* ?refused|UNREACH|HPE_|Malformed_HTTP|bad port|blocked|dns error|HTTP\\S* (protocol|version)|^(failed to fetch|load failed|network|internal error)`,
  "i",
);

function adviceOn(origin: string, reason: string): string {
  const emulator = "start the emulator with npx @celuxe/emulator and set the address that it prints.";
  if (defaultBaseURL.startsWith(origin))
    return `Check the network: DNS, proxy, firewall. To work without it, ${emulator}`;
  const fault = tls.test(reason)
    ? "It speaks no TLS, or has no certificate that is trusted here"
    : "The address is wrong, or its server does not run";
  return `${fault}: set baseURL, or the environment variable CELUXE_BASE_URL, to the API's (${defaultBaseURL})${isLocal(new URL(origin)) ? `, or ${emulator}` : "."}`;
}

// fetch hides what happened one or two causes deep; a chain that is longer says nothing more.
const maxCauses = 4;

/** The texts of an error and its causes, and nothing else: errors of some fetches carry the request with its key. */
export function copyCause(error: unknown, redact: Redact, depth = 1): Error {
  const { name, message, code, stack, cause, errors } = (
    typeof error === "object" && error !== null ? error : {}
  ) as Record<string, unknown>;
  // Some fetches name the address, whose query may hold secrets of a proxy.
  const clean = (text: string) => redact(text).replace(/(https?:\/\/[^\s?#"')]*)[?#][^\s"')]*/gi, "$1");
  const text = clean(typeof message === "string" ? message : String(error));
  const hasCause = cause !== undefined && cause !== null && depth < maxCauses;
  const copy = new Error(text, hasCause ? { cause: copyCause(cause, redact, depth + 1) } : undefined);
  const className = typeof name === "string" ? clean(name) : "Error";
  // The frames of the runtime's own fetch, and those of this copy, tell nobody anything.
  const frames = typeof stack === "string" ? clean(stack).match(/\n\s+at (?!.*\bnode:).*/g) : undefined;
  for (const [field, value] of Object.entries({
    name: className,
    stack: `${className}: ${text}${frames?.join("") ?? ""}`,
  })) {
    Object.defineProperty(copy, field, { value, configurable: true, writable: true });
  }
  // Of the addresses of one host, each has failed for a reason of its own.
  const codes = [
    code,
    ...(Array.isArray(errors) ? errors.slice(0, 8).map((each) => (each as { code?: unknown } | null)?.code) : []),
  ];
  const known = new Set(codes.filter((each) => typeof each === "string").map(clean));
  if (known.size > 0) Object.assign(copy, { code: [...known].join(", ") });
  return copy;
}

/** What the deepest of the causes says. */
function findReason(cause: Error): { code: string | undefined; reason: string } {
  let code: string | undefined;
  let reason = "";
  for (let current: unknown = cause; current instanceof Error; current = current.cause) {
    const own = (current as { code?: string }).code;
    code = own ?? code;
    reason = own ?? (current.message || reason);
  }
  return { code, reason };
}

function inBrackets(reason: string): string {
  return reason === "" ? "" : ` (${reason})`;
}
