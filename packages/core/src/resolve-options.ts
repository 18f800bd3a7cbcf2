import { checkOptions, describe } from "./check-options.ts";
import { ConfigurationError } from "./errors.ts";
import type { CeluxeClientOptions, Priority, RateLimitOptions, RateLimitStore, TimeoutOptions } from "./options.ts";

/** The service's address, from its documentation. */
export const defaultBaseURL = "https://api.celuxe.shop/v1";

/** Requests a minute, from the service's documentation. */
const planLimits = { free: 10, pro: 500 };

const defaults = {
  // A minute is the documented window.
  windowMs: 60_000,
  // Two windows: a call that comes second in line for a window still gets through.
  maxWaitMs: 120_000,
  // The AI SDK and the OpenAI client use the same number.
  maxRetries: 2,
  // Reasoning models may think for minutes before a byte comes.
  headersMs: 300_000,
  // Twice what load balancers commonly allow a silent connection.
  idleMs: 120_000,
  progressMs: 300_000,
};

// What is "any" here is checked where it is resolved, in words of its own.
const clientOptions = {
  apiKey: "any",
  baseURL: "string",
  rateLimit: "any",
  maxRetries: "any",
  timeout: "number | object",
  mergeDeltas: "boolean",
  headers: "any",
  fetch: "function",
  onEvent: "function",
  dangerouslyAllowBrowser: "boolean",
} satisfies Record<keyof CeluxeClientOptions, string>;

const rateLimitOptions = {
  limit: "any",
  windowMs: "any",
  maxWaitMs: "any",
  priority: '"interactive" | "batch"',
  store: "any",
} satisfies Record<keyof RateLimitOptions, string>;

const timeoutOptions = {
  headersMs: "any",
  idleMs: "any",
  progressMs: "any",
  totalMs: "any",
} satisfies Record<keyof TimeoutOptions, string>;

/** @throws {ConfigurationError} for an option of a client that does not exist, or has the wrong type. */
export function checkClientOptions(options: CeluxeClientOptions): CeluxeClientOptions {
  return checkOptions(options, clientOptions);
}

/** The rate limit of one client; `limit` is undefined where it is to be learned. */
export interface RateLimit {
  limit: number | undefined;
  windowMs: number;
  maxWaitMs: number;
  priority: Priority;
  store: RateLimitStore | undefined;
}

export function resolveRateLimit(option: CeluxeClientOptions["rateLimit"]): RateLimit | undefined {
  if (option === false) return undefined;
  if (typeof option === "number") throw invalidRateLimit(option);
  const given: RateLimitOptions =
    typeof option === "object" ? checkOptions(option, rateLimitOptions, { within: "rateLimit" }) : { limit: option };
  const windowMs = given.windowMs ?? defaults.windowMs;
  const maxWaitMs = given.maxWaitMs ?? defaults.maxWaitMs;
  requireNumber("rateLimit.windowMs", windowMs, windowMs > 0 && windowMs < Infinity, "milliseconds above 0");
  requireNumber("rateLimit.maxWaitMs", maxWaitMs, maxWaitMs >= 0, "milliseconds from 0, or Infinity");
  const limit = resolveLimit(given.limit);
  const priority = given.priority ?? "interactive";
  return { limit, windowMs, maxWaitMs, priority, store: resolveStore(given.store, limit) };
}

function resolveLimit(limit: RateLimitOptions["limit"]): number | undefined {
  if (limit === undefined || limit === null || limit === "auto") return undefined;
  if (limit === "free" || limit === "pro") return planLimits[limit];
  if (typeof limit === "number" && Number.isInteger(limit) && limit > 0) return limit;
  throw invalidRateLimit(limit);
}

function invalidRateLimit(value: unknown): ConfigurationError {
  return new ConfigurationError(
    `rateLimit must be "auto", "free", "pro", false or { limit } with a whole number above 0, not ${describe(value)}.`,
    { field: "rateLimit" },
  );
}

function resolveStore(store: RateLimitStore | undefined, limit: number | undefined): RateLimitStore | undefined {
  if (store === undefined || store === null) return undefined;
  const methods = [store.reserve, store.release, store.coolDown];
  if (methods.some((method) => typeof method !== "function")) {
    throw new ConfigurationError(
      "rateLimit.store must have the methods reserve, release and coolDown; createRedisStore of @celuxe/core/redis makes one.",
      { field: "rateLimit.store" },
    );
  }
  if (limit === undefined) {
    throw new ConfigurationError(
      'rateLimit.store needs rateLimit.limit: what one process learns from its own 429s is not the limit of all. Set the number, "free" or "pro".',
      { field: "rateLimit.limit" },
    );
  }
  return store;
}

export function resolveMaxRetries(option: number | undefined): number {
  const maxRetries = option ?? defaults.maxRetries;
  requireNumber("maxRetries", maxRetries, maxRetries >= 0, "a number from 0");
  return maxRetries;
}

export function resolveMaxAttempts(option: number | null | undefined): number {
  if (option === undefined || option === null) return Infinity;
  requireNumber(
    "maxAttempts",
    option,
    option >= 1 && (Number.isInteger(option) || option === Infinity),
    "a whole number above 0",
  );
  return option;
}

