import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";

export const appFolder = join(import.meta.dirname, "../../examples/next-chat");
const next = join(appFolder, "node_modules/next/dist/bin/next");

export interface RunningApp {
  url: string;
  /** Everything that the server printed so far. */
  output: () => string;
  stop: () => Promise<void>;
}

/** Builds the app for production; also checks its types, with its own tsconfig. Gives what was printed. */
export async function buildApp(env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [next, "build"], {
    cwd: appFolder,
    env: environment(env),
  });
  return stdout + stderr;
}

/** Starts the built app on a free port. */
export async function startApp(env: Record<string, string>): Promise<RunningApp> {
  const server = spawn(process.execPath, [next, "start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: appFolder,
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (data: Buffer) => {
      output += data.toString();
      const [, port] = /Local:\s+http:\/\/[^:]+:(\d+)/.exec(output) ?? [];
      if (port && output.includes("Ready")) resolve(`http://127.0.0.1:${port}`);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.once("exit", () => reject(new Error(`next start ended before it was ready:\n${output}`)));
  });
  return { url, output: () => output, stop: () => stopProcess(server) };
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  await exited;
}

/** Of this process's environment without what the test runner and a developer's own key would change. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { NODE_ENV: _, CELUXE_API_KEY: __, CELUXE_BASE_URL: ___, ...rest } = process.env;
  return { ...rest, NEXT_TELEMETRY_DISABLED: "1", ...env };
}
