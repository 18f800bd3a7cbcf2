// The starter templates for Node as they stand in examples/: their types, and what they show without an account and with one.
import { type ReplyRule, type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { replies as aiSdkReplies } from "../examples/ai-sdk-node/src/emulator-replies.ts";
import { replies as agentReplies } from "../examples/langchain-agent/src/emulator-replies.ts";
import { replies as chainReplies } from "../examples/langchain-chain/src/emulator-replies.ts";

const root = join(import.meta.dirname, "../examples");
const notice = "No CELUXE_API_KEY is set: the answers come from the Celuxe emulator on this machine.";

interface Example {
  name: string;
  replies: ReplyRule[];
  /** What each script shows; the same with an account, as the emulator on the socket says the same. */
  scripts: Record<string, { shows: (string | RegExp)[]; asks: string[] }>;
}

const chat = "POST /v1/chat/completions";
const examples: Example[] = [
  {
    name: "ai-sdk-node",
    replies: aiSdkReplies,
    scripts: {
      models: { shows: ["deepseek-v3", "gpt-4o"], asks: ["GET /v1/models"] },
      text: { shows: ["packs into its own pocket", /\(\d+ tokens in, \d+ out\)/], asks: [chat] },
      stream: { shows: ["Rain washes the oil out of the chain", "(finish reason: stop)"], asks: [chat] },
      tools: {
        shows: [
          'findOrder({"email":"rider@example.com"}) -> {"order":"A-1041"',
          "trackParcel(",
          "between 14:00 and 16:00.",
        ],
        asks: [chat, chat, chat],
      },
      structured: { shows: ["topic: 'repair'", "urgency: 'high'", "product: 'rain jacket'"], asks: [chat] },
    },
  },
  {
    name: "langchain-agent",
    replies: agentReplies,
    scripts: {
      start: {
        shows: [
          'calls forecast({"city":"Marseille","day":"Saturday"})',
          "gets sunny, 24 °C",
          'calls trains({"from":"Lyon","to":"Marseille","day":"Saturday"})',
          "gets 08:06, 10:06, 13:36",
          "departure: '08:06'",
          "departure: '10:06'",
        ],
        asks: [chat, chat, chat, chat],
      },
    },
  },
  {
    name: "langchain-chain",
    replies: chainReplies,
    scripts: {
      chain: {
        shows: [
          "atelier est fermé",
          "Die Werkstatt ist",
          "Spanish: El taller",
          "Italian: L'officina",
          "Dutch: De werkplaats",
        ],
        asks: [chat, chat, chat, chat, chat],
      },
      retrieval: {
        shows: ["found: Returns: How long |", "sent back within 30 days", "[returns.md]", "[repairs.md]"],
        asks: [chat, chat],
      },
    },
  },
];

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<Run> {
  const clean = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" };
  for (const name of ["CELUXE_API_KEY", "CELUXE_BASE_URL", "FORCE_COLOR"]) delete (clean as NodeJS.ProcessEnv)[name];
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: { ...clean, ...env }, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

const npmRun = (example: string, script: string, env?: Record<string, string>, ...args: string[]) =>
  run("npm", ["run", "--silent", script, "--", ...args], join(root, example), env);

/** What reached the emulator, as lines like `POST /v1/chat/completions`. */
const asked = ({ journal }: RunningEmulator) => journal.requests.map(({ method, path }) => `${method} ${path}`);

// Programs that mostly wait: for Node to start, and for the emulator's pace.
describe.concurrent.each(examples)("$name", ({ name, replies, scripts }) => {
  test("its types hold under its own strict tsconfig", async () => {
    expect(readFileSync(join(root, name, "tsconfig.json"), "utf8")).toContain('"strict": true');
    expect(await npmRun(name, "typecheck")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("npm start works without an account, and says in one line that the emulator answers", async () => {
    const { code, stdout, stderr } = await npmRun(name, "start");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(notice) });
    expect(stderr.trim().split("\n")).toEqual([notice]);
    for (const shown of Object.values(scripts).flatMap(({ shows }) => shows)) expect(stdout).toMatch(shown);
  });

  test.each(Object.entries(scripts))("npm run %s asks Celuxe once there is a key", async (script, { shows, asks }) => {
    await using emulator = await startEmulator({ replies });
    const { code, stdout, stderr } = await npmRun(name, script, {
      CELUXE_API_KEY: emulator.apiKey,
      CELUXE_BASE_URL: emulator.url,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const shown of shows) expect(stdout).toMatch(shown);
    expect(asked(emulator)).toEqual(asks);
  });

  test("the key may stand in .env; the one of .env.example is empty", async () => {
    const folder = mkdtempSync(join(tmpdir(), "celuxe-env-"));
    const [script = ""] = Object.keys(scripts);
    const program = join(root, name, "src", script === "start" ? "index.ts" : `${script}.ts`);
    try {
      const template = readFileSync(join(root, name, ".env.example"), "utf8");
      writeFileSync(join(folder, ".env"), template);
      expect((await run(process.execPath, [program], folder)).stderr).toContain(notice);

      await using emulator = await startEmulator({ replies });
      const filled = template.replace("CELUXE_API_KEY=", `CELUXE_API_KEY=${emulator.apiKey}`);
      writeFileSync(join(folder, ".env"), `${filled}\nCELUXE_BASE_URL=${emulator.url}\n`);
      const { code, stderr } = await run(process.execPath, [program], folder);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(asked(emulator)).not.toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a wrong key is an error that says what to do, and does not repeat the key", async () => {
    await using emulator = await startEmulator();
    const env = { CELUXE_API_KEY: "sk-wrong-0123456789", CELUXE_BASE_URL: emulator.url };
    const { code, stdout, stderr } = await npmRun(name, "start", env);
    expect(code).toBe(1);
    expect(stderr).toContain("Check the API key: it came from the environment variable CELUXE_API_KEY");
    expect(stdout + stderr).not.toContain("sk-wrong-0123456789");
  });
});

describe.concurrent("ai-sdk-node", () => {
  test("the batch loses no call to the rate limit", async () => {
    const { code, stdout } = await npmRun("ai-sdk-node", "batch");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines.filter((line) => /^ +\d+\.\d s {2}(happy|unhappy|undecided) /.test(line))).toHaveLength(15);
    expect(lines.filter((line) => /a call waits \d+\.\d s for its turn/.test(line)).length).toBeGreaterThanOrEqual(5);
    expect(stdout).toContain("7 of 15 are happy.");
  });

  test("the batch keeps to the free plan of a key", async () => {
    await using emulator = await startEmulator({ replies: aiSdkReplies, rateLimit: { plan: "free" } });
    const env = { CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url };
    const script = join(root, "ai-sdk-node/src/batch.ts");
    // The eleventh call comes after a minute; this looks at the first seconds.
    const child = execFile(process.execPath, [script], { env: { ...process.env, ...env }, timeout: 25_000 });
    let stdout = "";
    child.stdout?.on("data", (text) => (stdout += text));
    while (emulator.journal.requests.length < 10) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    child.kill();
    expect(asked(emulator)).toEqual(Array.from({ length: 10 }, () => chat));
    expect(stdout.match(/a call waits [56]\d\.\d s for its turn/g)).toHaveLength(5);
  });

  test("Ctrl-C stops the stream and closes the connection", async () => {
    await using emulator = await startEmulator({ replies: aiSdkReplies, pace: { tokensPerSecond: 10 } });
    const env = { CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url };
    const child = execFile(process.execPath, [join(root, "ai-sdk-node/src/stream.ts")], {
      env: { ...process.env, ...env },
    });
    let stdout = "";
    child.stdout?.on("data", (text) => (stdout += text));
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Rain.{0,60} \(stopped\)\n$/) });
    expect(emulator.journal.requests[0]).toHaveProperty("clientGone");
  });
});

test("langchain-agent answers own questions, and langchain-chain questions about the documents", async () => {
  const agent = await npmRun("langchain-agent", "start", {}, "I am in Lyon. Which train to Paris on Sunday?");
  expect(agent).toMatchObject({ code: 0, stdout: expect.stringContaining("calls trains(") });
  const chain = await npmRun("langchain-chain", "retrieval", {}, "What does delivery cost?");
  expect(chain).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/found: Delivery: Costs \|[^]+\[delivery\.md\]/),
  });
});
