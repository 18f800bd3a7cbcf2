// A server with a sliding window and no help but what it is told to give. In a thread of its own, so that what keeps a
// client busy does not keep it from counting arrivals.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

export interface PlainServerOptions {
  /** Requests in a window; `undefined` for any number. */
  limit?: number;
  windowMs: number;
  /** The limit from the n-th request on. */
  later?: { from: number; limit: number };
  /** Whether a 429 carries `retry-after`. */
  hint?: boolean;
  /** In which form all answers name the limit. */
  headers?: "openai" | "common" | "draft" | "structured";
  /** How long the head of an answer takes; a 429 comes at once. */
  headMs?: number;
  /** This request is refused, whatever the limit. */
  stray?: number;
}

export interface Arrival {
  /** Milliseconds since the server began. */
  at: number;
  status: number;
  /** What the client calls the call, in the header `x-call`. */
  call: string;
}

/** Starts one. `arrivals()` tells all requests so far. */
export async function startPlainServer(options: PlainServerOptions) {
  const worker = new Worker(import.meta.filename, { workerData: options });
  const message = <Message>() => new Promise<Message>((resolve) => void worker.once("message", resolve));
  const port = await message<number>();
  return {
    url: `http://127.0.0.1:${port}/v1`,
    arrivals(): Promise<Arrival[]> {
      const answer = message<Arrival[]>();
      worker.postMessage("arrivals", []);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort) serve(workerData as PlainServerOptions);

function serve({ limit, windowMs, later, hint, headers, headMs = 0, stray }: PlainServerOptions): void {
  const arrivals: Arrival[] = [];
  let counted: number[] = [];
  const server = createServer((request, response) => {
    // Anything else only opens connections.
    if (!request.url?.startsWith("/v1/")) return void response.end();
    const at = performance.now();
    const number = arrivals.length + 1;
    const most = (later && number >= later.from ? later.limit : limit) ?? Infinity;
    counted = counted.filter((time) => time > at - windowMs);
    const accepted = number !== stray && counted.length < most;
    if (accepted) counted.push(at);
    const status = accepted ? 200 : 429;
    arrivals.push({ at, status, call: String(request.headers["x-call"] ?? "") });
    const resetMs = Math.max(0, (counted[0] ?? at) + windowMs - at);
    const left = Math.max(0, most - counted.length);
    const told: Record<string, Record<string, string>> = {
      openai: {
        "x-ratelimit-limit-requests": `${most}`,
        "x-ratelimit-remaining-requests": `${left}`,
        "x-ratelimit-reset-requests": `${Math.ceil(resetMs)}ms`,
      },
      common: {
        "x-ratelimit-limit": `${most}`,
        "x-ratelimit-remaining": `${left}`,
        "x-ratelimit-reset": `${Math.ceil(resetMs / 1000)}`,
      },
      draft: {
        "ratelimit-limit": `${most}, ${most};w=${windowMs / 1000}`,
        "ratelimit-remaining": `${left}`,
        "ratelimit-reset": `${Math.ceil(resetMs / 1000)}`,
      },
      structured: {
        "ratelimit-policy": `"default";q=${most};w=${windowMs / 1000}`,
        ratelimit: `"default";r=${left};t=${Math.ceil(resetMs / 1000)}`,
      },
    };
    const sent = {
      "content-type": "application/json",
      ...(headers && told[headers]),
      ...(!accepted && hint && { "retry-after": `${Math.ceil(resetMs / 1000)}` }),
    };
    const body = accepted
      ? { choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }] }
      : { error: { message: "Rate limit exceeded", type: "rate_limit_error", code: "rate_limit_exceeded" } };
    request.resume();
    setTimeout(() => response.writeHead(status, sent).end(JSON.stringify(body)), accepted ? headMs : 0);
  });
  server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port, []));
  parentPort!.on("message", () => parentPort!.postMessage(arrivals, []));
}
