import { Session } from "node:inspector/promises";
import { inChild } from "../child.ts";
import { type Client, imageBytes, longPrompt, type Prompt, shortPrompt } from "../clients/requests.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";
import { packageOf } from "../packages.ts";
import { sections } from "../results.ts";
import { scenarios } from "../scenarios/streams.ts";
import { abortName, abortOnce } from "./abort.ts";
import { bundleOf } from "./bundle.ts";
import { growthName } from "./cpu.ts";
import { forms } from "./image.ts";
import { frameworks } from "./import.ts";
import { loads, streams } from "./many-streams.ts";

/** Where a client spends its time, or what a bundle is made of: parts of the whole, the largest first. */
export interface Profile {
  /** By package; `node` is the runtime with its `fetch`. */
  owners: Part[];
  functions: Part[];
}

interface Part {
  name: string;
  part: number;
}

type Asked =
  | { what: "calls"; baseURL: string; level: LevelName; client: string; model: string; prompt: PromptName; at: number }
  | { what: "aborts"; baseURL: string; level: LevelName; client: string }
  | { what: "import"; loaded: string[]; client: string };

const prompts = {
  short: () => shortPrompt,
  long: () => longPrompt,
  image: (): Prompt => ({ ...shortPrompt, image: imageBytes() }),
  base64: (): Prompt => ({ ...shortPrompt, image: Buffer.from(imageBytes()).toString("base64") }),
} satisfies Record<string, () => Prompt>;
type PromptName = keyof typeof prompts;

/** Profiles a client in one row. */
export async function profileRow(baseURL: string, section: string, name: string, client: string): Promise<Profile> {
  if (section === "bundle") return { owners: largest((await bundleOf(client)).parts), functions: [] };
  if (section === "import") return ask({ what: "import", loaded: frameworks[name]!.loaded, client });
  if (name === abortName) {
    const level = (Object.keys(sections) as LevelName[]).find((candidate) => sections[candidate] === section)!;
    return ask({ what: "aborts", baseURL, level, client });
  }
  // How time grows shows where the answer is longest.
  const measured = name === growthName ? "tool arguments, 400 KB" : name;
  const scenario = scenarios.find((s) => s.section === section && s.name === measured);
  if (scenario) {
    const { level, model, prompt = "short" } = scenario;
    return ask({ what: "calls", baseURL, level, client, model, prompt, at: 1 });
  }
  const load = loads.find((candidate) => candidate.name === name);
  if (load) {
    return ask({
      what: "calls",
      baseURL,
      level: "streamText",
      client,
      model: load.model,
      prompt: "short",
      at: streams,
    });
  }
  const { level, base64 } = forms.find((form) => form.name === name && sections[form.level] === section)!;
  const prompt = base64 ? "base64" : "image";
  return ask({ what: "calls", baseURL, level, client, model: "echo", prompt, at: 1 });
}

function ask(asked: Asked): Promise<Profile> {
  return inChild<Profile>(import.meta.filename, asked);
}

const seconds = { warmUp: 2, profile: 1.5 };

export default async function profile(asked: Asked): Promise<Profile> {
  if (asked.what === "import") {
    for (const framework of asked.loaded) await import(framework);
    return record(() => import(asked.client));
  }
  const { baseURL, level } = asked;
  const client = (await levels[level]()).clients[asked.client]!;
  const work = asked.what === "aborts" ? () => abortOnce(client, baseURL) : callsOf(asked, client);
  await repeat(work, seconds.warmUp);
  return record(() => repeat(work, seconds.profile));
}

function callsOf({ baseURL, model, prompt, at }: Extract<Asked, { what: "calls" }>, client: Client) {
  const call = { baseURL, model, prompt: prompts[prompt]() };
  return () => Promise.all(Array.from({ length: at }, () => client(call)));
}

async function record(work: () => Promise<unknown>): Promise<Profile> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  await work();
  const { profile: recorded } = await session.post("Profiler.stop");

  const nodes = new Map(recorded.nodes.map((node) => [node.id, node.callFrame]));
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [index, id] of (recorded.samples ?? []).entries()) {
    const frame = nodes.get(id)!;
    if (frame.functionName === "(idle)") continue;
    // The delta after a sample is how long it lasted.
    const time = recorded.timeDeltas?.[index + 1] ?? 0;
    const owner = ownerOf(frame.functionName, frame.url);
    owners.set(owner, (owners.get(owner) ?? 0) + time);
    const name = `\`${frame.functionName || "(anonymous)"}\` of ${owner}`;
    functions.set(name, (functions.get(name) ?? 0) + time);
  }
  return { owners: largest(owners), functions: largest(functions) };
}

function largest(amounts: Map<string, number>): Part[] {
  const whole = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
  return [...amounts]
    .map(([name, amount]) => ({ name, part: amount / whole }))
    .toSorted((a, b) => b.part - a.part)
    .slice(0, 6);
}

async function repeat(work: () => Promise<unknown>, duration: number): Promise<void> {
  const end = performance.now() + duration * 1000;
  do await work();
  while (performance.now() < end);
}

function ownerOf(functionName: string, url: string): string {
  return functionName === "(garbage collector)" ? "garbage collection" : packageOf(url);
}
