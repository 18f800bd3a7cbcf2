// `npm create @celuxe`, run from its packed tarball as npm would deliver it.
import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";

const examples = join(import.meta.dirname, "../examples");
const home = mkdtempSync(join(tmpdir(), "celuxe-create-"));
const program = join(home, "package/dist/index.js");
let folder = "";
let count = 0;

beforeAll(() => {
  spawnSync("tar", ["-xzf", inject("tarballs")["@celuxe/create"] ?? "", "-C", home], { stdio: "inherit" });
});
beforeEach(() => {
  folder = join(home, `test-${++count}`);
  mkdirSync(folder);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function create(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const options = { cwd: folder, env: { ...process.env, npm_config_user_agent: "", NO_COLOR: "1", ...env } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

const filesOf = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .toSorted();
const nameIn = (path: string): unknown => JSON.parse(readFileSync(join(path, "package.json"), "utf8")).name;

describe("the package", () => {
  test("needs no other package, and holds the licenses of what it bundles", () => {
    const manifest = JSON.parse(readFileSync(join(home, "package/package.json"), "utf8"));
    expect(manifest.dependencies).toBeUndefined();
    expect(readFileSync(join(home, "package/dist/licenses.txt"), "utf8")).toContain("@clack/prompts");
  });

  test("has every example as a template", () => {
    expect(readdirSync(join(home, "package/templates"))).toEqual(readdirSync(examples).toSorted());
  });

  test("takes along nothing that was built, installed or is secret", () => {
    const files = filesOf(join(home, "package/templates"));
    const wrong =
      /(^|\/)(node_modules|\.next|\.wrangler|\.snippets|dist|out)\/|(^|\/)\.(env(?!\.example$)|dev\.vars(?!\.example$))|\.(log|tsbuildinfo|tgz)$|-lock\./;
    expect(files.filter((file) => wrong.test(file))).toEqual([]);
  });
});

describe.each(readdirSync(examples))("the template %s", (template) => {
  test("is the example, with the folder's name", async () => {
    const { code, stdout } = await create(["My First App", "--template", template]);
    expect(code).toBe(0);
    const made = join(folder, "My First App");
    const original = JSON.parse(readFileSync(join(examples, template, "package.json"), "utf8"));
    expect(JSON.parse(readFileSync(join(made, "package.json"), "utf8"))).toEqual({ ...original, name: "my-first-app" });
    for (const file of filesOf(made).filter((file) => file !== "package.json")) {
      const source = file === "pnpm-workspace.yaml" ? "_pnpm-workspace.yaml" : file;
      expect(readFileSync(join(made, file)).equals(readFileSync(join(examples, template, source))), file).toBe(true);
    }
    expect(filesOf(made).filter((file) => file.startsWith("_"))).toEqual([]);
    expect(filesOf(made)).toEqual(expect.arrayContaining([".gitignore", "README.md", "tsconfig.json"]));
    // Wrangler has its own name for it.
    const keyFile = template === "edge-worker" ? ".dev.vars" : ".env";
    expect(filesOf(made)).toContain(`${keyFile}.example`);
    expect(readFileSync(join(made, ".gitignore"), "utf8").split("\n")).toEqual(
      expect.arrayContaining(["node_modules/", keyFile]),
    );
    expect(stdout).toContain(`Made My First App from the template ${template}. Next:`);
  });

  test("names published versions of packages, so that it installs anywhere", () => {
    const { version, dependencies, devDependencies } = JSON.parse(
      readFileSync(join(examples, template, "package.json"), "utf8"),
    );
    expect(version).toBeUndefined();
    for (const range of Object.values({ ...dependencies, ...devDependencies })) expect(range).toMatch(/^[\^~\d]/);
  });
});

describe("without a terminal", () => {
  test("both flags, or the folder as the first argument", async () => {
    expect(await create(["-t", "ai-sdk-node", "-f", "one"])).toMatchObject({ code: 0, stderr: "" });
    expect(await create(["two", "--template=ai-sdk-node"])).toMatchObject({ code: 0, stderr: "" });
    expect(filesOf(join(folder, "one"))).toEqual(filesOf(join(folder, "two")));
  });

  test.each([
    { args: [], missing: "pass --template <name> and --folder <path>. Templates:" },
    { args: ["my-app"], missing: "pass --template <name>. Templates:" },
    { args: ["--template", "ai-sdk-node"], missing: "pass --folder <path>." },
  ])("$args names the flags that are missing", async ({ args, missing }) => {
    const { code, stdout, stderr } = await create(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(missing);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    { args: ["my-app", "--template", "no-such"], problem: "There is no template no-such. These are there:" },
    { args: ["my-app", "--colour"], problem: "--colour" },
    { args: ["my-app", "ai-sdk-node"], problem: "npm create @celuxe my-app -- --template <name>" },
    { args: ["one", "--folder", "two", "-t", "ai-sdk-node"], problem: "Two folders: one and --folder two." },
    { args: ["", "--template", "ai-sdk-node"], problem: "The folder needs a name." },
  ])("$args is refused, and nothing is made", async ({ args, problem }) => {
    const { code, stderr } = await create(args);
    expect(code).toBe(1);
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain("    at ");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("--help lists options and templates", async () => {
    const { code, stdout } = await create(["--help"]);
    expect(code).toBe(0);
    for (const part of ["--template", "--folder", ...readdirSync(examples)]) expect(stdout).toContain(part);
  });
});

describe("the folder", () => {
  test("that holds anything is left as it is", async () => {
    mkdirSync(join(folder, "app"));
    writeFileSync(join(folder, "app/README.md"), "mine");
    const { code, stderr } = await create(["app", "--template", "ai-sdk-node"]);
    expect(code).toBe(1);
    expect(stderr).toContain("app is not empty, and nothing is ever overwritten.");
    expect(filesOf(join(folder, "app"))).toEqual(["README.md"]);
    expect(readFileSync(join(folder, "app/README.md"), "utf8")).toBe("mine");
  });

  test("may not be a file", async () => {
    writeFileSync(join(folder, "app"), "mine");
    expect(await create(["app", "-t", "ai-sdk-node"])).toMatchObject({ code: 1 });
    expect(readFileSync(join(folder, "app"), "utf8")).toBe("mine");
  });

  test("that cannot be made is told as the disk tells it", async () => {
    writeFileSync(join(folder, "file"), "mine");
    const { code, stderr } = await create(["file/app", "-t", "ai-sdk-node"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^@celuxe\/create: E\w+: .*file/);
    expect(stderr).not.toContain("    at ");
  });

  test("may be the current one, a new repository, and deep below", async () => {
    mkdirSync(join(folder, ".git"));
    const { code, stdout } = await create([".", "-t", "ai-sdk-node"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("cd ");
    expect(nameIn(folder)).toBe(`test-${count}`);
    expect((await create(["packages/a/b", "-t", "ai-sdk-node"])).code).toBe(0);
    expect(nameIn(join(folder, "packages/a/b"))).toBe("b");
  });

  test.each([
    { name: "Über App!", packageName: "ber-app" },
    { name: ".hidden", packageName: "hidden" },
    { name: "日本", packageName: "celuxe-app" },
    { name: "@scope", packageName: "scope" },
  ])("$name becomes the package name $packageName", async ({ name, packageName }) => {
    expect((await create([name, "-t", "ai-sdk-node"])).code).toBe(0);
    expect(nameIn(join(folder, name))).toBe(packageName);
  });
});

describe("the next steps", () => {
  test.each([
    { agent: "npm/11.6.0 node/v24.21.0 linux x64 workspaces/false", steps: ["npm install", "npm start"] },
    { agent: "pnpm/12.21.0 npm/? node/v24.21.0 linux x64", steps: ["pnpm install", "pnpm start"] },
    { agent: "yarn/1.22.22 npm/? node/v24.21.0 linux x64", steps: ["yarn install", "yarn start"] },
    { agent: "bun/1.4.5 npm/? node/v24.0.0 linux x64", steps: ["bun install", "bun run start"] },
    { agent: "", steps: ["npm install", "npm start"] },
  ])("are those of $agent", async ({ agent, steps }) => {
    const { stdout } = await create(["app", "-t", "ai-sdk-node"], { npm_config_user_agent: agent });
    expect(stdout).toContain(`Next:\n\n  cd app\n  ${steps.join("\n  ")}\n`);
  });

  test("of a template with a development server start that", async () => {
    const { stdout } = await create(["app", "-t", "next-chat"], { npm_config_user_agent: "pnpm/12.21.0 npm/?" });
    expect(stdout).toContain("  pnpm run dev\n");
  });
});

// `script` of util-linux runs a program in a pseudo terminal.
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
if (!hasScript) console.warn("Skipped: the prompts of npm create. They need `script` of util-linux.");

describe.runIf(hasScript)("in a terminal", () => {
  /** Types each answer once its question is there, and gives all that the terminal showed. */
  async function converse(args: string[], answers: [question: string, typed: string][]): Promise<Run> {
    // A new pseudo terminal is 0 columns wide.
    const command = `stty cols 100 rows 30; exec ${[process.execPath, program, ...args].map((part) => `'${part}'`).join(" ")}`;
    const env = { ...process.env, npm_config_user_agent: "", TERM: "xterm" };
    const child = spawn("script", ["-qec", command, "/dev/null"], { cwd: folder, env });
    let stdout = "";
    const left = [...answers];
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes.toString();
      const [question, typed] = left[0] ?? [];
      if (question === undefined || !stdout.includes(question)) return;
      left.shift();
      child.stdin.write(typed);
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(left).toEqual([]);
    return { code, stdout, stderr: "" };
  }
  const enter = "\r";
  const down = "\u001B[B";
  const controlC = "\u0003";

  test("it asks for template and folder", async () => {
    const { code, stdout } = await converse(
      [],
      [
        ["Which template?", down + enter],
        ["Into which folder?", `my-app${enter}`],
      ],
    );
    expect(code).toBe(0);
    const second = readdirSync(examples).toSorted()[1];
    expect(stdout).toContain(`Made my-app from the template ${second}`);
    expect(nameIn(join(folder, "my-app"))).toBe("my-app");
  });

  test("it asks only for what is missing, and suggests a folder", async () => {
    const { code } = await converse(["--template", "langchain-chain"], [["Into which folder?", enter]]);
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual(["celuxe-langchain-chain"]);
  });

  test("it asks again where the folder is taken", async () => {
    mkdirSync(join(folder, "taken"));
    writeFileSync(join(folder, "taken/file"), "mine");
    const { code } = await converse(
      ["--template", "ai-sdk-node"],
      [
        ["Into which folder?", `taken${enter}`],
        ["taken is not empty", `-not${enter}`],
      ],
    );
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual(["taken", "taken-not"]);
    expect(readdirSync(join(folder, "taken"))).toEqual(["file"]);
  });

  test("Ctrl-C makes nothing", async () => {
    for (const answers of [
      [["Which template?", controlC]],
      [
        ["Which template?", enter],
        ["Into which folder?", controlC],
      ],
    ] as [string, string][][]) {
      const { code, stdout } = await converse([], answers);
      expect(code).toBe(1);
      expect(stdout).toContain("Nothing was made.");
    }
    expect(existsSync(folder) && readdirSync(folder)).toEqual([]);
  });
});
