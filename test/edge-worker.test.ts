import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from "ai";
import { Miniflare } from "miniflare";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

const folder = join(import.meta.dirname, "../examples/edge-worker");
const wrangler = join(folder, "node_modules/wrangler");

/** Must be nowhere but in the worker. */
const canary = "sk-canary-90be51d4c7";

/** Wrangler bundles and starts workerd, on a machine that may be busy. */
const startTimeout = 120_000;

test("its types hold, by its own strict tsconfig", async () => {
  await run(join(folder, "node_modules/typescript/lib/tsc.js"), ["--noEmit"]);
  const { compilerOptions } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8"));
  expect(compilerOptions).toMatchObject({ strict: true, noUncheckedIndexedAccess: true });
});

describe("bundled for deployment, on workerd", () => {
  let bundle: string;
  let emulator: RunningEmulator;
  let worker: RunningWorker;
  const seen: string[] = [];

  beforeAll(async () => {
    bundle = await bundleWorker({ CELUXE_API_KEY: canary });
    emulator = await startEmulator({ keys: [{ key: canary }], pace: { tokensPerSecond: 200 } });
    worker = await runBundle(bundle, { CELUXE_API_KEY: canary, CELUXE_BASE_URL: emulator.url });
  }, startTimeout);

  afterAll(async () => {
    await worker?.stop();
    await emulator?.close();
  });

  beforeEach(() => {
    emulator.faults.clear();
    emulator.replies.clear();
    emulator.journal.clear();
  });

  afterEach(() => {
    expect(seen.splice(0).join("\n")).not.toContain(canary);
    expect(worker.output()).not.toContain(canary);
  });

  test("the bundle holds neither the key nor the emulator", () => {
    expect(bundle).not.toContain(canary);
    expect(bundle).not.toContain("sk-celuxe-emulator");
  });

  test("GET /models lists the models", async () => {
    expect(JSON.parse(await call("/models"))).toEqual(["deepseek-v3", "gpt-4o", "deepseek-r1"]);
  });

  test("POST /chat is what useChat of the AI SDK reads", async () => {
    const transport = new DefaultChatTransport({ api: `${worker.url}/chat` });
    const stream = await transport.sendMessages({
      chatId: "1",
      messageId: undefined,
      trigger: "submit-message",
      messages: [question("What is the capital of France?")],
      abortSignal: undefined,
      body: { model: "gpt-4o" },
    });
    let answer: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream })) answer = message;
    expect(answer?.parts).toContainEqual(
      expect.objectContaining({ type: "text", text: "The capital of France is Paris." }),
    );
    expect(emulator.journal.requests[0]?.body).toMatchObject({ model: "gpt-4o", stream: true });
  });

  test("words arrive while the model still writes, and a client that goes away ends the request to Celuxe", async () => {
    emulator.replies.add({ match: "Write", reply: { text: "One more word. ".repeat(5_000) } });
    const leave = new AbortController();
    await firstWord(await ask("Write a lot", leave.signal));
    expect(emulator.journal.open).toBe(1);
    leave.abort();
    await emulator.journal.idle();
    expect(emulator.journal.requests[0]?.clientGone).toBeDefined();
  });

  test("a client that goes away while the model is silent is noticed too", async () => {
    emulator.faults.add({ fault: { type: "stall", afterChunks: 3 } });
    const leave = new AbortController();
    await firstWord(await ask("Hello", leave.signal));
    leave.abort();
    await emulator.journal.idle();
    expect(emulator.journal.requests[0]?.clientGone).toBeDefined();
  });

  test.each([
    [401, "key"],
    [402, "balance"],
    [404, "model"],
    [400, "request"],
  ])("a %i is a failure of the kind %s in the stream", async (status, kind) => {
    const error = { message: `refused for ${canary}` };
    emulator.faults.add({ fault: { type: "status", status, body: { error } } });
    const text = await note(await ask("Hello"));
    expect(text).toContain(`{\\"kind\\":\\"${kind}\\"`);
    expect(text).toContain("refused for");
  });

  test("a failure of /models has a status of its own", async () => {
    const fresh = await runBundle(bundle, { CELUXE_API_KEY: "sk-canary-wrong", CELUXE_BASE_URL: emulator.url });
    try {
      const response = await fetch(`${fresh.url}/models`);
      expect(response.status).toBe(502);
      const text = await note(response);
      expect(JSON.parse(text)).toMatchObject({ kind: "key" });
      expect(text + fresh.output()).not.toContain("sk-canary");
    } finally {
      await fresh.stop();
    }
  });

  test.each(["hello", "{}", '{"messages":[]}', '{"messages":[{"role":"user","content":"Hi"}]}'])(
    "a request with the body %s is refused and says why",
    async (body) => {
      const response = await fetch(`${worker.url}/chat`, { method: "POST", body });
      expect(response.status).toBe(400);
      expect(JSON.parse(await note(response))).toMatchObject({ kind: "request", message: expect.stringMatching("UI") });
      expect(emulator.journal.requests).toHaveLength(0);
    },
  );

  test("only the allowed page may call it from a browser", async () => {
    const allowed = await fetch(`${worker.url}/models`, { headers: { origin: "http://localhost:3000" } });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    const other = await fetch(`${worker.url}/models`, { headers: { origin: "https://example.com" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    await Promise.all([note(allowed), note(other)]);
  });

  test("a rate limit comes at once, with the time to wait", async () => {
    emulator.faults.add({ fault: { type: "status", status: 429, headers: { "retry-after": "60" } } });
    const [, wait] = /\\"kind\\":\\"rate-limit\\".*\\"retryAfterMs\\":(\d+)/.exec(await note(await ask("Hello"))) ?? [];
    expect(Number(wait)).toBeGreaterThan(50_000);
  });

  async function call(path: string): Promise<string> {
    return note(await fetch(worker.url + path));
  }

  function ask(text: string, signal?: AbortSignal): Promise<Response> {
    const body = JSON.stringify({ messages: [question(text)] });
    return fetch(`${worker.url}/chat`, { method: "POST", body, signal });
  }

  /** Reads until the model has begun to answer. */
  async function firstWord(response: Response): Promise<void> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; !text.includes("text-delta");) {
      const { value = "", done } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error(`The answer ended before its first word: ${text}`);
      text += value;
    }
  }

  /** Keeps what a client gets to see. */
  async function note(response: Response): Promise<string> {
    const text = await response.text();
    seen.push(JSON.stringify([...response.headers]), text);
    return text;
  }
});

