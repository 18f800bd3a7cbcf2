import { describe, expect, it } from "vitest";
import { createEmulator, type EmulatorOptions } from "../index.ts";

const STREAMED = {
  model: "gpt-4o",
  stream: true,
  messages: [{ role: "user", content: "What is the capital of France?" }],
};
const WHOLE = { ...STREAMED, stream: false };

function initFor(apiKey: string, body: unknown): RequestInit {
  return { method: "POST", headers: { authorization: `Bearer ${apiKey}` }, body: JSON.stringify(body) };
}

/** The events of a stream on the manual clock: what had come after so many milliseconds. */
async function timeline(options: EmulatorOptions, stepMs: number, steps: number) {
  const { fetch, apiKey, clock } = createEmulator({ clock: "manual", ...options });
  const response = await fetch("http://x/v1/chat/completions", initFor(apiKey, STREAMED));
  let text = "";
  const decoder = new TextDecoder();
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reading = (async () => {
    for await (const bytes of body ?? []) text += decoder.decode(bytes, { stream: true });
  })();
  const counts = [];
  for (let step = 0; step < steps; step++) {
    await clock.advance(stepMs);
    counts.push((text.match(/"content":"[^"]/g) ?? []).length);
  }
  await clock.advance(60_000);
  await reading;
  return { counts, text };
}

describe("pace, on the manual clock", () => {
  it("the first token after firstTokenMs, the others at tokensPerSecond", async () => {
    const { counts, text } = await timeline({ pace: { firstTokenMs: 200, tokensPerSecond: 10 } }, 100, 9);
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 7]);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("jitter comes from the seed: the same twice, another with another seed", async () => {
    const play = (seed: number) =>
      timeline({ seed, pace: { firstTokenMs: 100, tokensPerSecond: 20, jitter: 0.8 } }, 25, 20);
    const [first, second, third] = [await play(1), await play(1), await play(2)];
    expect(first.counts).toEqual(second.counts);
    expect(first.counts).not.toEqual(third.counts);
  });

  it("an answer in one piece comes when its last token would have", async () => {
    const { fetch, apiKey, clock, journal } = createEmulator({
      clock: "manual",
      pace: { firstTokenMs: 200, tokensPerSecond: 10 },
    });
    const answer = fetch("http://x/v1/chat/completions", initFor(apiKey, WHOLE));
    let there = false;
    void answer.then(() => (there = true));
    await clock.advance(799);
    expect(there).toBe(false);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
    const [entry] = journal.requests;
    expect((entry?.head ?? 0) - (entry?.start ?? 0)).toBe(800);
  });

  it("keep-alive comments fill the silence, and only the silence", async () => {
    const { text } = await timeline({ pace: { firstTokenMs: 1000, tokensPerSecond: 100, keepAliveMs: 300 } }, 100, 20);
    expect(text.match(/: keep-alive\n\n/g)).toHaveLength(3);
    expect(text.indexOf("data:")).toBeGreaterThan(text.lastIndexOf(": keep-alive"));
  });
});

describe("write sizes", () => {
  /** The sizes of the pieces that a reader gets without a socket, where none are joined. */
  async function sizes(options: EmulatorOptions) {
    const { fetch, apiKey } = createEmulator({ clock: "manual", ...options });
    const response = await fetch("http://x/v1/chat/completions", initFor(apiKey, STREAMED));
    const all: number[] = [];
    let text = "";
    const body: ReadableStream<Uint8Array> | null = response.body;
    const decoder = new TextDecoder();
    for await (const bytes of body ?? []) {
      all.push(bytes.length);
      text += decoder.decode(bytes, { stream: true });
    }
    // Two emulators may start in two different seconds.
    return { all, text: text.replaceAll(/"created":\d{10}/g, '"created":1735689600') };
  }

  it("one event a write by default", async () => {
    const { all, text } = await sizes({});
    expect(all).toHaveLength(text.split("\n\n").length - 1);
  });

  it("exactly so many bytes, whatever the events", async () => {
    const plain = (await sizes({})).text;
    for (const writeBytes of [1, 7, 64, 100_000]) {
      const { all, text } = await sizes({ pace: { writeBytes } });
      expect(text).toBe(plain);
      expect(new Set(all.slice(0, -1)).size).toBeLessThanOrEqual(1);
      expect(all[0]).toBe(Math.min(writeBytes, plain.length));
    }
  });

  it("between two bounds, from the seed", async () => {
    const pace = { writeBytes: { min: 5, max: 40 } };
    const [first, again, other] = [
      await sizes({ seed: 1, pace }),
      await sizes({ seed: 1, pace }),
      await sizes({ seed: 2, pace }),
    ];
    expect(first.all.slice(0, -1).every((size) => size >= 5 && size <= 40)).toBe(true);
    expect(new Set(first.all).size).toBeGreaterThan(5);
    expect(again.all).toEqual(first.all);
    expect(other.all).not.toEqual(first.all);
  });
});
