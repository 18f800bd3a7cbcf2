// A small part of the benchmark, with a wide margin: whoever makes a stream several times slower sees it here.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChild } from "./child.ts";
import type { CpuTime } from "./cpu.ts";
import { scenarios } from "./scenarios/streams.ts";
import type { Part } from "./tasks/cpu.ts";

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
// Not vitest's own: the code is measured as Node runs it.
const execArgv = ["--conditions=@celuxe/source"];
let server: ChildProcess;
let baseURL: string;

beforeAll(async () => {
  server = fork(path("./origin.ts"), { execArgv });
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  baseURL = `http://127.0.0.1:${port}/v1`;
});
afterAll(() => server.disconnect());

// The benchmark finds 1 to 2 in each of them.
test.each([
  ["doStream", "@celuxe/ai-sdk-provider"],
  ["stream", "@celuxe/langchain"],
] as const)("%s of %s takes less than 3 times the CPU time of plain fetch", async (level, client) => {
  const scenario = scenarios.find((s) => s.level === level && s.model === "text-20000-blocks")!;
  const part: Part = {
    baseURL,
    level,
    only: [client],
    scenarios: [{ ...scenario, budgetMs: 1_000 }],
  };
  const [times] = await inChild<CpuTime[][]>(path("./tasks/cpu.ts"), part, execArgv);
  // The fastest runs: those that a busy machine disturbed least.
  const fastest = (name: string) => times!.find(({ variant }) => variant === name)!.rangeMs[0];
  expect(fastest(client) / fastest("floor")).toBeLessThan(3);
});
