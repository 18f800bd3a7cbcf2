import { test } from "vitest";
import { soak } from "../test/soak.ts";

test("1,000 calls under 429s, 5xx, resets, stalls and cuts: each ends in a complete answer or a typed error", async () => {
  await soak(10);
}, 60_000);
