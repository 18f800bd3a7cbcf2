import type { WaitingClock } from "../clock.ts";
import { failureOf } from "../errors.ts";
import { isBytes, isChunk, type Piece, toWire } from "./pieces.ts";

/** What a body tells while it is read. Exactly one of `onEnd` and `onGone` is called, once. */
export interface BodyEvents {
  onBytes: (bytes: number) => void;
  /** The body came to its end, or a fault ended it. */
  onEnd: () => void;
  /** The client went away before. */
  onGone: () => void;
}

export interface BodyOptions extends BodyEvents {
  clock: WaitingClock;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  /** Resets the connection; undefined where there is none, then the body fails as a reset one does. */
  reset: (() => Promise<void>) | undefined;
}

/** Larger pieces are cut, so that a client which does not read stops the emulator soon. */
const WRITE_BYTES = 64 * 1024;

/** Plays the pieces as somebody reads: nothing is made ahead, and nothing goes on once the client has gone. */
export function toBody(pieces: Iterable<Piece>, options: BodyOptions): ReadableStream<Uint8Array> {
  const { clock, signal, onBytes, onEnd, onGone, reset } = options;
  const encoder = new TextEncoder();
  const iterator = toldFailures(pieces)[Symbol.iterator]();
  const gone = new AbortController();
  const start = clock.now();
  let rest: Uint8Array | undefined;
  let settled = false;

  const settle = (how: () => void) => {
    if (settled) return;
    settled = true;
    signal.removeEventListener("abort", onAbort);
    how();
    gone.abort();
    try {
      iterator.return?.();
    } catch {
      // A script that makes its own client go away is running just now; it ends by not being asked again.
    }
  };
  let onAbort = () => {};

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort = () => {
          if (settled) return;
          settle(onGone);
          // On a socket nobody reads any more; in process the reader learns why.
          if (reset) controller.close();
          else controller.error(signal.reason);
        };
        signal.addEventListener("abort", onAbort);
        if (signal.aborted) onAbort();
      },
      async pull(controller) {
        const write = (bytes: Uint8Array) => {
          rest = bytes.length > WRITE_BYTES ? bytes.subarray(WRITE_BYTES) : undefined;
          const now = rest ? bytes.subarray(0, WRITE_BYTES) : bytes;
          onBytes(now.length);
          controller.enqueue(now);
        };
        if (rest) return write(rest);
        for (;;) {
          if (settled) return;
          const next = iterator.next();
          const piece = next.done ? { end: "close" as const } : next.value;
          if (typeof piece === "string" || isBytes(piece)) {
            const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
            if (bytes.length > 0) return write(bytes);
          } else if ("end" in piece) {
            return end(piece.end, controller);
          } else {
            const wait =
              "waitMs" in piece ? clock.sleep(piece.waitMs, gone.signal) : clock.until(start + piece.atMs, gone.signal);
            // Only the client's going away ends a wait early; the loop then sees `settled`.
            await wait.catch(() => {});
          }
        }
      },
      cancel: () => settle(onGone),
    },
    { highWaterMark: 0 },
  );

  async function end(how: "close" | "reset" | "stay-open", controller: ReadableStreamDefaultController<Uint8Array>) {
    if (how === "stay-open") {
      await new Promise((resolve) => gone.signal.addEventListener("abort", resolve));
      return;
    }
    settle(onEnd);
    if (how === "close") return controller.close();
    if (!reset) return controller.error(connectionReset());
    await reset();
  }
}

/** The pieces as they go on the wire. A script that fails says so there, and the connection is reset. */
function* toldFailures(pieces: Iterable<Piece>): Iterable<Exclude<Piece, { data: unknown }>> {
  try {
    for (const piece of pieces) yield isChunk(piece) ? toWire(piece) : piece;
  } catch (error) {
    yield toWire({ data: { error: failureOf(error) } });
    yield { end: "reset" };
  }
}

/** What `fetch` fails with when the other side resets the connection. */
export function connectionReset(): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError("terminated", { cause });
}
