// Runs in a consumer's folder: `node shared/walk.mjs STEPS RESULTS`. Walks the steps and writes what a user would have seen.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";

const consumer = await import(pathToFileURL(resolve("consumer.mjs")));
const results = {};
for (const step of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  for (const operation of step.operations) {
    if (!consumer[operation]) continue;
    results[`${step.name} ${operation}`] = await Promise.all(
      Array.from({ length: step.times ?? 1 }, () => walk(step, operation)),
    );
  }
}
writeFileSync(process.argv[3], JSON.stringify(results));
// Some frameworks leave timers behind.
process.exit(0);

async function walk(step, operation) {
  const ran = [];
  const pieces = [];
  const abort = new AbortController();
  const start = performance.now();
  const context = {
    settings: {
      baseURL: step.urls[operation],
      apiKey: step.apiKey,
      ...(step.windowMs && { rateLimit: { windowMs: step.windowMs } }),
    },
    prompt: step.prompt,
    signal: abort.signal,
    getWeather: ({ city }) => {
      ran.push(city ?? null);
      return `Sunny in ${city}`;
    },
    onText: (piece) => {
      if (piece) pieces.push(piece);
      if (piece && step.abort) abort.abort();
    },
  };
  const patience = new Promise((_, reject) =>
    setTimeout(() => reject(new Error("No end within 60 s")), 60_000).unref(),
  );
  const outcome = await Promise.race([consumer[operation](context), patience]).then(
    (value) => ({ value }),
    (error) => ({ error: { ...firstStatus(error), text: inspect(error, { depth: 8, showHidden: true }) } }),
  );
  return { ...outcome, ran, pieces, ms: performance.now() - start, trace: await consumer.takeTrace?.() };
}

/** The HTTP status of an error or of one that it wraps, as frameworks name it. */
function firstStatus(error, depth = 0) {
  if (typeof error !== "object" || error === null || depth > 5) return {};
  const status = error.statusCode ?? error.status;
  if (typeof status === "number") return { status };
  for (const inner of [error.cause, error.lastError, error.error, ...(error.errors ?? [])]) {
    const found = firstStatus(inner, depth + 1);
    if (found.status) return found;
  }
  return {};
}
