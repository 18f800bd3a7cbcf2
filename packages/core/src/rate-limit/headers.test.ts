import { expect, test } from "vitest";
import { readRateLimit, type ToldLimit } from "./headers.ts";

const now = Date.UTC(2026, 0, 1);
const minute = { limit: 10, windowMs: 60_000 };

const forms: [headers: Record<string, string>, told: ToldLimit | undefined][] = [
  [{}, undefined],
  [
    {
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-remaining-requests": "499",
      "x-ratelimit-reset-requests": "120ms",
    },
    { limit: 500, remaining: 499, resetMs: 120 },
  ],
  [
    { "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0s" },
    { limit: 10, remaining: 0, resetMs: 60_000 },
  ],
  [
    { "x-ratelimit-limit-requests": "10", "x-ratelimit-reset-requests": "1.5s" },
    { limit: 10, resetMs: 1_500 },
  ],
  [
    { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "3", "x-ratelimit-reset": "42" },
    { limit: 10, remaining: 3, resetMs: 42_000 },
  ],
  // Moments: seconds, milliseconds, a date.
  [
    { "x-ratelimit-limit": "10", "x-ratelimit-reset": String(now / 1000 + 30) },
    { limit: 10, resetMs: 30_000 },
  ],
  [
    { "x-ratelimit-limit": "10", "x-ratelimit-reset": String(now + 30_000) },
    { limit: 10, resetMs: 30_000 },
  ],
  [
    { "x-ratelimit-limit": "10", "x-ratelimit-reset": "2026-01-01T00:00:30Z" },
    { limit: 10, resetMs: 30_000 },
  ],
  [
    { "x-ratelimit-limit": "10", "x-ratelimit-reset": String(now / 1000 - 5) },
    { limit: 10, resetMs: 0 },
  ],
  [
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2" },
    { remaining: 0, resetMs: 2_000 },
  ],
  // The drafts of the IETF.
  [
    { "ratelimit-limit": "10, 10;w=60", "ratelimit-remaining": "9", "ratelimit-reset": "50" },
    { ...minute, remaining: 9, resetMs: 50_000 },
  ],
  [{ "ratelimit-limit": "10;w=60" }, minute],
  [{ "ratelimit-limit": "10, 10;w=1" }, { limit: 10, windowMs: 1_000 }],
  [{ "ratelimit-limit": "500, 10;w=1, 500;w=60" }, { limit: 10, windowMs: 1_000 }],
  [
    { "ratelimit-limit": "1000, 10;w=60, 1000;w=86400", "ratelimit-remaining": "0", "ratelimit-reset": "40000" },
    minute,
  ],
  [
    { ratelimit: '"default";r=5;t=30', "ratelimit-policy": '"default";q=10;w=60' },
    { ...minute, remaining: 5, resetMs: 30_000 },
  ],
  [{ "ratelimit-policy": '"burst";q=10;w=60, "daily";q=1000;w=86400' }, minute],
  [
    { ratelimit: "limit=10, remaining=5, reset=30", "ratelimit-policy": "10;w=60" },
    { ...minute, remaining: 5, resetMs: 30_000 },
  ],
  [{ ratelimit: "limit=10, remaining=5, reset=30" }, { limit: 10, remaining: 5, resetMs: 30_000 }],
  // What speaks of days is another limit.
  [{ "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "86400" }, undefined],
  [{ "ratelimit-limit": "1000, 1000;w=86400", "ratelimit-remaining": "7" }, { remaining: 7 }],
  [{ ratelimit: '"daily";r=0;t=50000', "ratelimit-policy": '"daily";q=1000;w=86400' }, undefined],
  // A daily one in one form does not hide one that counts in another.
  [{ "x-ratelimit-limit": "1000", "x-ratelimit-reset": "86400", "ratelimit-limit": "10, 10;w=60" }, minute],
  // Nonsense.
  [{ "x-ratelimit-limit": "many", "x-ratelimit-remaining": "few", "x-ratelimit-reset": "soon" }, undefined],
  [{ "x-ratelimit-limit": "0" }, undefined],
  [{ "x-ratelimit-limit": "-1", "x-ratelimit-reset": "-1" }, undefined],
  [{ "x-ratelimit-limit": "" }, undefined],
  [{ "ratelimit-limit": ", ,;w=,10" }, undefined],
];

test.each(forms)("%j", (headers, told) => {
  const read = readRateLimit(new Headers(headers), 120_000, now);
  expect(read && Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))).toEqual(told);
});
