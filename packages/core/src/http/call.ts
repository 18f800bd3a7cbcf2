import { type AnswerContext, requestIdOf } from "./api-error.ts";
import { isRefusal } from "./connection-error.ts";
import type { Credentials } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { APIError, AuthenticationError, ConnectionError, RateLimitError } from "../errors.ts";
import type { Report } from "../events.ts";
import type { Priority, TimeoutOptions } from "../options.ts";
import type { RateLimiter, Turn } from "../rate-limit/limiter.ts";
import { noteAnswer, noteRefusal } from "./origins.ts";
import { type HttpAnswer, sendRequest } from "./request.ts";
import { decide, type Decision, type Outcome } from "./retry.ts";
import { sleep } from "../timer.ts";
import { isTransientStatus } from "../transient-status.ts";

/** What stays the same for all attempts of a call. */
export interface Call {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body: string | undefined;
  fetch: typeof globalThis.fetch;
  timeout: Required<TimeoutOptions>;
  maxRetries: number;
  /** Most requests in all, whatever the reason to try again. */
  maxAttempts: number;
  credentials: Credentials;
  /** Undefined where the rate limit is the caller's business. */
  limiter: RateLimiter | undefined;
  /** Undefined where the client's goes. */
  priority: Priority | undefined;
  deadline: Deadline;
  report: Report;
  onKey: (key: string) => void;
}

/** The result of a call, and the attempt that brought it. */
export interface Completed<Result> {
  result: Result;
  attempts: number;
  response: Response;
  context: AnswerContext;
}

/** Makes attempts until one succeeds or the rules say stop. `open` reads as far as an attempt can still be made again. */
export async function makeCall<Result>(
  call: Call,
  open: (answer: HttpAnswer, context: AnswerContext) => Promise<Result>,
): Promise<Completed<Result>> {
  const { credentials, report } = call;
  const { signal } = call.deadline;
  const { origin, pathname } = call.url;
  const calledURL = origin + pathname;
  let attempts = 0;
  let transient = 0;
  let renewedKey = false;
  let turn: Turn | undefined;
  let lastError: unknown;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { key, redact } = await credentials.resolve(signal);
      call.onKey(key);
      const context: AnswerContext = { keySource: credentials.source, redact, calledURL };
      turn ??= call.limiter?.turn(key, report, call.priority);
      try {
        await turn?.wait(signal);
      } catch (error) {
        throw RateLimitError.isInstance(error) ? afterAttempts(error, attempts, lastError) : error;
      }
      const attempt = (attempts += 1);
      report({ type: "attempt", attempt });
      const startedAt = performance.now();
      const onHead = (response: Response) => {
        turn?.arrived(response);
        noteAnswer(origin);
        const requestId = requestIdOf(response);
        report({
          type: "head",
          attempt,
          status: response.status,
          ...(requestId && { requestId: context.redact(requestId) }),
        });
      };
      try {
        const answer = await sendRequest({ ...call, key, signal, context, onHead });
        const result = await open(answer, context);
        turn?.accepted();
        return { result, attempts, response: answer.response, context };
      } catch (error) {
        turn?.ended();
        if (signal.aborted) throw signal.reason;
        lastError = error;
        if (ConnectionError.isInstance(error) && isRefusal(error) && noteRefusal(origin, startedAt)) {
          error.retryable = false;
        }
        const outcome = settleTurn(error, turn, attempt, report);
        if (outcome.kind === "transient") transient += 1;
        const decision = decide(outcome, {
          attempts,
          transient,
          maxRetries: call.maxRetries,
          maxAttempts: call.maxAttempts,
          waitLeftMs: turn?.waitLeftMs(),
          canRenewKey: credentials.source === "function" && !renewedKey,
          random: Math.random(),
        });
        if (decision.action === "stop") throw toFinal(error, outcome, decision);
        if (outcome.kind === "key") renewedKey = true;
        const delayMs = decision.action === "wait" ? decision.delayMs : 0;
        report({ type: "retry", attempt, delayMs: Math.round(delayMs), ...describeError(error) });
        if (delayMs > 0) {
          await sleep(delayMs, signal);
          turn?.spend(delayMs);
        }
      }
    }
  } catch (error) {
    if (APIError.isInstance(error)) error.attempts ??= attempts;
    report({ type: "error", attempts, ...describeError(error) });
    throw error;
  }
}

/** The facts of an error that an event may carry. */
export function describeError(error: unknown): { error: string; status?: number; code?: string } {
  const { status } = APIError.isInstance(error) ? error : {};
  const { code } = APIError.isInstance(error) || ConnectionError.isInstance(error) ? error : {};
  return {
    error: error instanceof Error ? error.name : "abort",
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
  };
}

/** Tells the rate limiter how the server took the request, and the rules what has happened. */
function settleTurn(error: unknown, turn: Turn | undefined, attempt: number, report: Report): Outcome {
  if (ConnectionError.isInstance(error)) return { kind: error.retryable ? "transient" : "final" };
  if (!APIError.isInstance(error)) return { kind: "final" };
  const { status, retryAfterMs } = error;
  if (RateLimitError.isInstance(error)) {
    if (!turn) return { kind: "rate-limit", waitMs: retryAfterMs };
    const { coolDownMs, limit } = turn.rejected(retryAfterMs);
    report({
      type: "cooldown",
      attempt,
      coolDownMs: Math.round(coolDownMs),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(limit !== undefined && { limit }),
    });
    return { kind: "rate-limit", waitMs: Math.max(coolDownMs, retryAfterMs ?? 0) };
  }
  turn?.accepted();
  if (isTransientStatus(status)) return { kind: "transient", waitMs: retryAfterMs };
  return { kind: AuthenticationError.isInstance(error) ? "key" : "final" };
}

/** Says of the error that ends a call whether, and when, somebody else may try again. */
function toFinal(error: unknown, { waitMs }: Outcome, { final }: Decision & { action: "stop" }): unknown {
  if (final && APIError.isInstance(error)) error.retryable = false;
  // A 429 without a hint: the cool-down of the key is what is known about when to come again.
  if (!RateLimitError.isInstance(error) || error.retryAfterMs !== undefined || !waitMs) return error;
  return Object.assign(error, { retryAfterMs: Math.ceil(waitMs) });
}

/** A refusal to wait after requests were made keeps what the server said. */
function afterAttempts(refusal: RateLimitError, attempts: number, cause: unknown): RateLimitError {
  if (attempts === 0) return refusal;
  const last = RateLimitError.isInstance(cause) ? cause : undefined;
  return new RateLimitError(refusal.message.replace("No request was sent.", "No further request was sent."), {
    status: last?.status,
    type: last?.type,
    code: last?.code ?? refusal.code,
    requestId: last?.requestId,
    headers: last?.headers,
    body: last?.body,
    retryAfterMs: refusal.retryAfterMs,
    attempts,
    cause,
  });
}
