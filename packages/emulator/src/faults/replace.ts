import { errorOf } from "../errors.ts";
import type { JournalEntry } from "../journal.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { Piece } from "../wire/pieces.ts";
import type { Fault } from "./fault.ts";

/** What a replacing fault may leave open. */
const DEFAULTS = {
  hugeErrorBytes: 3 * 1024 * 1024,
  commentsEveryMs: 100,
};

/** The answer of a replacing fault; undefined for the others. */
export function replaceAnswer(fault: Fault, request: JournalEntry): Answer | undefined {
  switch (fault.type) {
    case "status":
      return statusAnswer(fault.status, fault.body, fault.headers);
    case "html":
      return page(fault.status ?? 200, "<h1>It works!</h1>");
    case "error-200":
      return jsonAnswer(200, { error: fault.error ?? errorOf(500) });
    case "huge-error":
      return page(fault.status ?? 502, "<p>bad gateway</p>", fault.bytes ?? DEFAULTS.hugeErrorBytes);
    case "redirect":
      return { ...page(fault.status ?? 307, "<p>moved</p>"), headers: { location: fault.location } };
    case "comments":
      return script(comments(fault.everyMs ?? DEFAULTS.commentsEveryMs));
    case "script": {
      const pieces = typeof fault.chunks === "function" ? fault.chunks(request) : fault.chunks;
      return script(endedBy(pieces, fault.end ?? "close"), fault.status, fault.headers);
    }
    default:
      return undefined;
  }
}

function* endedBy(pieces: Iterable<Piece>, end: "close" | "reset" | "stay-open"): Iterable<Piece> {
  yield* pieces;
  yield { end };
}

function* comments(everyMs: number): Iterable<Piece> {
  for (;;) {
    yield ": keep-alive\n\n";
    yield { waitMs: everyMs };
  }
}

function statusAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  if (typeof body !== "string") return jsonAnswer(status, body ?? { error: errorOf(status) }, lowerCased(headers));
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...lowerCased(headers) },
    headAfterMs: 0,
    body: body === "" ? [] : [body],
  };
}

function page(status: number, html: string, bytes = 0): Answer {
  const text = `<!doctype html>\n<title>${status}</title>\n${html}\n`;
  const body = text + "<!-- padding -->\n".repeat(Math.ceil(Math.max(0, bytes - text.length) / 17));
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, headAfterMs: 0, body: [body] };
}

function script(body: Iterable<Piece>, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "text/event-stream; charset=utf-8", ...lowerCased(headers) },
    headAfterMs: 0,
    body,
  };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
