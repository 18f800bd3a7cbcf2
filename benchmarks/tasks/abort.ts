import { setTimeout as sleep } from "node:timers/promises";
import { inChild } from "../child.ts";
import { type Client, shortPrompt } from "../clients/requests.ts";
import { median } from "../cpu.ts";
import { type Run, sections } from "../results.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";

export const abortName = "abort to closed connection";
const rounds = 15;

interface Asked {
  baseURL: string;
  level: LevelName;
}

export async function measureAborts({ baseURL, wants, report }: Run): Promise<void> {
  for (const level of ["doStream", "stream"] as const) {
    const section = sections[level];
    if (!wants(section, abortName)) continue;
    const times = await inChild<Record<string, number[]>>(import.meta.filename, { baseURL, level });
    const results = Object.entries(times).map(([client, values]) => ({
      client,
      values: { clockMs: median(values), toMs: Math.max(...values) },
    }));
    report({ section, name: abortName, results });
  }
}

export default async function abortOften({ baseURL, level }: Asked): Promise<Record<string, number[]>> {
  const { floor, clients } = await levels[level]();
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [client, ask] of Object.entries({ floor, ...clients })) {
      if (client.includes("mergeDeltas")) continue;
      const milliseconds = await abortOnce(ask, baseURL);
      if (round > 0) (times[client] ??= []).push(milliseconds);
    }
  }
  return times;
}

/**
 * Aborts after the first piece of a slow answer, and asks the server when it saw the connection close. Milliseconds.
 */
export async function abortOnce(ask: Client, baseURL: string): Promise<number> {
  const controller = new AbortController();
  let abortedAt = 0n;
  const onFirst = () => {
    if (abortedAt > 0n) return;
    abortedAt = process.hrtime.bigint();
    controller.abort();
  };
  const { signal } = controller;
  await ask({ baseURL, model: "text-2000-paced5", prompt: shortPrompt, signal, onFirst }).catch(() => {});
  return Number((await closed(new URL("/closed", baseURL))) - abortedAt) / 1e6;
}

async function closed(url: URL): Promise<bigint> {
  for (let tries = 0; tries < 500; tries++) {
    const text = await (await fetch(url)).text();
    if (text !== "") return BigInt(text);
    await sleep(2);
  }
  throw new Error("The connection was never closed.");
}