test("npm run dev answers from the emulator, and says so, when no key is set", { timeout: startTimeout }, async () => {
  const worker = await startDevelopment();
  try {
    expect(worker.output()).toContain("No CELUXE_API_KEY is set: answers come from the emulator");
    expect(await (await fetch(`${worker.url}/models`)).json()).toContain("deepseek-v3");
  } finally {
    await worker.stop();
  }
});

interface RunningWorker {
  url: string;
  /** Everything that was printed so far. */
  output: () => string;
  stop: () => Promise<void>;
}

/** What `npm run deploy` would upload. */
async function bundleWorker(env: Record<string, string>): Promise<string> {
  const target = mkdtempSync(join(tmpdir(), "celuxe-worker-"));
  try {
    await run(join(wrangler, "bin/wrangler.js"), ["deploy", "--dry-run", "--outdir", target], env);
    return readFileSync(join(target, "index.js"), "utf8");
  } finally {
    rmSync(target, { recursive: true });
  }
}

/** Runs the bundle as its configuration says. */
async function runBundle(script: string, env: Record<string, string>): Promise<RunningWorker> {
  const { unstable_readConfig: readConfig } = createRequire(import.meta.url)(wrangler) as WranglerConfiguration;
  const config = readConfig({ config: join(folder, "wrangler.jsonc") });
  let output = "";
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    bindings: { ...config.vars, ...env },
    handleRuntimeStdio(...streams: Readable[]) {
      for (const stream of streams) stream.on("data", (data: Buffer) => (output += data.toString()));
    },
  });
  const { origin } = await miniflare.ready;
  return { url: origin, output: () => output, stop: () => miniflare.dispose() };
}

interface WranglerConfiguration {
  unstable_readConfig(options: { config: string }): {
    compatibility_date: string;
    compatibility_flags: string[];
    vars: Record<string, string>;
  };
}

/** `npm run dev` on a free port, without a key. */
async function startDevelopment(): Promise<RunningWorker> {
  const process_ = spawn(process.execPath, ["dev.ts", "--port", "0", "--inspector-port", "0"], {
    cwd: folder,
    env: environment({}),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (data: Buffer) => {
      output += data.toString();
      const [, port] = /Ready on http:\/\/[^:]+:(\d+)/.exec(output) ?? [];
      if (port) resolve(`http://localhost:${port}`);
    };
    process_.stdout.on("data", read);
    process_.stderr.on("data", read);
    process_.once("exit", () => reject(new Error(`The worker ended before it was ready:\n${output}`)));
  });
  return { url, output: () => output, stop: () => stopProcess(process_) };
}

async function stopProcess(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null) return;
  const exited = once(running, "exit");
  running.kill("SIGTERM");
  await exited;
}

function run(script: string, parameters: string[], env: Record<string, string> = {}) {
  return promisify(execFile)(process.execPath, [script, ...parameters], { cwd: folder, env: environment(env) });
}

/** Of this process's environment without a developer's own key. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { CELUXE_API_KEY: _, CELUXE_BASE_URL: __, ...rest } = process.env;
  return { ...rest, WRANGLER_SEND_METRICS: "false", ...env };
}

function question(text: string): UIMessage {
  return { id: "1", role: "user", parts: [{ type: "text", text }] };
}
