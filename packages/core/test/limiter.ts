import type { Priority } from "../src/options.ts";
import { createRateLimiter, type Turn } from "../src/rate-limit/limiter.ts";

// Rate limiters of clients that share a key, without a server: for tests on a clock of their own.

export const windowMs = 6_000;
/** The window and its margin. */
export const spanMs = windowMs + 250;

interface Made {
  call: number;
  client: number;
  at: number;
  limit: number | undefined;
}

let key = 0;

/** Clients of one new key, with a limit and perhaps a priority each, and the starts that they have made. */
export function createClients(
  limits: (number | undefined)[],
  { maxWaitMs = Infinity, priorities = [] }: { maxWaitMs?: number; priorities?: Priority[] } = {},
) {
  key += 1;
  const made: Made[] = [];
  const limiters = limits.map((limit, client) => {
    const priority = priorities[client] ?? "interactive";
    return createRateLimiter({ limit, windowMs, maxWaitMs, priority, store: undefined }, "https://schedule.test", true);
  });
  let calls = 0;
  function start(client: number, signal: AbortSignal = new AbortController().signal) {
    const call = (calls += 1);
    const turn: Turn = limiters[client]!.turn(`key ${key}`, () => {});
    const take = () =>
      turn.wait(signal).then(() => void made.push({ call, client, at: performance.now(), limit: limits[client] }));
    const answer = (headers: Record<string, string> = {}) => {
      turn.arrived({ status: 200, headers: new Headers(headers) });
      turn.accepted();
    };
    const refuse = (retryAfterMs?: number, headers: Record<string, string> = {}) => {
      turn.arrived({ status: 429, headers: new Headers(headers) });
      return turn.rejected(retryAfterMs).coolDownMs;
    };
    return { call, turn, take, answer, refuse };
  }
  return { made, start, state: () => limiters[0]!.state(`key ${key}`) };
}

/** The most starts of anybody in a window that ends with a start of one client. */
export function mostInWindow(made: Made[], client: number): number {
  const counts = made.map(({ client: by, at }, index) =>
    by === client ? made.slice(0, index + 1).filter((other) => other.at > at - spanMs).length : 0,
  );
  return Math.max(...counts);
}

/** Whether no call of a client started more than `withinMs` before an older one. */
export function isInOrder(made: Made[], client: number, withinMs = 1): boolean {
  const last = new Map(made.filter((start) => start.client === client).map(({ call, at }) => [call, at]));
  const times = [...last].toSorted(([a], [b]) => a - b).map(([, at]) => at);
  return times.every((at, index) => index === 0 || at >= times[index - 1]! - withinMs);
}
