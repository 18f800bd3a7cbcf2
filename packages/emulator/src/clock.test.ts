import { afterEach, describe, expect, it } from "vitest";
import { createEmulator, type EmulatorOptions, type RunningEmulator, startEmulator } from "./index.ts";

const STREAMED = {
  model: "gpt-4o",
  stream: true,
  messages: [{ role: "user", content: "What is the capital of France?" }],
};
const WHOLE = { ...STREAMED, stream: false };

const running: RunningEmulator[] = [];
afterEach(() => Promise.all(running.splice(0).map((emulator) => emulator.close())));

async function start(options: EmulatorOptions) {
  const emulator = await startEmulator(options);
  running.push(emulator);
  return emulator;
}

function initFor(apiKey: string, body: unknown): RequestInit {
  return { method: "POST", headers: { authorization: `Bearer ${apiKey}` }, body: JSON.stringify(body) };
}

describe("the manual clock", () => {
  it("stands still until it is advanced, and wakes who waits in order", async () => {
    const { clock, fetch, apiKey, faults } = createEmulator({ clock: "manual" });
    const before = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock.now()).toBe(before);
    faults.add(
      { call: 1, fault: { type: "delay-head", ms: 3000 } },
      { call: 2, fault: { type: "delay-head", ms: 1000 } },
    );
    const order: string[] = [];
    const first = fetch("http://x/v1/chat/completions", initFor(apiKey, WHOLE)).then(() => order.push("first"));
    const second = fetch("http://x/v1/chat/completions", initFor(apiKey, WHOLE)).then(() => order.push("second"));
    await clock.advance(5000);
    await Promise.all([first, second]);
    expect(order).toEqual(["second", "first"]);
    expect(clock.now()).toBe(before + 5000);
  });

  it("plays a whole scripted conversation in one advance", async () => {
    const { clock, fetch, apiKey, faults } = createEmulator({ clock: "manual" });
    faults.add({ fault: { type: "script", chunks: ["a", { waitMs: 1000 }, "b", { waitMs: 1000 }, "c"] } });
    const text = fetch("http://x/v1/chat/completions", initFor(apiKey, STREAMED)).then((response) => response.text());
    await clock.advance(2000);
    expect(await text).toBe("abc");
  });

  it("works over a socket: a minute's limit is over in no time", async () => {
    const emulator = await start({ clock: "manual", rateLimit: { plan: { limit: 1, windowMs: 60_000 } } });
    const status = async () =>
      (await fetch(`${emulator.url}/models`, { headers: { authorization: `Bearer ${emulator.apiKey}` } })).status;
    expect([await status(), await status()]).toEqual([200, 429]);
    await emulator.clock.advance(60_000);
    expect(await status()).toBe(200);
  });
});

describe("the real clock", () => {
  it("takes its time, and can jump ahead", async () => {
    const emulator = await start({ pace: { firstTokenMs: 60 } });
    const ask = () =>
      fetch(`${emulator.url}/chat/completions`, initFor(emulator.apiKey, STREAMED)).then((response) => response.text());
    const begun = performance.now();
    await ask();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(59);

    emulator.faults.add({ fault: { type: "delay-head", ms: 3_600_000 } });
    const late = ask();
    while (emulator.journal.open === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await emulator.clock.advance(3_600_000);
    expect(await late).toContain("[DONE]");
  });
});
