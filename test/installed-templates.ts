// What users do: the packages are published, a template is made by `npm create @celuxe` far from this repository,
// installed, and run. Nothing there knows of the workspace. Needs the npm registry, for everybody else's packages.
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Registry, startRegistry } from "./registry.ts";

const root = join(import.meta.dirname, "..");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string };
// Short and without links, as programs print it.
const home = realpathSync(mkdtempSync(join(tmpdir(), "celuxe-registry-")));
let registry: Registry;

/** How a package manager is called, with its arguments. */
const managers = {
  npm: {
    // npm keeps the programs that it ran; with a cache of its own it asks the registry.
    create: (...args: string[]) =>
      run("npm", ["create", `--cache=${join(home, "cache")}`, "@celuxe", "--", ...args], home),
    install: (folder: string) => run("npm", ["install", "--prefer-offline"], folder),
    script: (folder: string, name: string) => run("npm", ["run", "--silent", name], folder),
  },
  pnpm: {
    create: (...args: string[]) => pnpm(["create", "@celuxe", ...args], home),
    install: (folder: string) => pnpm(["install", "--prefer-offline"], folder),
    script: (folder: string, name: string) => pnpm(["run", "--silent", name], folder),
  },
};
type ManagerName = keyof typeof managers;
type Manager = (typeof managers)[ManagerName];

/** Checks the types of a template, builds and runs it, once it is installed. */
const templates: Record<string, (folder: string, manager: Manager) => Promise<void>> = {
  "ai-sdk-node": showing("7 of 15 are happy."),
  "edge-worker": async (folder, manager) => {
    expect(await manager.script(folder, "typecheck")).toMatchObject({ code: 0 });
    expect(await manager.script(folder, "build")).toMatchObject({ code: 0 });
    await serving(folder, (port) => ["dev.ts", "--port", port, "--ip", "127.0.0.1"], "");
  },
  "langchain-agent": showing("departure: '10:06'"),
  "langchain-chain": showing("[repairs.md]"),
  "next-chat": async (folder, manager) => {
    // The build checks the types, too.
    expect(await manager.script(folder, "build")).toMatchObject({ code: 0 });
    await serving(folder, (port) => ["node_modules/next/dist/bin/next", "start", "--port", port], "/api");
  },
};

/** Makes, installs, builds and runs templates, each by the package managers named for it. */
export function testInstalledTemplates(managersOf: (template: string, position: number) => ManagerName[]): void {
  const reachable = isReachable();
  if (!reachable) console.warn("Skipped: templates installed from a registry. The npm registry cannot be reached.");

  afterAll(() => rm(home, { recursive: true, force: true }), 120_000);

  describe.runIf(reachable)("published to a registry", () => {
    beforeAll(async () => {
      mkdirSync(join(home, "bin"));
      symlinkSync(process.execPath, join(home, "bin/node"));
      registry = await startRegistry();
      const publishing = [
        `--@celuxe:registry=${registry.url}`,
        `--${registry.url.replace("http:", "")}:_authToken=any`,
      ];
      for (const [name, tarball] of Object.entries(inject("tarballs"))) {
        const { code, output } = await run("npm", ["publish", tarball, ...publishing], home);
        expect(code, `${name}: ${output}`).toBe(0);
      }
      registry.requests.length = 0;
      writeFileSync(join(home, ".npmrc"), `registry=${registryOfThisMachine()}\n@celuxe:registry=${registry.url}\n`);
    }, 120_000);
    afterAll(() => registry.close());

    test("every example has a run here", () => {
      expect(Object.keys(templates).toSorted()).toEqual(readdirSync(join(root, "examples")).toSorted());
    });

    const runs = Object.keys(templates).flatMap((template, position) =>
      managersOf(template, position).map((manager) => ({ template, manager })),
    );
    test.each(runs)(
      "$template is made, installed, built and run with $manager",
      async ({ template, manager: name }) => {
        const manager = managers[name];
        const folder = join(home, `${name}-${template}`);
        // A test that is tried once more finds what it made before.
        await rm(folder, { recursive: true, force: true });
        const made = await manager.create(`${name}-${template}`, "--template", template);
        expect(made).toMatchObject({ code: 0, output: expect.stringContaining(`${name} install`) });

        expect(await manager.install(folder)).toMatchObject({ code: 0 });
        expect(foreignPackages(folder)).toEqual([]);
        await templates[template]!(folder, manager);
      },
      400_000,
    );

    test("every package came from there", () => {
      for (const name of Object.keys(inject("tarballs"))) {
        expect(registry.requests).toContain(`GET /${name}`);
      }
    });
  });
}

/** The packages of ours that are installed from anywhere but the registry: from this repository, for example. */
function foreignPackages(folder: string): string[] {
  const scope = join(folder, "node_modules/@celuxe");
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const wanted = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name.startsWith("@celuxe/"));
  expect(wanted.filter((name) => !existsSync(join(folder, "node_modules", name)))).toEqual([]);
  return readdirSync(scope).filter((name) => !realpathSync(join(scope, name)).startsWith(folder));
}

function showing(text: string) {
  return async (folder: string, manager: Manager) => {
    expect(await manager.script(folder, "typecheck")).toMatchObject({ code: 0 });
    const { code, output } = await manager.script(folder, "start");
    expect(output).toContain("No CELUXE_API_KEY is set");
    expect(output).toContain(text);
    expect(code).toBe(0);
  };
}

/** Starts the template's server on a free port, takes its model list and one answer, and stops it. */
async function serving(folder: string, args: (port: string) => string[], api: string): Promise<void> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}${api}`;
  const child = spawn(process.execPath, args(port), { cwd: folder, env: userEnvironment() });
  const closed = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  try {
    const models = () => fetch(`${url}/models`).then((response) => response.text(), String);
    await expect.poll(models, { timeout: 60_000 }).toContain('"deepseek-v3"');
    const message = { id: "1", role: "user", parts: [{ type: "text", text: "What is the capital of France?" }] };
    const body = JSON.stringify({ model: "deepseek-v3", messages: [message] });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/chat`, { method: "POST", headers, body });
    expect(await answer.text()).toContain('"finishReason":"stop"');
  } catch (error) {
    throw new Error(`The server printed:\n${output}`, { cause: error });
  } finally {
    child.kill();
    await closed;
  }
}

interface Run {
  code: number;
  output: string;
}

/** Runs a program as on a user's machine: with this Node, and without the programs and settings of this repository. */
function run(command: string, args: string[], cwd: string): Promise<Run> {
  const options = { cwd, env: userEnvironment(), timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

function pnpm(args: string[], cwd: string): Promise<Run> {
  return run("npx", ["--yes", "--prefer-offline", packageManager, ...args], cwd);
}

function userEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_|pnpm_|celuxe_|vitest|node_options$|node_env$|init_cwd$|force_color$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.startsWith(root));
  return {
    ...env,
    PATH: [join(home, "bin"), ...path].join(delimiter),
    NPM_CONFIG_USERCONFIG: join(home, ".npmrc"),
    NPM_CONFIG_YES: "true",
    NEXT_TELEMETRY_DISABLED: "1",
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
  };
}

function registryOfThisMachine(): string {
  return execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
}

function isReachable(): boolean {
  try {
    // With a cache that holds nothing, as npm would rather give an old answer than none.
    const cache = `--cache=${join(home, "empty")}`;
    const args = ["view", "zod", "version", cache, "--fetch-retries=0", "--fetch-timeout=10000"];
    execFileSync("npm", args, { stdio: "ignore", timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

/** From below those that the system gives to outgoing connections: the server takes it only seconds later. */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!free) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
