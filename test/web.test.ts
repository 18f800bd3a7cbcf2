import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

test(
  "npm run web prints the address of a chat that answers, and Ctrl-C leaves nothing running",
  { timeout: 240_000 },
  async () => {
    const { NODE_ENV: _, CELUXE_API_KEY: __, CELUXE_BASE_URL: ___, ...env } = process.env;
    // A process group of its own: Ctrl-C in a terminal goes to all of them.
    const web = spawn(process.execPath, ["scripts/web.ts"], { cwd: root, env, detached: true });
    const ended = once(web, "exit");
    try {
      let output = "";
      const address = await new Promise<string>((resolve, reject) => {
        const read = (data: Buffer) => {
          output += data.toString();
          const [, found] = /Celuxe Chat {2}(http:\/\/localhost:\d+)\n[^]*Ctrl-C stops it/.exec(output) ?? [];
          if (found) resolve(found);
        };
        web.stdout.on("data", read);
        web.stderr.on("data", read);
        web.once("exit", () => reject(new Error(`It ended before it was ready:\n${output}`)));
      });
      expect(output).toContain("No CELUXE_API_KEY is set");
      expect(await (await fetch(address)).text()).toContain("Emulator");
      expect(await (await fetch(`${address}/api/models`)).json()).toContain("deepseek-v3");
      expect(membersOf(web.pid)).not.toEqual([]);
      signalGroup(web.pid, "SIGINT");
      await ended;
      await expect.poll(() => membersOf(web.pid), { timeout: 15_000 }).toEqual([]);
    } finally {
      signalGroup(web.pid, "SIGKILL");
    }
  },
);

function signalGroup(group: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (group) process.kill(-group, signal);
  } catch {
    // Nothing is left of it, which is what is hoped for.
  }
}

/** The commands of a process group. */
function membersOf(group: number | undefined): string[] {
  const lines = execFileSync("ps", ["-A", "-o", "pgid=,stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+\s+Z/.test(line));
}
