// Drops streams in several ways and prints what is reported of each call; runs with --expose-gc. The server decides by
// the model's name how the answer goes on.
import { setImmediate as turn } from "node:timers/promises";
import { type ChatStream, createCeluxeClient } from "../src/index.ts";

declare const gc: () => void;

const ends = new Map<string, string[]>();
const client = createCeluxeClient({
  rateLimit: false,
  onEvent(event) {
    if (event.type !== "done" && event.type !== "error") return;
    const end = event.type === "done" ? `done ${event.finishReason ?? "early"}` : `error ${event.error}`;
    ends.set(event.model!, [...(ends.get(event.model!) ?? []), end]);
  },
});

const start = (model: string) => client.streamChat({ model, messages: [{ role: "user", content: "Go." }] });

/** What the consumer does with each stream before it forgets it. */
const consumers: Record<string, (stream: ChatStream) => Promise<unknown> | void> = {
  "endless, never read": () => {},
  "endless, read once": (stream) => stream.next(),
  "endless, waited for elsewhere": async (stream) => {
    await stream.next();
    // A loop whose body never goes on is garbage like its stream.
    void (async () => {
      for await (const _ of stream) await new Promise(() => {});
    })();
  },
  "endless, in a ReadableStream": async (stream) => {
    const readable = new ReadableStream({ pull: async (it) => it.enqueue((await stream.next()).value) });
    await readable.getReader().read();
  },
  "endless, left": async (stream) => {
    for await (const _ of stream) break;
  },
  "endless, kept": (stream) => void kept.push(stream),
  "whole, never read": () => {},
  "whole, read to its finish": async (stream) => {
    while ((await stream.next()).value?.type !== "finish");
  },
  "whole, read to its end": async (stream) => {
    for await (const _ of stream);
  },
  "broken, never read": () => {},
  "broken, read": async (stream) => {
    for await (const _ of stream);
  },
};
const kept: ChatStream[] = [];

// Each in a function of its own, so that no variable of this one holds a stream.
await Promise.all(
  Object.entries(consumers).map(async ([model, consume]) => {
    await Promise.resolve(consume(await start(model))).catch(() => {});
  }),
);

const until = Date.now() + 10_000;
while (ends.size < Object.keys(consumers).length - 1 && Date.now() < until) {
  gc();
  for (let turns = 0; turns < 10; turns++) await turn();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
gc();
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify(Object.fromEntries(ends)));
// The server looks at its connections now; it ends the process by closing this.
await new Promise((resolve) => process.stdin.once("end", resolve).resume());
if ((await kept[0]!.next()).done) throw new Error("The stream that was kept was closed.");
await kept[0]!.cancel();
