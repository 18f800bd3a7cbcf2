import type { WaitingClock } from "./clock.ts";
import { failureOf, Refusal } from "./errors.ts";
import { changeAnswer } from "./faults/change.ts";
import type { Fault, FaultRule } from "./faults/fault.ts";
import { replaceAnswer } from "./faults/replace.ts";
import type { JournalEntry, JournalWriter } from "./journal.ts";
import { fingerprint, type KeyOptions, type Keys } from "./limits/keys.ts";
import { createRandom, hash, identifier } from "./random.ts";
import type { Rules } from "./rules.ts";
import { type Answer, jsonAnswer } from "./wire/answer.ts";
import { connectionReset, toBody } from "./wire/body.ts";
import { inWrites, type PaceOptions } from "./wire/pace.ts";

/** The socket under a request, where there is one. */
export interface Connection {
  /** Counted from 1. */
  id: number;
  /** Lets what was written arrive, then resets the connection. */
  reset(): Promise<void>;
  /** What a handler returns when the connection is gone and nothing is to be sent. */
  nothing: Response;
}

export interface ExchangeContext {
  clock: WaitingClock;
  journal: JournalWriter;
  faults: Rules<FaultRule>;
  keys: Keys;
  pace: PaceOptions;
  seed: number;
}

/** A request that was authenticated and admitted. */
export interface AdmittedRequest {
  entry: JournalEntry;
  key: KeyOptions;
}

export type Handler = (request: AdmittedRequest) => Answer;

/** One request from arrival to the last byte: journal, fault, key, rate limit, then the handler's answer. */
export async function exchange(
  request: Request,
  connection: Connection | undefined,
  context: ExchangeContext,
  handler: Handler,
): Promise<Response> {
  const { clock, journal } = context;
  const entry = journal.begin({
    method: request.method,
    path: pathOf(request.url),
    headers: headersOf(request.headers),
    ...(connection ? { connection: connection.id } : {}),
  });
  try {
    const authorization = request.headers.get("authorization");
    if (authorization) entry.key = fingerprint(authorization);
    await readBody(request, entry, journal);
    const answer = answerTo(entry, authorization, context, handler);
    if (answer.headAfterMs > 0) await clock.sleep(answer.headAfterMs, request.signal);
    request.signal.throwIfAborted();
    if (answer.resetBeforeHead) {
      journal.end(entry, "complete");
      if (!connection) throw connectionReset();
      await connection.reset();
      return connection.nothing;
    }
    return respond(answer, request, entry, connection, context);
  } catch (error) {
    // Until here only the client's leaving, or the reset of a connection that is none, ends an exchange early.
    journal.end(entry, "client-gone");
    if (connection) return connection.nothing;
    throw request.signal.aborted ? request.signal.reason : error;
  }
}

function answerTo(
  entry: JournalEntry,
  authorization: string | null,
  context: ExchangeContext,
  handler: Handler,
): Answer {
  try {
    const fault = context.faults.next(entry)?.fault;
    if (fault) entry.fault = fault.type;
    return (fault && replaceAnswer(fault, entry)) ?? faulty(fault, admitted(entry, authorization, context, handler));
  } catch (error) {
    // A rule's own function failed: the test's author is reading.
    return failure(error);
  }
}

function failure(error: unknown): Answer {
  return jsonAnswer(500, { error: failureOf(error) });
}

function faulty(fault: Fault | undefined, answer: Answer): Answer {
  return fault ? changeAnswer(fault, answer) : answer;
}

function admitted(
  entry: JournalEntry,
  authorization: string | null,
  { keys, clock }: ExchangeContext,
  handler: Handler,
): Answer {
  let headers: Record<string, string> = {};
  try {
    const key = keys.authenticate(authorization);
    entry.plan = keys.planOf(key);
    headers = keys.admit(key, clock.now());
    const answer = handler({ entry, key });
    return { ...answer, headers: { ...headers, ...answer.headers } };
  } catch (error) {
    if (error instanceof Refusal)
      return jsonAnswer(error.status, { error: error.error }, { ...headers, ...error.headers });
    throw error;
  }
}

/** Statuses that HTTP gives no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

function respond(
  answer: Answer,
  request: Request,
  entry: JournalEntry,
  connection: Connection | undefined,
  context: ExchangeContext,
): Response {
  const { clock, journal, pace, seed } = context;
  const { status } = answer;
  const headers = { "x-request-id": `req_${identifier(`${seed} ${entry.number}`)}`, ...answer.headers };
  let init: ResponseInit;
  try {
    init = { status, headers: new Headers(headers) };
    void new Response(null, init);
  } catch (error) {
    // A fault named a status or a header that HTTP does not know.
    return respond(failure(error), request, entry, connection, context);
  }
  entry.head = clock.now();
  entry.status = status;
  if (request.method === "HEAD" || WITHOUT_BODY.has(status)) {
    journal.end(entry, "complete");
    return new Response(null, init);
  }
  // The server would read ahead to find the length of a body that names none.
  if (connection && !("content-length" in headers)) init.headers = { ...headers, "transfer-encoding": "chunked" };
  const body = toBody(inWrites(answer.body, pace.writeBytes, createRandom(hash(`writes ${seed} ${entry.number}`))), {
    clock,
    signal: request.signal,
    reset: connection && (() => connection.reset()),
    onBytes: (bytes) => void (entry.bytes += bytes),
    onEnd: () => journal.end(entry, "complete"),
    onGone: () => journal.end(entry, "client-gone"),
  });
  return new Response(body, init);
}

async function readBody(request: Request, entry: JournalEntry, journal: JournalWriter) {
  if (request.method === "GET" || request.method === "HEAD") return;
  const text = await request.text();
  if (text !== "") journal.setBody(entry, parsed(text), text.length);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function headersOf(headers: Headers): Record<string, string> {
  const { authorization: _, ...rest } = Object.fromEntries(headers);
  return rest;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
