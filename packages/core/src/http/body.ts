import { connectionLost } from "./connection-error.ts";
import type { Redact } from "./redact.ts";
import { ConfigurationError, RequestTimeoutError } from "../errors.ts";
import type { TimeoutOptions } from "../options.ts";
import { startTimer } from "../timer.ts";

/** A response body, read with the bounds of the `timeout` option. */
export interface Body {
  /** The next bytes, or `undefined` at the end. Rejects with the reason of the attempt's abort. */
  read(): Promise<Uint8Array | undefined>;
  /** Says that what was read held data, and not only keep-alive comments. */
  progressed(): void;
  /**
   * Reads what is behind an answer to its end, so that the connection can be used again; gives up where that takes long.
   * Resolves when the connection is free, or when waiting for that would be noticed.
   */
  drain(): Promise<void>;
  /** Gives up the rest and closes the connection. */
  cancel(): void;
  /** Set when the call was aborted, or a time bound passed; an abort is noticed after the end of the body as well. */
  aborted(): { reason: unknown } | undefined;
}

const bounds = {
  // A rest that is longer, or takes longer, costs more than a new connection.
  drainBytes: 64 * 1024,
  drainMs: 1_000,
  // The end of a body comes within a moment of its last event; a call that starts sooner opens another connection.
  patienceMs: 100,
};

/** `onRelease`: called where the body is given up, by an abort, an error or `cancel`. */
export function openBody(
  response: Response,
  attempt: AbortController,
  { idleMs, progressMs }: Required<TimeoutOptions>,
  redact: Redact,
  onRelease: () => void,
): Body {
  const { signal } = attempt;
  const reader = response.body?.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watched = true;
  let reading = false;
  let late = false;
  let byteAt = performance.now();
  let dataAt = byteAt;
  let closed = false;
  let atEnd = false;
  let aborted: { reason: unknown } | undefined;

  // One timer that looks at the clock when it fires: arming one for every read would cost more than parsing.
  function watch(): void {
    timer = undefined;
    const now = performance.now();
    const left = Math.min(byteAt + idleMs, dataAt + progressMs) - now;
    if (!reading || left > 0) late = false;
    if (!reading) return;
    if (left > 0) return arm(left);
    // A process that was busy itself comes to its timers first and to the bytes after: let it look at the socket. Only
    // what moves the bound ends that second look, not each byte.
    if (!late) {
      late = true;
      return arm(-left);
    }
    const phase = byteAt + idleMs <= now ? "idle" : "progress";
    attempt.abort(
      new RequestTimeoutError(
        phase === "idle"
          ? `Celuxe sent nothing for ${idleMs / 1000} s in the middle of an answer. Try again, or raise timeout.idleMs.`
          : `Celuxe sent only keep-alive comments for ${progressMs / 1000} s. Try again, or raise timeout.progressMs.`,
        { phase },
      ),
    );
  }

  function arm(milliseconds: number): void {
    timer = startTimer(milliseconds, watch);
  }

  function unwatch(): void {
    watched = false;
    clearTimeout(timer);
    timer = undefined;
  }

  function close(): void {
    closed = true;
    unwatch();
    // fetch keeps the signal until the next full garbage collection, and with a listener it would keep all of this.
    signal.removeEventListener("abort", onAbort);
  }

  function giveUp(): void {
    close();
    onRelease();
    // A fetch that ignores its signal would leave the read pending.
    reader?.cancel().catch(() => {});
  }

  function onAbort(): void {
    aborted = { reason: signal.reason };
    giveUp();
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);

  async function read(): Promise<Uint8Array | undefined> {
    if (signal.aborted) throw signal.reason;
    if (closed || !reader) return undefined;
    if (watched) {
      // The time in which nobody read is nobody's silence.
      const now = performance.now();
      dataAt += now - byteAt;
      byteAt = now;
      if (timer === undefined) arm(Math.min(idleMs, progressMs));
    }
    reading = true;
    try {
      const { done, value } = await reader.read();
      if (signal.aborted) throw signal.reason;
      if (!done && !ArrayBuffer.isView(value)) throw notBytes();
      byteAt = performance.now();
      if (done) {
        close();
        atEnd = true;
      }
      return value;
    } catch (error) {
      if (!closed) giveUp();
      if (signal.aborted) throw signal.reason;
      throw ConfigurationError.isInstance(error) ? error : connectionLost(error, redact);
    } finally {
      reading = false;
    }
  }

  function cancel(): void {
    if (closed) return;
    giveUp();
    attempt.abort();
  }

  function drain(): Promise<void> {
    unwatch();
    return new Promise((resolve) => {
      // In Node a connection is free one turn of the event loop after the end of its body.
      const resolveSoon = () => void setTimeout(resolve, 0);
      const patience = setTimeout(resolveSoon, bounds.patienceMs);
      void readRest().then(() => {
        clearTimeout(patience);
        resolveSoon();
      });
    });
  }

  async function readRest(): Promise<void> {
    const drainTimer = setTimeout(cancel, bounds.drainMs);
    try {
      for (let size = 0; size <= bounds.drainBytes;) {
        const bytes = await read();
        if (bytes === undefined) return;
        size += bytes.length;
      }
      cancel();
    } catch {
      // Whoever has all that there was to read does not care how the rest ended.
    } finally {
      clearTimeout(drainTimer);
    }
  }

  return {
    read,
    progressed: () => void (dataAt = byteAt),
    drain,
    cancel,
    aborted: () => (atEnd && signal.aborted ? { reason: signal.reason } : aborted),
  };
}

function notBytes(): ConfigurationError {
  return new ConfigurationError(
    "The body of what fetch gave is a stream of something else than bytes. Pass the runtime's own fetch as fetch, or one that follows the standard.",
    { field: "fetch" },
  );
}
