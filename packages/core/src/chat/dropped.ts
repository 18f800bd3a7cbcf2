/** What is done when nobody holds a stream any more. Emptied where the consumer has left by itself. */
export interface Watch {
  onDropped: (() => void) | undefined;
}

let registry: FinalizationRegistry<Watch> | undefined;

/**
 * Calls `onDropped` once nobody holds `stream` any more, where the runtime can tell; when it notices is its own affair.
 * `onDropped` itself must not hold the stream, nor be made beside something that does: the functions of one scope share
 * what any of them holds.
 */
export function watchDropped(stream: object, onDropped: () => void): Watch {
  const watch: Watch = { onDropped };
  if (typeof FinalizationRegistry === "undefined") return watch;
  registry ??= new FinalizationRegistry(({ onDropped: callback }) => {
    try {
      callback?.();
    } catch {
      // On workerd the connection may be another request's, which has ended and closed it.
    }
  });
  registry.register(stream, watch, watch);
  return watch;
}

export function unwatchDropped(watch: Watch): void {
  // V8 keeps what was registered until the next full garbage collection, and with it would keep the whole answer.
  watch.onDropped = undefined;
  registry?.unregister(watch);
}
