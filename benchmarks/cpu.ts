import { setImmediate } from "node:timers/promises";

/** What is run, and what it must give back. */
export interface Job {
  expected: string;
  /** By name; `floor` is what the others are measured against. */
  variants: Record<string, () => Promise<string>>;
  /** No further round begins after this time on the clock, in milliseconds, but for the fewest. */
  budgetMs: number;
  /** CPU time that each variant is run for before anything counts, in milliseconds: what is measured is compiled code. */
  warmUpMs?: number | undefined;
  /** The server takes its time, so that no run is repeated in its turn, and nothing is run to warm up. */
  paced?: boolean | undefined;
}

export interface CpuTime {
  variant: string;
  /** Median CPU time of a run, user and system, in milliseconds. */
  cpuMs: number;
  /** The fastest and the slowest run. */
  rangeMs: [number, number];
  /** Of the median to that of the floor. */
  ratio: number;
  runs: number;
}

const bounds = {
  // Enough for what is run thousands of times within one run.
  warmUpMs: 300,
  // A quick variant is run several times in its turn, so that it is measured as well as a slow one.
  turnMs: 400,
  mostRunsInTurn: 5,
  fewestRounds: 5,
  fewestPacedRounds: 4,
  mostRounds: 30,
  // What takes longer is measured once and not again: what takes seconds needs no median.
  slowMs: 4_000,
};

/**
 * Runs all variants in turn, round after round, so that what else the machine does meets all of them alike. CPU time,
 * not time on the clock: a busy machine takes longer, but not more work.
 *
 * @throws Error where a variant did not read exactly what the server sent.
 */
export async function measureCpu({
  expected,
  variants,
  budgetMs,
  warmUpMs = bounds.warmUpMs,
  paced,
}: Job): Promise<CpuTime[]> {
  const names = Object.keys(variants);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const slow = new Set<string>();
  const start = performance.now();
  if (!paced) {
    for (const name of names) {
      const warmUp = await runFor(warmUpMs, Infinity, () => runOnce(name, variants[name]!, expected));
      if (warmUp[0]! < bounds.slowMs) continue;
      slow.add(name);
      times.set(name, warmUp);
    }
  }
  const fewest = paced ? bounds.fewestPacedRounds : bounds.fewestRounds;
  for (let round = 0; round < bounds.mostRounds; round++) {
    if (round >= fewest && performance.now() - start > budgetMs) break;
    // Whoever runs first in a round pays for the pause before it: take turns.
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      if (slow.has(name)) continue;
      const most = paced ? 1 : bounds.mostRunsInTurn;
      times.get(name)!.push(...(await runFor(bounds.turnMs, most, () => runOnce(name, variants[name]!, expected))));
    }
  }
  const floorMs = median(times.get("floor")!);
  return names.map((variant) => {
    const own = times.get(variant)!;
    const cpuMs = median(own);
    return { variant, cpuMs, rangeMs: [Math.min(...own), Math.max(...own)], ratio: cpuMs / floorMs, runs: own.length };
  });
}

/** The times of runs, as many as fit, at least one. */
async function runFor(cpuMs: number, mostRuns: number, run: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  let spent = 0;
  while (times.length < mostRuns && (times.length === 0 || spent + times.at(-1)! <= cpuMs)) {
    times.push(await run());
    spent += times.at(-1)!;
  }
  return times;
}

async function runOnce(name: string, run: () => Promise<string>, expected: string): Promise<number> {
  // Garbage is collected when it is due, as in any application: a forced collection shrinks the heap, and the next run
  // pays for its growing again.
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
