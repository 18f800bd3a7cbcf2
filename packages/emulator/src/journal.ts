import type { Clock } from "./clock.ts";
import type { Plan } from "./plans.ts";

/** What the emulator knows of one request. Times are milliseconds of the emulator's clock. */
export interface JournalEntry {
  /** 1 for the first request to the API, and so on. */
  readonly number: number;
  readonly method: string;
  /** Path and query, `/v1/chat/completions`. */
  readonly path: string;
  /** All headers but `authorization`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; the text where it is not JSON; undefined where there is none. */
  body?: unknown;
  /** A fingerprint of the key, never the key; undefined where none was sent. */
  key?: string;
  /** The plan of the key, where the key is known. */
  plan?: Plan;
  /** The connection that it came on, counted from 1; undefined for `createEmulator().fetch`. */
  readonly connection?: number;
  /** When the request arrived. */
  readonly start: number;
  /** When the status and headers were sent. */
  head?: number;
  /** When the last byte of the answer was handed to the socket, or the client or a fault ended it. */
  end?: number;
  /** When the client closed the connection before the end of the answer. */
  clientGone?: number;
  /** Undefined until the head was sent; stays so when a fault resets the connection before it. */
  status?: number;
  /** Bytes of the answer's body that were handed to the socket so far. */
  bytes: number;
  /** The `type` of the fault that was played, if any. */
  fault?: string;
}

/** All requests to the API since the start, or since `clear()`. */
export interface Journal {
  /** In the order of arrival. The newest 20,000 are kept, with bodies of 64 Mi characters. */
  readonly requests: readonly JournalEntry[];
  /** How many requests are being answered now. */
  readonly open: number;
  /** The most requests that were being answered at one time. */
  readonly peakConcurrency: number;
  /** Resolves when no request is being answered any more. */
  idle(): Promise<void>;
  /** Forgets the requests so far; numbers start at 1 again. Requests still open finish unseen. */
  clear(): void;
}

/** What is kept, so that an emulator which runs for days stays small. */
const KEPT = {
  requests: 20_000,
  // Counted in characters as they arrived; the parsed body of an older request is dropped.
  bodyCharacters: 64 * 1024 * 1024,
};

export interface JournalWriter extends Journal {
  begin(request: Pick<JournalEntry, "method" | "path" | "headers" | "connection">): JournalEntry;
  setBody(entry: JournalEntry, body: unknown, characters: number): void;
  end(entry: JournalEntry, how: "complete" | "client-gone"): void;
}

export function createJournal(clock: Clock): JournalWriter {
  let requests: JournalEntry[] = [];
  let bodies: { entry: JournalEntry; characters: number }[] = [];
  let bodyCharacters = 0;
  let arrived = 0;
  let peakConcurrency = 0;
  const open = new Set<JournalEntry>();
  let idlers: (() => void)[] = [];

  return {
    get requests() {
      return requests;
    },
    get open() {
      return open.size;
    },
    get peakConcurrency() {
      return peakConcurrency;
    },
    idle: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    clear() {
      requests = [];
      bodies = [];
      bodyCharacters = 0;
      arrived = 0;
      peakConcurrency = open.size;
    },
    begin(request) {
      const entry: JournalEntry = { number: ++arrived, ...request, start: clock.now(), bytes: 0 };
      requests.push(entry);
      if (requests.length > KEPT.requests) requests.shift();
      open.add(entry);
      peakConcurrency = Math.max(peakConcurrency, open.size);
      return entry;
    },
    setBody(entry, body, characters) {
      entry.body = body;
      bodies.push({ entry, characters });
      bodyCharacters += characters;
      while (bodyCharacters > KEPT.bodyCharacters && bodies.length > 1) {
        const oldest = bodies.shift();
        if (!oldest) break;
        delete oldest.entry.body;
        bodyCharacters -= oldest.characters;
      }
    },
    end(entry, how) {
      if (!open.delete(entry)) return;
      entry.end = clock.now();
      if (how === "client-gone") entry.clientGone = entry.end;
      if (open.size > 0) return;
      const waiting = idlers;
      idlers = [];
      for (const resolve of waiting) resolve();
    },
  };
}
