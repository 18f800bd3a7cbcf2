import { copyCause } from "./connection-error.ts";
import { ConfigurationError } from "../errors.ts";
import type { ApiKey } from "../options.ts";
import { createRedact, type Redact, redactAnyKey } from "./redact.ts";
import { readEnvironment } from "../resolve-options.ts";

/** Where the key in use came from, so that an error can say what to check. */
export type KeySource = "option" | "environment" | "function";

export interface Credentials {
  readonly source: KeySource;
  /** The key for one request. @throws {ConfigurationError} if there is none that can be sent */
  resolve(signal: AbortSignal): Promise<Secret>;
}

/** A key that can be sent, and what removes it from what comes back. */
export interface Secret {
  readonly key: string;
  readonly redact: Redact;
}

/**
 * Holds the API key in a closure, where neither `util.inspect` nor `JSON.stringify` finds it. Nothing is read or checked
 * before the first request, so that a module that makes a client can be loaded without a key.
 */
export function createCredentials(apiKey: ApiKey | undefined): Credentials {
  const source = typeof apiKey === "function" ? "function" : apiKey === undefined ? "environment" : "option";
  let last: { value: unknown; secret: Secret } | undefined;
  return {
    source,
    async resolve(signal) {
      const value =
        typeof apiKey === "function"
          ? await ask(apiKey, signal, last?.secret.redact)
          : (apiKey ?? readEnvironment("CELUXE_API_KEY"));
      // Asked for every request, and mostly the same: checked once, and its pattern made once.
      if (last?.value !== value || !last) {
        const key = checkKey(value, source);
        last = { value, secret: { key, redact: createRedact(key) } };
      }
      return last.secret;
    },
  };
}

/** Asks a key function, which may itself wait for a server, for no longer than the call lasts. */
function ask(
  apiKey: () => string | Promise<string>,
  signal: AbortSignal,
  redact: Redact = redactAnyKey,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    Promise.resolve()
      .then(apiKey)
      .then(resolve, (thrown: unknown) => {
        // An error of whoever keeps the keys may carry the request and its answer.
        const cause = copyCause(thrown, (text) => redactAnyKey(redact(text)));
        reject(
          new ConfigurationError(
            `The apiKey function failed (${cause.name}), so there is no key to send. See the cause.`,
            { field: "apiKey", cause },
          ),
        );
      })
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const sourceNames: Record<KeySource, string> = {
  option: "the apiKey option",
  environment: "the environment variable CELUXE_API_KEY",
  function: "the apiKey function",
};

/** In words, where the key came from. */
export function describeKeySource(source: KeySource): string {
  return sourceNames[source];
}

function checkKey(value: unknown, source: KeySource): string {
  if (value === undefined || value === null || value === "") {
    throw new ConfigurationError(
      source === "environment"
        ? "No Celuxe API key: set the environment variable CELUXE_API_KEY or pass the apiKey option. To try it without an account, start the emulator with npx @celuxe/emulator and set the address and the key that it prints."
        : `No Celuxe API key: ${sourceNames[source]} gave none.`,
      { field: "apiKey" },
    );
  }
  if (typeof value !== "string") {
    throw new ConfigurationError(
      `The Celuxe API key must be a string: ${sourceNames[source]} gave a ${typeof value}.`,
      {
        field: "apiKey",
      },
    );
  }
  const key = value.trim();
  const [, surplus] = /^(["'`]|Bearer\s)/i.exec(key) ?? [];
  if (surplus !== undefined) {
    throw new ConfigurationError(
      `The Celuxe API key from ${sourceNames[source]} ${surplus.length > 1 ? 'begins with "Bearer "' : "is in quotes"}: set the key alone, from its first letter to its last.`,
      { field: "apiKey" },
    );
  }
  // fetch would put a key with a line break or a letter outside ASCII into its own TypeError, in full.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ConfigurationError(
      `The Celuxe API key from ${sourceNames[source]} is ${key === "" ? "blank" : "malformed: it holds a space, a line break or a letter outside ASCII"}. Copy it again.`,
      { field: "apiKey" },
    );
  }
  return key;
}
