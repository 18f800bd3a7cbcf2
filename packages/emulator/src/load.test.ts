import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningEmulator, startEmulator } from "./index.ts";

const STREAMS = 500;
const CHUNKS = 200;

/** What stream `id` says: different in every stream, and not ASCII alone. */
function tokensOf(id: string): string[] {
  return Array.from({ length: CHUNKS }, (_, index) => `${id}·${index} ${index % 7 === 0 ? "🌍" : "é"}`);
}

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator({
    // Time stands still until all are there, so that all are streamed at once.
    clock: "manual",
    pace: { firstTokenMs: 1000 },
    replies: [{ reply: ({ headers }) => ({ text: tokensOf(headers["x-stream"] ?? "") }) }],
  });
});
afterAll(() => emulator.close());

async function stream(id: string): Promise<boolean> {
  const response = await fetch(`${emulator.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}`, "x-stream": id },
    body: JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: "Go." }] }),
  });
  const text = await response.text();
  const first = JSON.parse(text.slice("data: ".length, text.indexOf("\n\n")));
  const event = (delta: object, finish_reason: string | null) =>
    `data: ${JSON.stringify({ ...first, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const expected = [
    event({ role: "assistant", content: "" }, null),
    ...tokensOf(id).map((content) => event({ content }, null)),
    event({}, "stop"),
    "data: [DONE]\n\n",
  ];
  return text === expected.join("");
}

it(`${STREAMS} streams of ${CHUNKS} chunks at once: every byte right, and the memory comes back`, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heapAfter = async (round: number) => {
    const begun = performance.now();
    const streams = Promise.all(Array.from({ length: STREAMS }, (_, index) => stream(`${round}-${index}`)));
    while (emulator.journal.open < STREAMS) await new Promise((resolve) => setTimeout(resolve, 10));
    // More than once: some may have arrived without having come to their first wait yet.
    while (emulator.journal.open > 0) await emulator.clock.advance(1000);
    const exact = await streams;
    const ms = performance.now() - begun;
    expect(exact.filter(Boolean)).toHaveLength(STREAMS);
    await emulator.journal.idle();
    expect(emulator.journal.peakConcurrency).toBe(STREAMS);
    expect(emulator.journal.requests.every((entry) => entry.clientGone === undefined)).toBe(true);
    emulator.journal.clear();
    await new Promise((resolve) => setTimeout(resolve, 100));
    collect();
    if (process.env.LOAD_FIGURES)
      console.log({ round, ms: Math.round(ms), heapMB: process.memoryUsage().heapUsed / 2 ** 20 });
    return process.memoryUsage().heapUsed;
  };
  // The first round pays for 500 connections and compiled code that stay.
  const before = await heapAfter(1);
  const after = await heapAfter(2);
  expect(after - before).toBeLessThan(8 * 2 ** 20);
}, 120_000);
