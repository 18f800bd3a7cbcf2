import {
  type CeluxeClient,
  type CeluxeClientOptions,
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

/**
 * @throws {ConfigurationError} for a setting that cannot work.
 */
export function createModelConfig(settings: CeluxeProviderSettings): ModelConfig {
  const { name = "celuxe", extraBody = {}, client, ...clientOptions } = settings;
  return {
    name,
    client: client ? refuseOptions(client, clientOptions) : createCeluxeClient({ ...clientOptions, maxRetries: 0 }),
    extraBody,
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
  if (typeof option !== "object") return option === infinity ? (Infinity as Option) : option;
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

/** An option beside a ready client would be without effect, which nobody would notice. */
function refuseOptions(client: CeluxeClient, options: object): CeluxeClient {
  const [field] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (field === undefined) return client;
  throw new ConfigurationError(`${field} has no effect beside client: set it where that client is made.`, { field });
}
