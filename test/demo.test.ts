import { startEmulator } from "@celuxe/emulator";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

function startDemo(env: Record<string, string | undefined>): ChildProcess {
  const { CELUXE_API_KEY: _, CELUXE_BASE_URL: __, ...rest } = process.env;
  return spawn("node", ["--conditions=@celuxe/source", "scripts/demo.ts"], { cwd: root, env: { ...rest, ...env } });
}

async function outcomeOf(demo: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  demo.stdout?.on("data", (text) => (stdout += String(text)));
  demo.stderr?.on("data", (text) => (stderr += String(text)));
  const code = await new Promise<number | null>((resolve) => demo.on("close", resolve));
  return { code, stdout, stderr };
}

test("without a key the demo starts the emulator, says so, and streams through both frameworks", async () => {
  const { code, stdout, stderr } = await outcomeOf(startDemo({}));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Celuxe emulator at http:\/\/127\.0\.0\.1:\d+\/v1\nNo CELUXE_API_KEY is set/);
  expect(stdout).toContain("Models  deepseek-v3, gpt-4o");
  expect(
    stdout.match(/> The capital of France is Paris\.\n {2}\d+ prompt tokens, \d+ completion tokens/g),
  ).toHaveLength(2);
  expect(stdout).toContain("Next\n");
});

test("with a key the demo uses the service that CELUXE_BASE_URL names", async () => {
  await using emulator = await startEmulator();
  const { code, stdout } = await outcomeOf(
    startDemo({ CELUXE_API_KEY: emulator.apiKey, CELUXE_BASE_URL: emulator.url }),
  );
  expect(code).toBe(0);
  expect(stdout).toContain(`Celuxe at ${emulator.url}`);
  expect(emulator.journal.requests.map(({ path }) => path)).toEqual([
    "/v1/models",
    "/v1/chat/completions",
    "/v1/chat/completions",
  ]);
});

test("with a wrong key the demo says so in one line and exits with 1", async () => {
  await using emulator = await startEmulator();
  const { code, stderr } = await outcomeOf(
    startDemo({ CELUXE_API_KEY: "sk-wrong-key", CELUXE_BASE_URL: emulator.url }),
  );
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("Check the API key");
  expect(stderr).not.toContain("sk-wrong-key");
});

test("Ctrl-C in the middle of an answer leaves nothing running", async () => {
  const demo = startDemo({});
  const port = await new Promise<string>((resolve) => {
    let text = "";
    demo.stdout?.on("data", (data) => {
      text += String(data);
      const match = /127\.0\.0\.1:(\d+)[^]*> /.exec(text);
      if (match) resolve(match[1]!);
    });
  });
  demo.kill("SIGINT");
  await new Promise((resolve) => demo.on("close", resolve));
  await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow();
});
