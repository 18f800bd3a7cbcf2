import { z } from "zod";

/** What went wrong, as the server tells the page. Never holds a key or a prompt. */
export type ChatFailure = z.infer<typeof chatFailure>;

const chatFailure = z.object({
  kind: z.enum(["rate-limit", "balance", "key", "permission", "model", "request", "unavailable", "offline", "unknown"]),
  message: z.string(),
  /** Milliseconds until another try can succeed, where that is known. */
  retryAfterMs: z.number().optional(),
});

/** Reads what the server sent, which useChat gives as the message of an error. */
export function readFailure(error: unknown): ChatFailure {
  const text = error instanceof Error ? error.message : String(error);
  try {
    return chatFailure.parse(JSON.parse(text));
  } catch {
    // fetch fails with a TypeError when there is no connection.
    return { kind: error instanceof TypeError ? "offline" : "unknown", message: text };
  }
}