export function resolveTimeout(option: CeluxeClientOptions["timeout"]): Required<TimeoutOptions> {
  const given =
    typeof option === "number" ? { totalMs: option } : checkOptions(option, timeoutOptions, { within: "timeout" });
  const timeout = {
    headersMs: given.headersMs ?? defaults.headersMs,
    idleMs: given.idleMs ?? defaults.idleMs,
    progressMs: given.progressMs ?? defaults.progressMs,
    totalMs: given.totalMs ?? Infinity,
  };
  for (const [name, value] of Object.entries(timeout)) {
    requireNumber(typeof option === "number" ? "timeout" : `timeout.${name}`, value, value > 0, "milliseconds above 0");
  }
  return timeout;
}

const warnedHosts = new Set<string>();

/** The address that paths are appended to, checked: the key goes wherever this points. */
export function resolveBaseURL(option: string | undefined): URL {
  const fromEnvironment = option === undefined ? readEnvironment("CELUXE_BASE_URL")?.trim() : undefined;
  const source = fromEnvironment ? "The environment variable CELUXE_BASE_URL" : "The baseURL option";
  const text = option ?? (fromEnvironment || defaultBaseURL);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ConfigurationError(`${source} is not a URL. Use one like ${defaultBaseURL}.`, {
      field: "baseURL",
    });
  }
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) {
    throw new ConfigurationError(
      `${source} must be an http(s) address without a user name and password. Use one like ${defaultBaseURL}.`,
      { field: "baseURL" },
    );
  }
  if (url.protocol === "http:" && !isLocal(url) && !warnedHosts.has(url.host)) {
    warnedHosts.add(url.host);
    console.warn(`[celuxe] ${url.origin} is not encrypted: the API key can be read on its way. Use https.`);
  }
  return url;
}

/** Whether an address is one of this machine. */
export function isLocal({ hostname }: URL): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** An environment variable, or `undefined` where there is no environment (browsers) or it may not be read (Deno). */
export function readEnvironment(name: string): string | undefined {
  try {
    return globalThis.process?.env?.[name];
  } catch {
    return undefined;
  }
}

/** Refuses a plain key where every visitor of a page could read it. */
export function refuseBrowser(options: CeluxeClientOptions): void {
  if (isBrowser() && typeof options.apiKey === "string" && options.dangerouslyAllowBrowser !== true) {
    throw new ConfigurationError(
      "A Celuxe API key in a browser can be read by every visitor. Call Celuxe from a server, or pass an apiKey function that fetches a short-lived key; dangerouslyAllowBrowser: true turns this check off.",
      { field: "apiKey" },
    );
  }
}

// They belong to the connection, which is fetch's: Node refuses them as if the service could not be reached, over HTTP/2
// some more than over HTTP/1.1, other runtimes ignore them.
const connectionHeaders =
  /^(content-length|expect|http2-settings|keep-alive|proxy-connection|te|transfer-encoding|upgrade)$/;

/** A page, unless it is one that Node, Bun or Deno simulates for tests; a window of Electron is a page with Node beside it. */
function isBrowser(): boolean {
  const { window, document, process } = globalThis as {
    window?: unknown;
    document?: unknown;
    process?: { type?: string; versions?: { node?: string } };
  };
  const server = typeof process?.versions?.node === "string" && process.type !== "renderer";
  return typeof window === "object" && typeof document === "object" && !server;
}

// RFC 9110, 5.1 and 5.5. Every header of every call is checked: too often to make a Headers object for it.
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A plain record of the headers to send, refusing those that this package owns and those that cannot be sent. */
export function checkHeaders(headers: Record<string, string | undefined> | undefined): Record<string, string> {
  if (headers !== undefined && (typeof headers !== "object" || headers === null || Symbol.iterator in headers)) {
    throw new ConfigurationError('headers must be a plain object, as in { "x-team": "search" }.', { field: "headers" });
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") {
      throw new ConfigurationError(`headers.${name.slice(0, 40)} must be string, not ${describe(value)}.`, {
        field: "headers",
      });
    }
    const lower = name.toLowerCase();
    if (lower === "authorization") {
      throw new ConfigurationError(
        "The authorization header cannot be set: pass the key as apiKey (a function, where it differs by call).",
        { field: "headers" },
      );
    }
    if (connectionHeaders.test(lower)) {
      throw new ConfigurationError(
        `The header ${JSON.stringify(lower)} cannot be set: it belongs to the connection, which is fetch's. Leave it out.`,
        { field: "headers" },
      );
    }
    if (!headerName.test(lower) || !headerValue.test(value)) {
      // fetch would name the value, and it would look like a lost connection.
      throw new ConfigurationError(
        `The header ${JSON.stringify(name.slice(0, 40))} cannot be sent: its name or value holds a line break or a letter that HTTP does not allow.`,
        { field: "headers" },
      );
    }
    checked[lower] = value;
  }
  return checked;
}

function requireNumber(field: string, value: unknown, inRange: boolean, wanted: string): void {
  if (typeof value === "number" && !Number.isNaN(value) && inRange) return;
  throw new ConfigurationError(`${field} must be ${wanted}, not ${describe(value)}.`, { field });
}
