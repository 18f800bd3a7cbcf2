import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Payload } from "./payloads.ts";

/** What a variant is run with. */
export interface RunContext {
  /** Of the benchmark server; ends in `/v1`. */
  baseURL: string;
  /** The id under which the server knows the payload. */
  model: string;
  payload: Payload;
}

/** One client, which asks for the payload and gives back all that it read, joined. */
export type Variant = (context: RunContext) => Promise<string>;

export interface Scenario {
  name: string;
  payload: Payload;
  /** By name; `floor` is what the others are measured against. */
  variants: Record<string, Variant>;
  /** The highest ratio to the floor that a variant may have. */
  atMost?: Record<string, number>;
  /** Fewer rounds than usual, where each takes long. */
  rounds?: number;
}

export interface Measured {
  variant: string;
  /** Median CPU time of a run, user and system, in milliseconds. */
  cpuMs: number;
  /** The fastest and the slowest run. */
  rangeMs: [number, number];
  /** Of the medians, to the floor's. */
  ratio: number;
}

// A minor collection only: a major one would drop the optimised code along with the last object of each shape, and
// make every run start cold.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as (options: { type: "minor" }) => void;

/** Rounds that are not counted: compilation is not what is measured. */
const warmUp = 5;

/**
 * Runs all variants of a scenario in turn, round after round, so that what else the machine does meets all of them
 * alike. CPU time, not time on the clock: a busy machine takes longer, but not more work.
 *
 * @throws Error where a variant did not read exactly what the server sent.
 */
export async function measure(scenario: Scenario, baseURL: string, rounds: number): Promise<Measured[]> {
  const expected = scenario.payload.pieces.join("");
  const context: RunContext = { baseURL, model: scenario.name, payload: scenario.payload };
  const variants = Object.entries(scenario.variants);
  const runs = new Map<string, number[]>(variants.map(([name]) => [name, []]));
  for (let round = -warmUp; round < Math.min(rounds, scenario.rounds ?? Infinity); round++) {
    // Whoever runs first in a round pays for the pause before it: take turns.
    const turn = (round + warmUp) % variants.length;
    for (const [name, run] of [...variants.slice(turn), ...variants.slice(0, turn)]) {
      collectGarbage({ type: "minor" });
      const before = process.cpuUsage();
      const text = await run(context);
      const { user, system } = process.cpuUsage(before);
      if (text !== expected) throw new Error(`${name} read something else than ${scenario.name} holds.`);
      if (round >= 0) runs.get(name)!.push((user + system) / 1000);
    }
  }
  const floorMs = median(runs.get("floor")!);
  return variants.map(([variant]) => {
    const times = runs.get(variant)!;
    const cpuMs = median(times);
    return { variant, cpuMs, rangeMs: [Math.min(...times), Math.max(...times)], ratio: cpuMs / floorMs };
  });
}

/** The exponent of a power law through the points, by least squares: 1 is linear, 2 is quadratic. */
export function growthExponent(points: { size: number; cpuMs: number }[]): number {
  const logs = points.map(({ size, cpuMs }) => [Math.log(size), Math.log(cpuMs)] as const);
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [meanSize, meanTime] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [size, time]) => sum + (size - meanSize) * (time - meanTime), 0);
  const variance = logs.reduce((sum, [size]) => sum + (size - meanSize) ** 2, 0);
  return covariance / variance;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
