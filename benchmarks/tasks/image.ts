import { inChild } from "../child.ts";
import { imageBytes, type Prompt } from "../clients/requests.ts";
import { median } from "../cpu.ts";
import { type Run, sections } from "../results.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";
import { fingerprint } from "../wire.ts";
import { toWire } from "../clients/fetch.ts";

const forms: { name: string; level: LevelName; base64: boolean }[] = [
  { name: "5 MB image as bytes", level: "doGenerate", base64: false },
  { name: "5 MB image as base64", level: "doGenerate", base64: true },
  { name: "5 MB image as base64", level: "invoke", base64: true },
];

const calls = { warmUp: 2, counted: 5 };

interface Asked {
  baseURL: string;
  level: LevelName;
  base64: boolean;
  client: string;
}

/** Each client in a process of its own, whose memory is its alone. */
export async function measureImages({ baseURL, wants, report }: Run): Promise<void> {
  for (const { name, level, base64 } of forms) {
    const section = sections[level];
    if (!wants(section, name)) continue;
    const clients = ["floor", ...Object.keys((await levels[level]()).clients)];
    const measured: { client: string; values: { cpuMs: number; peakMB: number } }[] = [];
    for (const client of clients) {
      const asked: Asked = { baseURL, level, base64, client };
      measured.push({ client, values: await inChild(import.meta.filename, asked) });
    }
    const floorMs = measured[0]!.values.cpuMs;
    const results = measured.map(({ client, values }) => ({
      client,
      values: { ...values, ratio: values.cpuMs / floorMs },
    }));
    report({ section, name, results });
  }
}

export default async function sendImage({ baseURL, level, base64, client }: Asked) {
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
  return { cpuMs: median(times), peakMB: process.resourceUsage().maxRSS / 1000 - residentBefore / 1e6 };
}
