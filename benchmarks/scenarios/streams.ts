import { sections } from "../results.ts";
import type { LevelName } from "./levels.ts";

/** CPU time of one exchange, at one level, of all clients of that level. */
export interface Scenario {
  section: string;
  name: string;
  level: LevelName;
  model: string;
  prompt?: "short" | "long";
  /** Exchanges in one run, one after the other: a short one alone would be lost in the noise. */
  times?: number;
  /** No further round begins after this time on the clock, in milliseconds. */
  budgetMs: number;
  /** CPU time that each client is run for before anything counts, in milliseconds. */
  warmUpMs?: number;
  /** The server takes its time between two chunks. */
  paced?: boolean;
}

const streaming = [
  "reader",
  "doStream",
  "streamText",
  "stream",
  "streamEvents",
  "streamBlockEvents",
  "invokeStreaming",
];
const withArguments = ["reader", "doStream", "streamText", "stream", "invokeStreaming"];

export const scenarios: Scenario[] = (Object.keys(sections) as LevelName[]).flatMap((level): Scenario[] => {
  const common = { section: sections[level], level };
  if (!streaming.includes(level)) {
    // Thousands of calls until all of their code is compiled: each piece of it runs once a call.
    const call = { ...common, warmUpMs: 2_000, budgetMs: 40_000 };
    return [
      { ...call, name: "call", model: "text-200", times: 30 },
      { ...call, name: "200-message history", model: "echo", prompt: "long", times: 15 },
    ];
  }
  return [
    // The longest first: short ones are measured on compiled code.
    {
      ...common,
      name: "20,000 chunks, blocks of 64 KB",
      model: "text-20000-blocks",
      budgetMs: 25_000,
    },
    { ...common, name: "2,000 chunks, blocks of 64 KB", model: "text-2000-blocks", budgetMs: 3_000 },
    { ...common, name: "20,000 chunks, one write each", model: "text-20000-events", budgetMs: 5_000 },
    { ...common, name: "2,000 chunks, one a millisecond", model: "text-2000-paced1", budgetMs: 0, paced: true },
    ...(withArguments.includes(level)
      ? [400, 100, 10].map((size) => ({
          ...common,
          name: `tool arguments, ${size} KB`,
          model: `arguments-${size * 1000}`,
          budgetMs: 3_000,
        }))
      : []),
  ];
});
