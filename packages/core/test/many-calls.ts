// Makes many calls in every way in which one can end, and prints what of the heap is in use after each part of them;
// runs with --expose-gc. The server decides by the model's name how the answer goes.
import { createCeluxeClient } from "../src/index.ts";

declare const gc: () => void;

const [parts, callsEach] = process.argv.slice(2).map(Number) as [number, number];
const ends = { done: 0, error: 0 };
const client = createCeluxeClient({
  rateLimit: { limit: 1e6, windowMs: 1_000 },
  maxRetries: 1,
  onEvent: ({ type }) => void ((type === "done" || type === "error") && ends[type]++),
});
// As an app has one that ends with the process.
const { signal } = new AbortController();

const bodyOf = (model: string) => ({ model, messages: [{ role: "user" as const, content: "Go." }] });
const stream = (model: string) => client.streamChat(bodyOf(model), { signal });

const ways: (() => Promise<unknown>)[] = [
  () => client.chat(bodyOf("whole"), { signal }),
  () => client.chat(bodyOf("refused"), { signal }),
  () => client.chat(bodyOf("whole"), { signal: AbortSignal.timeout(0) }),
  () => client.listModels({ signal, refresh: true }),
  async () => {
    for await (const _ of await stream("whole"));
  },
  async () => {
    for await (const _ of await stream("reset"));
  },
  async () => {
    for await (const _ of await stream("cut"));
  },
  async () => {
    for await (const _ of await stream("whole")) break;
  },
  () => stream("whole"),
];

async function worker(calls: number, first: number): Promise<void> {
  for (let call = 0; call < calls; call++) await ways[(call + first) % ways.length]!().catch(() => {});
}

const workers = 20;
const samples: number[] = [];
for (let part = 0; part < parts; part++) {
  await Promise.all(Array.from({ length: workers }, (_, index) => worker(callsEach / workers, index)));
  // What is dropped is closed by one collection and freed by another.
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  samples.push(process.memoryUsage().heapUsed);
}
console.log(JSON.stringify({ samples, ends }));
process.exit();
