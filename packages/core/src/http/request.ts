import { type AnswerContext, errorFromResponse, excerpt, maxExcerpt } from "./api-error.ts";
import { readText } from "./body-text.ts";
import { type Body, openBody } from "./body.ts";
import { checkResponse } from "./check-response.ts";
import { unreachable } from "./connection-error.ts";
import { ConfigurationError, ProtocolError, RequestTimeoutError } from "../errors.ts";
import type { TimeoutOptions } from "../options.ts";
import { startTimer } from "../timer.ts";

/** One HTTP request. */
export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body: string | undefined;
  key: string;
  fetch: typeof globalThis.fetch;
  timeout: Required<TimeoutOptions>;
  /** Ends the call: the caller's abort and the total deadline. */
  signal: AbortSignal;
  context: AnswerContext;
  /** Called when the head of an answer has come, whatever its status. */
  onHead: (response: Response) => void;
}

/** A successful response head with its body still to be read. */
export interface HttpAnswer {
  response: Response;
  body: Body;
}

const bounds = {
  // More than any chat completion; less than what brings a process down.
  jsonBytes: 32 * 1024 * 1024,
  // Enough for any error object; an error page of megabytes is not worth reading.
  errorBytes: 64 * 1024,
  // An error object comes at once; whoever waits for the end of a page that drips or stalls learns nothing more.
  errorMs: 5_000,
};

/**
 * Makes one attempt: sends the request, waits for the head within `headersMs`, and turns everything but a 2xx into a
 * typed error.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const attempt = new AbortController();
  const onAbort = () => attempt.abort(request.signal.reason);
  if (request.signal.aborted) onAbort();
  else request.signal.addEventListener("abort", onAbort, { once: true });
  const release = () => request.signal.removeEventListener("abort", onAbort);

  try {
    const response = await fetchHead(request, attempt);
    request.onHead(response);
    const body = openBody(response, attempt, request.timeout, request.context.redact, release);
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
      body.cancel();
      throw redirectError(request, response);
    }
    if (!response.ok) {
      const timer = setTimeout(body.cancel, bounds.errorMs);
      const { text } = await readText(body, bounds.errorBytes, isPage);
      clearTimeout(timer);
      throw errorFromResponse(response, text, request.context);
    }
    return { response, body };
  } catch (error) {
    release();
    throw error;
  }
}

/** Reads the body of a 2xx answer as JSON. */
export async function readJson({ response, body }: HttpAnswer, context: AnswerContext): Promise<unknown> {
  const { text, complete, failure } = await readText(body, bounds.jsonBytes);
  if (failure !== undefined) throw failure;
  if (!complete) {
    throw new ProtocolError(`Celuxe sent a body of more than ${bounds.jsonBytes / 1024 ** 2} MiB. Check baseURL.`, {
      status: response.status,
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw unexpectedBody(response, text, context);
  }
}

/** The error for an answer with status 200 that is something else than was asked for. */
export function unexpectedBody(
  response: Response,
  text: string,
  context: AnswerContext,
  wanted = "a chat completion",
): ProtocolError {
  const clean = context.redact(text);
  const contentType = context.redact(response.headers.get("content-type") ?? "no content type");
  const words = excerpt(clean);
  return new ProtocolError(
    `Celuxe answered ${response.status} with ${words === "" ? "an empty body" : `something that is not ${wanted} (${contentType})`}. Check that baseURL points at the API (it ends in /v1) and not at a web page or a proxy.${words === "" ? "" : ` It begins: ${words}`}`,
    { status: response.status, body: clean.slice(0, maxExcerpt) },
  );
}

/** Whether an error's body is known not to be an error object: then its beginning says all that it will say. */
function isPage(text: string): boolean {
  return text.length >= maxExcerpt && !/^\s*[{[]/.test(text);
}

function fetchHead(request: HttpRequest, attempt: AbortController): Promise<Response> {
  const { headersMs } = request.timeout;
  return new Promise<Response>((resolve, reject) => {
    const { signal } = attempt;
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    // A fetch that ignores its signal must not keep the caller waiting.
    const onAbort = () => {
      settle();
      reject(signal.reason);
    };
    const expire = () =>
      attempt.abort(
        new RequestTimeoutError(
          `Celuxe sent no answer within ${headersMs / 1000} s. Try again, or raise timeout.headersMs.`,
          { phase: "headers" },
        ),
      );
    // A process that was busy itself comes to its timers first and to the socket after: the answer that stands there is
    // taken, and one that it held up itself gets as long again.
    const due = performance.now() + headersMs;
    let timer = startTimer(headersMs, () => void (timer = startTimer(Math.max(0, performance.now() - due), expire)));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });

    const { fetch } = request;
    Promise.resolve()
      .then(() =>
        fetch(request.url.href, {
          method: request.method,
          headers: { ...request.headers, authorization: `Bearer ${request.key}` },
          body: request.body,
          redirect: "manual",
          signal,
        }),
      )
      .then(checkResponse)
      .then(
        (response) => {
          if (settled) return void response.body?.cancel().catch(() => {});
          settle();
          resolve(response);
        },
        (error: unknown) => {
          if (settled) return;
          settle();
          if (signal.aborted) return reject(signal.reason);
          if (!ConfigurationError.isInstance(error)) {
            return reject(unreachable(request.url.origin, error, request.context.redact));
          }
          reject(error);
          // Whatever answers, its connection is of no use.
          attempt.abort();
        },
      );
  });
}

function redirectError(request: HttpRequest, response: Response): ProtocolError {
  const location = response.headers.get("location");
  let target = "";
  try {
    if (location) target = request.context.redact(` to ${new URL(location, request.url).origin}`);
  } catch {
    // A target that cannot be read need not be named.
  }
  return new ProtocolError(
    `Celuxe at ${request.url.origin} answered with a redirect${target}, which is not followed, because the API key would go with it. Set baseURL to the final address.`,
    { status: response.status || undefined },
  );
}
