import { connectionLost } from "./connection-error.ts";
import { RequestTimeoutError } from "./errors.ts";
import type { TimeoutOptions } from "./options.ts";

/** A response body, read with the bounds of the `timeout` option. */
export interface Body {
  /** The next bytes, or `undefined` at the end. Rejects with the reason of the attempt's abort. */
  read(): Promise<Uint8Array | undefined>;
  /** Says that what was read held data, and not only keep-alive comments. */
  progressed(): void;
  /** Takes the time bounds away, for reading a rest that nobody waits for. */
  unwatch(): void;
  /** Gives up the rest and closes the connection. */
  cancel(): void;
}

export function openBody(
  response: Response,
  attempt: AbortController,
  timeout: Required<TimeoutOptions>,
  onClose: () => void,
): Body {
  const { signal } = attempt;
  const reader = response.body?.getReader();
  const { idleMs, progressMs } = timeout;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = false;
  let byteAt = performance.now();
  let dataAt = byteAt;
  let closed = false;

  // One timer that looks at the clock when it fires: arming one for every read would cost more than parsing.
  function watch(): void {
    timer = undefined;
    if (!reading || closed) return;
    const now = performance.now();
    const left = Math.min(byteAt + idleMs, dataAt + progressMs) - now;
    if (left > 0) return arm(left);
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
    if (milliseconds === Infinity) return;
    timer = setTimeout(watch, Math.min(milliseconds, 2 ** 31 - 1));
  }

  function close(): void {
    closed = true;
    clearTimeout(timer);
    timer = undefined;
    signal.removeEventListener("abort", onAbort);
    onClose();
  }

  function onAbort(): void {
    if (closed) return;
    close();
    // A fetch that ignores its signal would leave the read pending.
    reader?.cancel(signal.reason).catch(() => {});
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });

  let watched = true;

  async function read(): Promise<Uint8Array | undefined> {
    if (signal.aborted) throw signal.reason;
    if (closed) return undefined;
    if (!reader) {
      close();
      return undefined;
    }
    if (watched) {
      // A reader that paused for its consumer starts a new interval: the server was not silent.
      if (!reading) {
        const now = performance.now();
        dataAt += now - byteAt;
        byteAt = now;
      }
      reading = true;
      if (timer === undefined) arm(Math.min(idleMs, progressMs));
    }
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await reader.read();
    } catch (error) {
      const reason: unknown = signal.aborted ? signal.reason : connectionLost(error);
      close();
      throw reason;
    }
    reading = false;
    if (signal.aborted) throw signal.reason;
    if (result.done) {
      close();
      return undefined;
    }
    if (watched) byteAt = performance.now();
    return result.value;
  }

  return {
    read,
    progressed: () => void (dataAt = byteAt),
    unwatch() {
      watched = false;
      clearTimeout(timer);
      timer = undefined;
    },
    cancel() {
      if (closed) return;
      close();
      attempt.abort();
      reader?.cancel().catch(() => {});
    },
  };
}

/** Reads a body as text, at most `maxBytes` of it. `complete` tells whether that was all. */
export async function readText(body: Body, maxBytes: number): Promise<{ text: string; complete: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const bytes = await body.read();
    if (bytes === undefined) return { text: text + decoder.decode(), complete: true };
    body.progressed();
    const room = maxBytes - size;
    if (bytes.length > room) {
      body.cancel();
      return { text: text + decoder.decode(bytes.subarray(0, room)), complete: false };
    }
    size += bytes.length;
    text += decoder.decode(bytes, { stream: true });
  }
}
