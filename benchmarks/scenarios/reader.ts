import { readWithCore } from "../clients/core.ts";
import { readWithFetch } from "../clients/floor.ts";
import type { Scenario } from "../measure.ts";
import { argumentsPayload, textPayload } from "../payloads.ts";

const variants = {
  floor: readWithFetch,
  core: readWithCore(),
  "core, mergeDeltas: false": readWithCore({ mergeDeltas: false }),
};

/** The reader of `@celuxe/core` against the floor. */
export const readerScenarios: Scenario[] = [
  { name: "text-20000-fast", payload: textPayload(20_000, "blocks"), atMost: { core: 1.3 }, variants },
  { name: "text-2000-each", payload: textPayload(2_000, "events"), atMost: { core: 2 }, variants, rounds: 7 },
  { name: "arguments-50k", payload: argumentsPayload(50_000), variants },
  { name: "arguments-100k", payload: argumentsPayload(100_000), variants },
  { name: "arguments-200k", payload: argumentsPayload(200_000), variants },
  { name: "arguments-400k", payload: argumentsPayload(400_000), atMost: { core: 1.3 }, variants },
];
