import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What is run, and what it must give back. */
export interface Job {
  expected: string;
  /** By name; `floor` is what the others are measured against. */
  variants: Record<string, () => Promise<string>>;
  /** No further round begins after this time on the clock, in milliseconds, but for the fewest. */
  budgetMs: number;
  rounds?: { warmUp: number; fewest: number } | undefined;
}

export interface CpuTime {
  variant: string;
  /** Median CPU time of a run, user and system, in milliseconds. */
  cpuMs: number;
  /** The fastest and the slowest run. */
  rangeMs: [number, number];
  /** Of the medians, to the floor's. */
  ratio: number;
  runs: number;
}

const bounds = {
  // Compilation is not what is measured.
  rounds: { warmUp: 2, fewest: 5 },
  // Odd, so that the median is a run.
  mostRounds: 11,
  // Runs beyond this are measured once and not again: what takes seconds needs no median.
  slowMs: 4_000,
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as (options: { type: "minor" }) => void;

/**
 * Runs all variants in turn, round after round, so that what else the machine does meets all of them alike. CPU time,
 * not time on the clock: a busy machine takes longer, but not more work.
 *
 * @throws Error where a variant did not read exactly what the server sent.
 */
export async function measureCpu(job: Job): Promise<CpuTime[]> {
  const { expected, variants, budgetMs, rounds = bounds.rounds } = job;
  const names = Object.keys(variants);
  const runs = new Map<string, number[]>(names.map((name) => [name, []]));
  const slow = new Set<string>();
  const start = performance.now();
  for (let round = -rounds.warmUp; round < bounds.mostRounds; round++) {
    if (round >= rounds.fewest && performance.now() - start > budgetMs) break;
    // Whoever runs first in a round pays for the pause before it: take turns.
    const turn = (round + rounds.warmUp) % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      if (slow.has(name)) continue;
      const cpuMs = await runOnce(name, variants[name]!, expected);
      if (cpuMs > bounds.slowMs) slow.add(name);
      if (round >= 0 || slow.has(name)) runs.get(name)!.push(cpuMs);
    }
  }
  const floorMs = median(runs.get("floor")!);
  return names.map((variant) => {
    const times = runs.get(variant)!;
    const cpuMs = median(times);
    const rangeMs: [number, number] = [Math.min(...times), Math.max(...times)];
    return { variant, cpuMs, rangeMs, ratio: cpuMs / floorMs, runs: times.length };
  });
}

async function runOnce(name: string, run: () => Promise<string>, expected: string): Promise<number> {
  collectGarbage({ type: "minor" });
  const before = process.cpuUsage();
  const text = await run();
  // What a client still has to do behind its answer is its own work, not that of the next one.
  await setImmediate();
  const { user, system } = process.cpuUsage(before);
  if (text !== expected) {
    throw new Error(`${name} gave ${text.length} characters that are not the ${expected.length} expected.`);
  }
  return (user + system) / 1000;
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

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
