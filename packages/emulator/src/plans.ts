import { ConfigurationError } from "./errors.ts";

/** How many requests a key may make: the documented plans, or any number in any window. Default: unlimited. */
export type Plan = "free" | "pro" | "unlimited" | RequestLimit;

export interface RequestLimit {
  /** Requests in a window; an integer from 1. */
  limit: number;
  /** Length of the window in milliseconds. */
  windowMs: number;
}

/**
 * What a plan allows; undefined: any number of requests.
 *
 * @throws ConfigurationError where there is no such plan: that of a live key was not checked before
 */
export function limitOf(plan: Plan): RequestLimit | undefined {
  if (typeof plan !== "string") return plan;
  if (Object.hasOwn(PLANS, plan)) return PLANS[plan];
  throw new ConfigurationError(
    "plan",
    `There is no plan "${plan as string}": plans are ${Object.keys(PLANS).join(", ")}.`,
  );
}

/** The documented plans: free 10 requests a minute, pro 500. */
const PLANS: Record<Exclude<Plan, RequestLimit>, RequestLimit | undefined> = {
  free: { limit: 10, windowMs: 60_000 },
  pro: { limit: 500, windowMs: 60_000 },
  unlimited: undefined,
};
