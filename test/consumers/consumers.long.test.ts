// What people build on top: each consumer is a project of its own, installed from the packed tarballs and run against
// the emulator. `pnpm works-with` renews docs/works-with.md from the results.
import { startEmulator } from "@celuxe/emulator";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { consumers } from "./consumers.ts";
import { installConsumers } from "./install.ts";
import { checkWire, KEY, type Outcome, scenarios } from "./scenarios.ts";
import { worksWith } from "./works-with.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "celuxe-consumers-")));
/** The consumers are JavaScript: parameters need no types, and what is handed to a framework is checked. */
const compilerOptions = {
  allowJs: true,
  checkJs: true,
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  module: "nodenext",
  target: "es2023",
  types: [],
  noEmit: true,
};
/** The names of the scenarios that a consumer passed. */
const passed: Record<string, Set<string>> = {};

beforeAll(() => installConsumers(Object.keys(consumers), inject("tarballs"), folder), 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

describe.each(Object.entries(consumers))("%s", (name, { limits = {}, typed = false }) => {
  const emulators: Record<string, Awaited<ReturnType<typeof startEmulator>>> = {};
  let results: Record<string, Outcome[]>;
  let printed = "";

  beforeAll(async () => {
    passed[name] = new Set();
    const steps = [];
    for (const { operations, emulator, name, prompt, abort, times, windowMs } of scenarios) {
      const urls: Record<string, string> = {};
      for (const operation of operations) {
        const started = await startEmulator({ keys: [{ key: KEY }], ...emulator });
        emulators[`${name} ${operation}`] = started;
        urls[operation] = started.url;
      }
      steps.push({ name, operations, prompt, abort, times, windowMs, urls, apiKey: KEY });
    }
    const home = join(folder, name);
    writeFileSync(join(home, "steps.json"), JSON.stringify(steps));
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NO_COLOR: "1",
      MASTRA_TELEMETRY_DISABLED: "1",
      COPILOTKIT_TELEMETRY_DISABLED: "true",
    };
    const options = { cwd: home, env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["shared/walk.mjs", "steps.json", "results.json"],
      options,
    );
    printed = stdout + stderr;
    results = JSON.parse(readFileSync(join(home, "results.json"), "utf8")) as typeof results;
  }, 330_000);
  afterAll(() => Promise.all(Object.values(emulators).map((emulator) => emulator.close())), 60_000);

  test.each(scenarios.filter((scenario) => !(scenario.name in limits)))(
    "$name",
    ({ name: scenario, operations, check }) => {
      let seen = 0;
      for (const operation of operations) {
        const outcomes = results[`${scenario} ${operation}`];
        if (!outcomes) continue;
        seen++;
        const { requests } = emulators[`${scenario} ${operation}`]!.journal;
        check(outcomes, requests);
        checkWire(requests);
      }
      expect(seen).toBeGreaterThan(0);
      passed[name]!.add(scenario);
    },
  );

  test.runIf(typed)("its types take the model", { timeout: 120_000 }, async () => {
    const home = join(folder, name);
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.mjs"] }));
    const tsc = join(import.meta.dirname, "../../node_modules/.bin/tsc");
    const errors = await promisify(execFile)(tsc, ["-p", home]).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(errors).toBe("");
    passed[name]!.add("types");
  });

  test("the key is in no error, trace or line that was printed", () => {
    expect(results).not.toEqual({});
    expect(printed + JSON.stringify(results)).not.toContain(KEY);
    for (const { trace } of results["tools over three steps ask"]!) {
      if (trace !== undefined) expect(trace).toContain("deepseek-v3");
    }
    passed[name]!.add("no key in errors and traces");
  });
});

test("docs/works-with.md says what was run", async () => {
  await expect(worksWith(passed)).toMatchFileSnapshot(join(import.meta.dirname, "../../docs/works-with.md"));
});
