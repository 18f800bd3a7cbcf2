import { join } from "node:path";
import { startEmulator } from "@celuxe/emulator";
import { Miniflare } from "miniflare";
import { rolldown } from "rolldown";
import { beforeAll, describe, expect, test } from "vitest";

// On workerd each request lives in a context of its own: one may not wait for a promise or a timer of another, and one
// whose client has gone is never heard of again.

const apiKey = "sk-celuxe-workerd-test";
const windowMs = 1_000;
let script: string;

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, "transport-worker.ts"),
    platform: "browser",
    resolve: { conditionNames: ["@celuxe/source", "workerd", "import"] },
  });
  const { output } = await bundle.generate({ format: "esm" });
  script = output[0].code;
});

async function startWorker(limit: number, declared: number | "auto") {
  const emulator = await startEmulator({ keys: [{ key: apiKey }], rateLimit: { plan: { limit, windowMs } } });
  const worker = new Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-01-01",
    bindings: {
      apiKey,
      baseURL: emulator.url,
      rateLimit: JSON.stringify({ limit: declared, windowMs }),
    },
  });
  const url = await worker.ready;
  return {
    emulator,
    ask: async (question: string) => {
      const response = await fetch(new URL(question, url));
      return { status: response.status, text: await response.text() };
    },
    async [Symbol.asyncDispose]() {
      await worker.dispose();
      await emulator.close();
    },
  };
}

describe("in workerd, concurrent requests that share a key", () => {
  test.concurrent.each([
    ["declared", 4, 4],
    ["auto", 10, "auto"],
  ] as const)(
    "all finish, %s limit",
    async (_, limit, declared) => {
      await using worker = await startWorker(limit, declared);
      const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => worker.ask(`/${index}`)));
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      const rejected = worker.emulator.journal.requests.filter(({ status }) => status === 429);
      expect(rejected.length).toBeLessThanOrEqual(declared === "auto" ? 0.9 * 24 : 0);
    },
    60_000,
  );

  test.concurrent("go on where others ended without a word: the turns of those are not waited for", async () => {
    await using worker = await startWorker(1, 1);
    await worker.ask("/first");
    await Promise.all(Array.from({ length: 40 }, (_, index) => worker.ask(`/gone/${index}`)));
    const began = performance.now();
    const { status } = await worker.ask("/last");
    expect(status).toBe(200);
    // 40 turns would take 50 s.
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(worker.emulator.journal.requests.length).toBeLessThan(20);
  }, 60_000);
});
