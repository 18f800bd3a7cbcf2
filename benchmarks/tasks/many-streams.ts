import { monitorEventLoopDelay } from "node:perf_hooks";
import { inChild } from "../child.ts";
import { shortPrompt } from "../clients/requests.ts";
import type { Run } from "../results.ts";
import { levels } from "../scenarios/levels.ts";
import { exchangeOf } from "../wire.ts";

const section = "streamText";
export const streams = 200;

/** How fast each stream comes: as from the fastest models, which more than fills a core, and as from most. */
export const loads: { name: string; model: string }[] = [
  { name: "200 streams at once, 200 chunks a second each", model: "text-1000-paced5" },
  { name: "200 streams at once, 50 chunks a second each", model: "text-300-paced20" },
];

interface Asked {
  baseURL: string;
  client: string;
  model: string;
}

/** Each client in a process of its own, whose memory and event loop are its alone. */
export async function measureManyStreams({ baseURL, wants, report }: Run): Promise<void> {
  const wanted = loads.filter(({ name }) => wants(section, name));
  if (wanted.length === 0) return;
  const { clients: all } = await levels.streamText();
  const clients = ["floor", ...Object.keys(all)];
  for (const { name, model } of wanted) {
    const measured: { client: string; values: Record<string, number> }[] = [];
    for (const client of clients) {
      const asked: Asked = { baseURL, client, model };
      measured.push({ client, values: await inChild(import.meta.filename, asked) });
    }
    const floorMs = measured[0]!.values["cpuMs"]!;
    const results = measured.map(({ client, values }) => ({
      client,
      values: { ...values, ratio: values["cpuMs"]! / floorMs },
    }));
    report({ section, name, results });
  }
}

export default async function readMany({ baseURL, client, model }: Asked) {
  const { floor, clients } = await levels.streamText();
  const ask = client === "floor" ? floor : clients[client]!;
  const expected = exchangeOf(model).pieces.join("");
  // Compiles what will run.
  await ask({ baseURL, model: "text-20000-blocks", prompt: shortPrompt });
  const residentBefore = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const start = performance.now();
  const texts = await Promise.all(Array.from({ length: streams }, () => ask({ baseURL, model, prompt: shortPrompt })));
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  if (texts.some((text) => text !== expected)) throw new Error(`${client} read something else than was sent.`);
  return {
    cpuMs: (user + system) / 1000,
    peakMB: process.resourceUsage().maxRSS / 1000 - residentBefore / 1e6,
    loopP50Ms: delay.percentile(50) / 1e6,
    loopP99Ms: delay.percentile(99) / 1e6,
    clockMs: performance.now() - start,
  };
}
