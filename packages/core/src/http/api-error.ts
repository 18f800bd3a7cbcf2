import { describeKeySource, type KeySource } from "./credentials.ts";
import {
  APIError,
  type APIErrorDetails,
  AuthenticationError,
  BadRequestError,
  InsufficientBalanceError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "../errors.ts";
import { readRateLimit } from "../rate-limit/headers.ts";
import type { Redact } from "./redact.ts";
import { parseRetryAfter } from "./retry.ts";
import { isObject, writeJson } from "../wire.ts";

/** What the server's answer was part of, for the message. */
export interface AnswerContext {
  keySource: KeySource;
  redact: Redact;
  /** Without query, which may hold secrets of a proxy. */
  calledURL: string;
}

/** Most characters of a response body that an error keeps. */
export const maxExcerpt = 4096;

/** Most characters that the service's own words take in a message: some servers quote the request back. */
const maxMessage = 1000;

// An error inside a stream has no status; these codes and types name one.
const statusOfCode = new Map<string, number>([
  ["invalid_api_key", 401],
  ["authentication_error", 401],
  ["permission_denied", 403],
  ["permission_error", 403],
  ["model_not_found", 404],
  ["not_found_error", 404],
  ["rate_limit_exceeded", 429],
  ["rate_limit_error", 429],
  ["too_many_requests", 429],
  ["invalid_request_error", 400],
  ["context_length_exceeded", 400],
  ["server_error", 500],
  ["api_error", 500],
  ["internal_error", 500],
  ["internal_server_error", 500],
  ["overloaded_error", 503],
  ["service_unavailable", 503],
]);

/**
 * Whether a code or type speaks of the account's money and not of the pace of requests. It outweighs the status, since
 * some gateways answer 429, 403 or 400 to an empty account, and waiting as for a rate limit would never end well.
 */
function isBalanceCode(code: string | undefined): boolean {
  if (code === undefined || /(^|[_-])rate|minute|second|[rt]pm/i.test(code)) return false;
  return /quota|billing|credit|balance(?!r)|payment|funds|spending/i.test(code);
}

/** The error of an HTTP status other than 2xx. */
export function errorFromResponse(response: Response, bodyText: string, context: AnswerContext): APIError {
  let body: unknown;
  try {
    body = JSON.parse(bodyText);
  } catch {
    body = undefined;
  }
  return createApiError(errorObject(body), response, bodyText, context);
}

/** The error of an `error` object or text inside an answer with status 200. */
export function errorFromBody(error: unknown, response: Response, context: AnswerContext): APIError {
  const text = writeJson({ error });
  return createApiError(errorObject({ error }), response, text, context);
}

interface ErrorObject {
  message?: string;
  type?: string;
  code?: string;
  status?: number;
}

/** Reads what servers put into `error`: an object, a text, or the fields at the top. */
function errorObject(body: unknown): ErrorObject {
  if (!isObject(body)) return {};
  const error = body["error"] ?? body;
  if (typeof error === "string") return { message: error };
  if (!isObject(error)) return {};
  const text = (value: unknown) =>
    typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
  const status = [error["status"], error["status_code"], error["code"]]
    // A list or an object is not asked for its number: nested deeply enough, it throws.
    .map((value) => (typeof value === "string" ? Number(value) : value))
    .find((value): value is number => typeof value === "number" && value >= 400 && value < 600);
  return {
    ...(text(error["message"]) && { message: text(error["message"]) }),
    ...(text(error["type"]) && { type: text(error["type"]) }),
    ...(text(error["code"]) && { code: text(error["code"]) }),
    ...(status && { status }),
  };
}

function createApiError(error: ErrorObject, response: Response, bodyText: string, context: AnswerContext): APIError {
  const { redact } = context;
  const httpStatus = response.ok ? undefined : response.status;
  const isBalance = isBalanceCode(error.code) || isBalanceCode(error.type);
  const named = isBalance ? 402 : (statusOfCode.get(error.code ?? "") ?? statusOfCode.get(error.type ?? ""));
  const requestId = requestIdOf(response);
  const details: APIErrorDetails = {
    status: httpStatus ?? error.status ?? named,
    type: error.type && redact(error.type),
    code: error.code && redact(error.code),
    requestId: requestId && redact(requestId),
    retryAfterMs: parseRetryAfter(response.headers, Date.now()),
    headers: headersOf(response, redact),
    body: redact(bodyText).slice(0, maxExcerpt),
  };
  const [ErrorClass, explain] = classOf(isBalance ? 402 : details.status);
  const said = error.message ? redact(error.message).trim().slice(0, maxMessage) : excerpt(redact(bodyText));
  const limit = readRateLimit(response.headers, Infinity, Date.now())?.limit;
  const status = details.status === undefined ? "an error inside its answer" : String(details.status);
  const calledURL = redact(context.calledURL);
  const sentences = [
    `Celuxe answered ${status}${httpStatus === 404 ? ` at ${calledURL}` : ""}${httpStatus === undefined && details.status !== undefined ? " inside its answer" : ""}: ${said === "" ? "no message" : endSentence(said)}`,
    (named === 404 ? explainUnknownModel : explain)({
      keySource: context.keySource,
      calledURL,
      retryAfterMs: details.retryAfterMs,
      limit,
    }),
    ...(details.requestId ? [`Request id: ${details.requestId}.`] : []),
  ];
  return new ErrorClass(sentences.filter(Boolean).join(" "), details);
}

type Explain = (facts: {
  keySource: KeySource;
  calledURL: string;
  retryAfterMs: number | undefined;
  limit: number | undefined;
}) => string;

const explainUnknownModel: Explain = () => "Check the model id against listModels(), and that baseURL ends in /v1.";

const explainNotFound: Explain = (facts) => {
  const base = facts.calledURL.replace(/\/(chat\/completions|models)$/, "");
  const [, surplus] = /(\/chat\/completions|\/completions|\/chat|\/models)$/.exec(base) ?? [];
  if (surplus) return `The path is wrong: baseURL must end in /v1, without ${surplus}, which is added to it.`;
  if (!/\/v\d/.test(base)) return "The path is most likely wrong: baseURL should end in /v1. Else check the model id.";
  return explainUnknownModel(facts);
};

/** The class of a status, and what the user can do about it. */
function classOf(status: number | undefined): [typeof APIError, Explain] {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return [
        BadRequestError,
        () =>
          "The request is not acceptable as it is: correct what the message names; another try with the same input fails too.",
      ];
    case 401:
      return [
        AuthenticationError,
        ({ keySource }) =>
          `Check the API key: it came from ${describeKeySource(keySource)} and may be mistyped, revoked or of another service.`,
      ];
    case 402:
      return [
        InsufficientBalanceError,
        () =>
          "The account's balance, or the spending limit of this key, is used up: top up the account or raise the limit. Waiting does not help.",
      ];
    case 403:
      return [
        PermissionDeniedError,
        () => "This key may not do that: check its IP whitelist and which models it may use.",
      ];
    case 404:
      return [NotFoundError, explainNotFound];
    case 429:
      return [
        RateLimitError,
        ({ retryAfterMs, limit }) =>
          `Too many requests with this key${limit === undefined ? " (the free plan allows 10 a minute, pro 500)" : ` (its limit is ${limit})`}. ${retryAfterMs === undefined ? "Wait and try again" : `Try again in ${Math.ceil(retryAfterMs / 1000)} s`}; declare your limit as rateLimit so that calls wait for their turn, or use a plan with a higher one.`,
      ];
    default:
      if (status !== undefined && status >= 500) {
        return [InternalServerError, () => "The service failed; the same request may succeed in a moment."];
      }
      if (status === 408)
        return [APIError, () => "The service gave up waiting; the same request may succeed in a moment."];
      return [APIError, () => "Correct what the service names; another try with the same input most likely fails too."];
  }
}

/** The first words of a body that is not an error object, without markup. */
export function excerpt(text: string): string {
  const plain = text
    .slice(0, 16_384)
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** The id under which the service knows a request. */
export function requestIdOf(response: Response): string | undefined {
  return response.headers.get("x-request-id") ?? response.headers.get("request-id") ?? undefined;
}

/** Response headers as a record, without cookies. */
export function headersOf(response: Response, redact: Redact): Record<string, string> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name !== "set-cookie") headers[name] = redact(value);
  });
  return headers;
}
