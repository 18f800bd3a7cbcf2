import { setTimeout as sleep } from "node:timers/promises";
import { inChild } from "../child.ts";
import { shortPrompt } from "../clients/requests.ts";
import { median } from "../cpu.ts";
import { type Run, sections } from "../results.ts";
import { type LevelName, levels } from "../scenarios/levels.ts";

const name = "abort to closed connection";
const rounds = 15;

interface Asked {
  baseURL: string;
  level: LevelName;
}

export async function measureAborts({ baseURL, wants, report }: Run): Promise<void> {
  for (const level of ["doStream", "stream"] as const) {
    const section = sections[level];
    if (!wants(section, name)) continue;
    const times = await inChild<Record<string, number[]>>(import.meta.filename, { baseURL, level });
    const results = Object.entries(times).map(([client, values]) => ({
      client,
      values: { clockMs: median(values), toMs: Math.max(...values) },
    }));
    report({ section, name, results });
  }
}

/** Aborts after the first piece of a slow answer, and asks the server when it saw the connection close. */
export default async function abortOften({ baseURL, level }: Asked): Promise<Record<string, number[]>> {
  const { floor, clients } = await levels[level]();
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [client, ask] of Object.entries({ floor, ...clients })) {
      if (client.includes("mergeDeltas")) continue;
      const controller = new AbortController();
      let abortedAt = 0n;
      const onFirst = () => {
        if (abortedAt > 0n) return;
        abortedAt = process.hrtime.bigint();
        controller.abort();
      };
      await ask({ baseURL, model: "text-2000-paced5", prompt: shortPrompt, signal: controller.signal, onFirst }).catch(
        () => {},
      );
      const closedAt = await closed(new URL("/closed", baseURL));
      if (round > 0) (times[client] ??= []).push(Number(closedAt - abortedAt) / 1e6);
    }
  }
  return times;
}

async function closed(url: URL): Promise<bigint> {
  for (let tries = 0; tries < 500; tries++) {
    const text = await (await fetch(url)).text();
    if (text !== "") return BigInt(text);
    await sleep(2);
  }
  throw new Error("The connection was never closed.");
}
