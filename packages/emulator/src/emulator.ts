import { Hono } from "hono";
import { cors } from "hono/cors";
import { createModels } from "./answers/models.ts";
import type { ReplyRule } from "./answers/reply.ts";
import { handleChat, handleModels, handleUnknown } from "./api.ts";
import { checkEmulatorOptions, checkFaultRule, checkReplyRule } from "./check-options.ts";
import { type Clock, createClock } from "./clock.ts";
import { type Connection, exchange, type Handler } from "./exchange.ts";
import type { FaultRule } from "./faults/fault.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createKeys, DEFAULT_KEY, type KeyOptions } from "./limits/keys.ts";
import type { EmulatorOptions } from "./options.ts";
import { createRules, type RuleList } from "./rules.ts";

/** What every emulator has, with a socket or without. */
export interface EmulatorControls {
  /** The first key: a valid one, unless `keys` say otherwise. */
  readonly apiKey: string;
  /** The keys, live: change a balance, revoke a key. */
  readonly keys: KeyOptions[];
  readonly clock: Clock;
  /** What was asked and how it was answered. Also at `GET /__celuxe/journal`, with `?bodies=true` in full. */
  readonly journal: Journal;
  /** What goes wrong from now on. */
  readonly faults: RuleList<FaultRule>;
  /** What the models say from now on. */
  readonly replies: RuleList<ReplyRule>;
}

export interface Emulator extends EmulatorControls {
  /** Answers like the network would: give it to a client as its `fetch`. Any origin will do. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
}

/**
 * A local Celuxe without a socket.
 *
 * ```ts
 * const { fetch, apiKey } = createEmulator();
 * const response = await fetch("https://api.celuxe.shop/v1/models", { headers: { authorization: `Bearer ${apiKey}` } });
 * ```
 *
 * @throws ConfigurationError for an option that does not exist or cannot work
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const { handle, ...controls } = createHandler(checkEmulatorOptions(options));
  return {
    ...controls,
    fetch: async (input, init) => handle(new Request(input, init)),
  };
}

/** The emulator, of checked options, as one function from request to response; `connection` is the socket under it, if any. */
export function createHandler(
  options: EmulatorOptions,
): EmulatorControls & { handle: (request: Request, connection?: Connection) => Promise<Response> } {
  const seed = options.seed ?? 0;
  const clock = createClock(options.clock);
  const journal = createJournal(clock);
  const faults = createRules(options.faults, checkFaultRule);
  const replies = createRules(options.replies, checkReplyRule);
  const keys = createKeys(
    (options.keys ?? [{ key: DEFAULT_KEY }]).map((key) => ({ ...key })),
    options.rateLimit,
  );
  const models = createModels(options.models);
  const pace = options.pace ?? {};
  const reasoningField = options.reasoningField ?? "reasoning_content";
  const context = { clock, journal, faults, keys, pace, seed };

  const app = new Hono<{ Bindings: { connection?: Connection } }>();
  if (options.cors) {
    const exposeHeaders = ["x-request-id", "retry-after", "retry-after-ms"];
    for (const name of ["limit", "remaining", "reset"]) exposeHeaders.push(`x-ratelimit-${name}-requests`);
    app.use(cors({ origin: "*", exposeHeaders }));
  }
  app.get("/__celuxe/journal", (c) => c.json(journalView(journal, c.req.query("bodies") === "true")));
  const api = (method: string, path: string, handler: Handler) =>
    app.on(method, path, (c) => exchange(c.req.raw, c.env.connection, context, handler));
  api("POST", "/v1/chat/completions", handleChat({ models, replies, clock, pace, seed, reasoningField }));
  api("GET", "/v1/models", handleModels(models));
  app.all("*", (c) => exchange(c.req.raw, c.env.connection, context, handleUnknown));
  // Hono would answer with a text of its own; who asked gets the reason as its fetch would give it.
  app.onError((error) => {
    throw error;
  });

  return {
    apiKey: keys.list[0]?.key ?? DEFAULT_KEY,
    keys: keys.list,
    clock,
    journal,
    faults,
    replies,
    handle: async (request, connection) => app.fetch(request, connection ? { connection } : {}),
  };
}

function journalView(journal: Journal, withBodies: boolean) {
  const requests = journal.requests.map(({ body, headers, ...entry }) =>
    withBodies ? { ...entry, headers, body } : entry,
  );
  return { open: journal.open, peakConcurrency: journal.peakConcurrency, requests };
}
