import {
  type CeluxeClient,
  type CeluxeClientOptions,
  checkOptions,
  ConfigurationError,
  createCeluxeClient,
  type RateLimitOptions,
  type TimeoutOptions,
} from "@celuxe/core";
import type { JSONObject } from "@ai-sdk/provider";

/** Settings of `createCeluxe`. */
export interface CeluxeProviderSettings extends Omit<CeluxeClientOptions, "maxRetries"> {
  /** What `model.provider` begins with, for telemetry. Provider options stay under `celuxe`. Default `"celuxe"`. */
  name?: string | undefined;
  /**
   * Fields that every request body gets. What the call itself sets wins; `model`, `messages` and `stream` cannot be set
   * here.
   */
  extraBody?: Record<string, unknown> | undefined;
  /**
   * A ready client of `@celuxe/core` in place of one made from these settings, to share it with other code. The
   * failures that it is set to retry (`maxRetries`, `rateLimit`) are then not retried by the AI SDK.
   */
  client?: CeluxeClient | undefined;
}

/** What the models of one provider share. Holds no key and no headers: those stay inside the client. */
export interface ModelConfig {
  name: string;
  client: CeluxeClient;
  extraBody: Record<string, unknown>;
  /** The settings that may leave the process. */
  portable: PortableSettings;
}

/** The settings without anything secret and without functions; `baseURL` without its query. */
export type PortableSettings = Pick<
  CeluxeProviderSettings,
  "name" | "baseURL" | "rateLimit" | "timeout" | "mergeDeltas" | "extraBody"
>;

// What is "any" is checked by the client.
const knownSettings = {
  name: "string",
  extraBody: "object",
  client: "object",
  apiKey: "any",
  baseURL: "any",
  rateLimit: "any",
  timeout: "any",
  mergeDeltas: "any",
  headers: "any",
  fetch: "any",
  onEvent: "any",
  dangerouslyAllowBrowser: "any",
} satisfies Record<keyof CeluxeProviderSettings, string>;

/** What is set elsewhere, or has another name in other providers. */
const spellings = {
  "Retries are set where the AI SDK is called, as in generateText({ maxRetries }).": "maxretries retries retry",
  extraBody: "body extraparams defaultbody",
  name: "provider providername",
};

/**
 * @throws {ConfigurationError} for a setting that does not exist or cannot work.
 */
export function createModelConfig(settings: CeluxeProviderSettings): ModelConfig {
  settings = checkOptions(settings, knownSettings, { spellings });
  const { name, extraBody, client, ...clientOptions } = settings;
  return {
    name: name ?? "celuxe",
    client: client ? checkClient(client, clientOptions) : createCeluxeClient({ ...clientOptions, maxRetries: 0 }),
    extraBody: extraBody ?? {},
    portable: portableSettings(settings),
  };
}

/** The portable settings as JSON, for a step of a workflow that runs elsewhere. */
export function serializeSettings(settings: PortableSettings): JSONObject {
  return JSON.parse(
    // JSON has no Infinity, which is the usual `maxWaitMs` of a batch job.
    JSON.stringify(settings, (_, value: unknown) => (value === Infinity ? infinity : value)),
  ) as JSONObject;
}

/** Reads what {@link serializeSettings} wrote. The query of the address comes from `CELUXE_BASE_URL`, if it is the same. */
export function deserializeSettings({ baseURL, ...json }: PortableSettings): PortableSettings {
  const local = readBaseURL();
  return {
    ...json,
    ...(baseURL !== undefined && { baseURL: local && withoutQuery(local) === baseURL ? local : baseURL }),
    rateLimit: withInfinity(json.rateLimit),
    timeout: withInfinity(json.timeout),
  };
}

function readBaseURL(): string | undefined {
  try {
    return globalThis.process?.env?.["CELUXE_BASE_URL"]?.trim();
  } catch {
    // Deno, where the environment may not be read.
    return undefined;
  }
}

/** A query may hold secrets of a proxy. */
function withoutQuery(baseURL: string): string {
  return baseURL.replace(/[?#].*$/, "");
}

const infinity = "Infinity";

function withInfinity<Option extends RateLimitOptions | TimeoutOptions | string | number | false | undefined>(
  option: Option,
): Option {
  if (typeof option !== "object" || option === null) return option === infinity ? (Infinity as Option) : option;
  const entries = Object.entries(option).map(([key, value]) => [key, value === infinity ? Infinity : value] as const);
  return Object.fromEntries(entries) as Option;
}

function portableSettings(settings: CeluxeProviderSettings): PortableSettings {
  const { name, timeout, mergeDeltas, extraBody } = settings;
  const baseURL = settings.baseURL && withoutQuery(settings.baseURL);
  // A store is functions over a connection: elsewhere the process keeps to the limit by itself.
  const rateLimit =
    typeof settings.rateLimit === "object" ? { ...settings.rateLimit, store: undefined } : settings.rateLimit;
  return { name, baseURL, rateLimit, timeout, mergeDeltas, extraBody };
}

/** Refuses what is no client, and options beside one: they would be without effect, which nobody would notice. */
function checkClient(client: CeluxeClient, options: object): CeluxeClient {
  if (typeof client.streamChat !== "function") {
    throw new ConfigurationError("client must be one that createCeluxeClient of @celuxe/core makes.", {
      field: "client",
    });
  }
  const [field] = Object.entries(options).find(([, value]) => value !== undefined && value !== null) ?? [];
  if (field === undefined) return client;
  throw new ConfigurationError(`${field} has no effect beside client: set it where that client is made.`, { field });
}
