import { Session } from "node:inspector/promises";
import { inChild } from "../child.ts";
import { longPrompt, shortPrompt } from "../clients/requests.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";
import { scenarios } from "../scenarios/streams.ts";

/** Where a client spends its time: parts of the whole, the largest first. */
export interface Profile {
  /** By package; `node` is the runtime with its `fetch`. */
  owners: { name: string; part: number }[];
  functions: { name: string; part: number }[];
}

interface Asked {
  baseURL: string;
  level: LevelName;
  client: string;
  model: string;
  long: boolean;
}

/** Profiles a client in one row. Undefined for rows that are not of this kind: imports, bundles, many streams. */
export async function profileRow(
  baseURL: string,
  section: string,
  name: string,
  client: string,
): Promise<Profile | undefined> {
  const scenario = scenarios.find((s) => s.section === section && s.name === name);
  if (!scenario) return undefined;
  const { level, model, prompt } = scenario;
  const asked: Asked = { baseURL, level, client, model, long: prompt === "long" };
  return inChild<Profile>(import.meta.filename, asked);
}

const seconds = { warmUp: 0.7, profile: 1.5 };

export default async function profile({ baseURL, level, client, model, long }: Asked): Promise<Profile> {
  const { clients } = await levels[level]();
  const ask = () => clients[client]!({ baseURL, model, prompt: long ? longPrompt : shortPrompt });
  await repeat(ask, seconds.warmUp);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  await repeat(ask, seconds.profile);
  const { profile: recorded } = await session.post("Profiler.stop");

  const nodes = new Map(recorded.nodes.map((node) => [node.id, node.callFrame]));
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  let whole = 0;
  for (const [index, id] of (recorded.samples ?? []).entries()) {
    const frame = nodes.get(id)!;
    if (frame.functionName === "(idle)") continue;
    // The delta after a sample is how long it lasted.
    const time = recorded.timeDeltas?.[index + 1] ?? 0;
    const owner = ownerOf(frame.functionName, frame.url);
    whole += time;
    owners.set(owner, (owners.get(owner) ?? 0) + time);
    const name = `\`${frame.functionName || "(anonymous)"}\` of ${owner}`;
    functions.set(name, (functions.get(name) ?? 0) + time);
  }
  const largest = (times: Map<string, number>, count: number) =>
    [...times]
      .map(([name, time]) => ({ name, part: time / whole }))
      .toSorted((a, b) => b.part - a.part)
      .slice(0, count);
  return { owners: largest(owners, 6), functions: largest(functions, 6) };
}

async function repeat(ask: () => Promise<unknown>, duration: number): Promise<void> {
  const end = performance.now() + duration * 1000;
  do await ask();
  while (performance.now() < end);
}

function ownerOf(functionName: string, url: string): string {
  if (functionName === "(garbage collector)") return "garbage collection";
  const workspace = /\/packages\/([^/]+)\//.exec(url)?.[1];
  if (workspace) return `@celuxe/${workspace}`;
  const installed = url.split("/node_modules/").at(-1)!;
  if (installed !== url) return /^(@[^/]+\/)?[^/]+/.exec(installed)![0];
  return url.includes("/benchmarks/") ? "the benchmark" : "node";
}
