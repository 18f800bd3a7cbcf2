import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startEmulator } from "./index.ts";

const CLI = fileURLToPath(new URL("cli.ts", import.meta.url));

/** Runs the command; `whenUp` is called with its output once it says that Ctrl-C stops it, and then it is stopped. */
function run(args: string[], whenUp?: (stdout: string) => Promise<void>) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args]);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (!stdout.endsWith("Ctrl-C stops it.\n")) return;
      Promise.resolve(whenUp?.(stdout))
        .catch(reject)
        .finally(() => child.kill("SIGINT"));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

it("starts an emulator, says how to reach it, and stops at Ctrl-C", async () => {
  const { code, stderr } = await run(
    ["--port", "0", "--key", "sk-mine", "--model", "m-1", "--plan", "2/60"],
    async (stdout) => {
      expect(stdout).toContain("CELUXE_API_KEY=sk-mine\n");
      const url = /CELUXE_BASE_URL=(\S+)/.exec(stdout)?.[1];
      const list = () => fetch(`${url}/models`, { headers: { authorization: "Bearer sk-mine" } });
      expect(await (await list()).json()).toMatchObject({ data: [{ id: "m-1" }] });
      expect([(await list()).status, (await list()).status]).toEqual([200, 429]);
    },
  );
  expect([code, stderr]).toEqual([0, ""]);
});

it("stops at once, whatever is still being streamed", async () => {
  const { code } = await run(
    ["--port", "0", "--first-token-ms", "600000", "--tokens-per-second", "1"],
    async (stdout) => {
      const url = /CELUXE_BASE_URL=(\S+)/.exec(stdout)?.[1];
      const headers = { authorization: "Bearer sk-celuxe-emulator" };
      const body = JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: "Hi" }] });
      expect((await fetch(`${url}/chat/completions`, { method: "POST", headers, body })).status).toBe(200);
    },
  );
  expect(code).toBe(0);
});

it("--help names every option", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  for (const option of [
    "port",
    "host",
    "key",
    "model",
    "plan",
    "first-token-ms",
    "tokens-per-second",
    "seed",
    "cors",
  ]) {
    expect(stdout).toContain(`--${option}`);
  }
});

it("one clear line and exit code 1 for what cannot be", async () => {
  await using emulator = await startEmulator();
  const { port } = new URL(emulator.url);
  const cases = [
    [["--port", port], "celuxe-emulator: the port is in use; choose another with --port\n"],
    [["--port", "http"], "celuxe-emulator: --port must be a number, got 'http'\n"],
    [["--plan", "gold"], "celuxe-emulator: --plan must be free, pro, unlimited or <limit>/<seconds>, got 'gold'\n"],
    [["--colour"], expect.stringMatching(/^celuxe-emulator: Unknown option '--colour'.*\n$/)],
  ] as const;
  for (const [args, message] of cases) {
    expect(await run([...args])).toEqual({ code: 1, stdout: "", stderr: message });
  }
});
