// A client in a thread whose event loop stands still again and again, as it does where somebody parses, renders or
// compresses beside it.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createCeluxeClient } from "../src/index.ts";

interface BusyOptions {
  baseURL: string;
  calls: number;
  limit: number;
  windowMs: number;
}

/** Makes calls at once; resolves with the number of those that were answered. */
export function callWhileBusy(options: BusyOptions): Promise<number> {
  const worker = new Worker(import.meta.filename, { workerData: options, execArgv: ["--conditions=@celuxe/source"] });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

if (!isMainThread && parentPort) {
  const { baseURL, calls, limit, windowMs } = workerData as BusyOptions;
  const client = createCeluxeClient({
    apiKey: "sk-busy",
    baseURL,
    rateLimit: { limit, windowMs, maxWaitMs: Infinity },
  });
  let timer: ReturnType<typeof setTimeout>;
  const block = () => {
    const until = performance.now() + 100 + Math.random() * 300;
    while (performance.now() < until);
    timer = setTimeout(block, Math.random() * 400);
  };
  block();
  const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };
  const results = await Promise.allSettled(Array.from({ length: calls }, () => client.chat(body)));
  clearTimeout(timer!);
  parentPort.postMessage(results.filter(({ status }) => status === "fulfilled").length, []);
}
