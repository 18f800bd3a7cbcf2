import { inChild } from "../child.ts";
import { imageBytes, type Prompt } from "../clients/requests.ts";
import { median } from "../cpu.ts";
import { type Run, sections } from "../results.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";
import { fingerprint } from "../wire.ts";
import { toWire } from "../clients/fetch.ts";

export const forms: { name: string; level: LevelName; base64: boolean }[] = [
  { name: "5 MB image as bytes", level: "doGenerate", base64: false },
  { name: "5 MB image as base64", level: "doGenerate", base64: true },
  { name: "5 MB image as base64", level: "invoke", base64: true },
];

// The first calls pay for compiling and for the heap to grow; every fifth or so for a full garbage collection.
const calls = { warmUp: 4, counted: 15 };
/** Processes of each client, in turn: how the memory of one happens to lie decides much of its time. */
const rounds = 3;

interface Asked {
  baseURL: string;
  level: LevelName;
  base64: boolean;
  client: string;
}

interface Measured {
  /** Milliseconds of CPU, of each counted call. */
  times: number[];
  peakMB: number;
}

/** Each client in a process of its own, whose memory is its alone. */
export async function measureImages({ baseURL, wants, report }: Run): Promise<void> {
  for (const { name, level, base64 } of forms) {
    const section = sections[level];
    if (!wants(section, name)) continue;
    const clients = ["floor", ...Object.keys((await levels[level]()).clients)];
    const measured = new Map<string, Measured[]>(clients.map((client) => [client, []]));
    for (let round = 0; round < rounds; round++) {
      for (const client of clients) {
        const asked: Asked = { baseURL, level, base64, client };
        measured.get(client)!.push(await inChild<Measured>(import.meta.filename, asked));
      }
    }
    const cpuMs = (client: string) => median(measured.get(client)!.flatMap(({ times }) => times));
    const results = clients.map((client) => ({
      client,
      values: {
        cpuMs: cpuMs(client),
        peakMB: median(measured.get(client)!.map(({ peakMB }) => peakMB)),
        ratio: cpuMs(client) / cpuMs("floor"),
      },
    }));
    report({ section, name, results });
  }
}

export default async function sendImage({ baseURL, level, base64, client }: Asked): Promise<Measured> {
  const { floor, clients } = await levels[level]();
  const ask = client === "floor" ? floor : clients[client]!;
  const bytes = imageBytes();
  const image = base64 ? Buffer.from(bytes).toString("base64") : bytes;
  const prompt: Prompt = { messages: [{ role: "user", text: "What is this?" }], image };
  const expected = fingerprint(toWire(prompt));
  const times: number[] = [];
  const residentBefore = process.memoryUsage.rss();
  for (let call = -calls.warmUp; call < calls.counted; call++) {
    const before = process.cpuUsage();
    const answer = await ask({ baseURL, model: "echo", prompt });
    const { user, system } = process.cpuUsage(before);
    if (answer !== expected) throw new Error(`${client} sent another image than it was given.`);
    if (call >= 0) times.push((user + system) / 1000);
  }
  return { times, peakMB: process.resourceUsage().maxRSS / 1000 - residentBefore / 1e6 };
}
