import { ConfigurationError } from "../errors.ts";

/**
 * Takes what a `fetch` gave for a response, if everything that is read of one is there. Other libraries' fetches, and
 * mocks, are often only nearly one, and would fail somewhere later without a word about the reason.
 *
 * @throws {ConfigurationError} that names what is missing
 */
export function checkResponse(response: Response): Response {
  const lack = lackOf(response);
  if (lack === undefined) return response;
  throw new ConfigurationError(
    `What fetch gave is not a Response of the Fetch standard: ${lack}. Pass the runtime's own fetch as fetch, or one that follows the standard.`,
    { field: "fetch" },
  );
}

type Loose = { [field: string]: unknown } | null | undefined;

function lackOf(response: unknown): string | undefined {
  if (typeof response !== "object" || response === null) {
    return `it is ${response == null ? String(response) : `a ${typeof response}`}`;
  }
  const { status, ok, headers, body, bodyUsed } = response as { [field: string]: unknown };
  if (typeof status !== "number") return "it has no status";
  if (typeof ok !== "boolean") return "it has no ok";
  for (const method of ["get", "forEach"]) {
    if (typeof (headers as Loose)?.[method] !== "function") return `it has no headers.${method}()`;
  }
  if (body === null) return undefined;
  if (typeof (body as Loose)?.["getReader"] !== "function") {
    return `it has no ${body === undefined ? "body" : "body.getReader()"}, a ReadableStream`;
  }
  // A mock that gives one response twice.
  return bodyUsed === true || (body as Loose)?.["locked"] === true ? "its body has been read already" : undefined;
}
