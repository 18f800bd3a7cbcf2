import { inChild } from "../child.ts";
import { longPrompt, shortPrompt } from "../clients/requests.ts";
import { type CpuTime, growthExponent, type Job, measureCpu } from "../cpu.ts";
import type { Row, Run } from "../results.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";
import { type Scenario, scenarios } from "../scenarios/streams.ts";
import { exchangeOf, fingerprint } from "../wire.ts";
import { toWire } from "../clients/fetch.ts";

export interface Part {
  baseURL: string;
  level: LevelName;
  scenarios: Scenario[];
  /** The clients to measure, beside the floor; default all. */
  only?: string[];
}

/** Measures each level in a process of its own: its clients in turn, and nothing else. */
export async function measureCpuRows({ baseURL, wants, report }: Run): Promise<void> {
  for (const level of Object.keys(levels) as LevelName[]) {
    const wanted = scenarios.filter((s) => s.level === level && wants(s.section, s.name));
    if (wanted.length === 0) continue;
    const part: Part = { baseURL, level, scenarios: wanted };
    const times = await inChild<CpuTime[][]>(import.meta.filename, part);
    const rows = times.map((results, index) => toRow(wanted[index]!, results));
    const growth = growthRow(wanted, rows);
    for (const row of growth ? [...rows, growth] : rows) report(row);
  }
}

export default async function measureLevel({ baseURL, level, scenarios: wanted, only }: Part): Promise<CpuTime[][]> {
  const { floor, clients, withoutNetwork } = await levels[level]();
  const results: CpuTime[][] = [];
  for (const { model, prompt: promptName, times = 1, budgetMs, warmUpMs, paced } of wanted) {
    const prompt = promptName === "long" ? longPrompt : shortPrompt;
    const answer = model === "echo" ? fingerprint(toWire(prompt)) : exchangeOf(model).pieces.join("");
    const variants: Job["variants"] = {};
    // What an echo answers is not known before it is asked.
    const ready = model === "echo" ? {} : withoutNetwork;
    for (const [name, client] of Object.entries({ floor, ...clients, ...ready })) {
      if (only && name !== "floor" && !only.includes(name)) continue;
      variants[name] = async () => {
        let text = "";
        for (let time = 0; time < times; time++) text += await client({ baseURL, model, prompt });
        return text;
      };
    }
    results.push(await measureCpu({ expected: answer.repeat(times), variants, budgetMs, warmUpMs, paced }));
  }
  return results;
}

function toRow({ section, name, times = 1 }: Scenario, results: CpuTime[]): Row {
  return {
    section,
    name,
    results: results.map(({ variant, cpuMs, rangeMs: [from, to], ratio, runs }) => ({
      client: variant,
      values: { cpuMs: cpuMs / times, fromMs: from / times, toMs: to / times, ratio, runs },
    })),
  };
}

export const growthName = "tool arguments, growth exponent";

/** How the time grows with the length of tool arguments, of each client. */
function growthRow(measured: Scenario[], rows: Row[]): Row | undefined {
  const sized = rows.flatMap((row, index) => {
    const size = Number(/^arguments-(\d+)$/.exec(measured[index]!.model)?.[1]);
    return size ? [{ row, size }] : [];
  });
  if (sized.length < 3) return undefined;
  return {
    section: sized[0]!.row.section,
    name: growthName,
    results: sized[0]!.row.results.map(({ client }) => {
      const points = sized.map(({ row, size }) => ({
        size,
        cpuMs: row.results.find((result) => result.client === client)!.values["cpuMs"]!,
      }));
      return { client, values: { exponent: growthExponent(points) } };
    }),
  };
}
