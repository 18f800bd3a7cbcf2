import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { expect, test } from "vitest";

// Node's fetch speaks HTTP/2 by itself from 26 on. The suites whose subject is a connection run once more there, with
// the emulator behind TLS and HTTP/2, and with them what only HTTP/2 has (http/http2.test.ts).

const version = "26.10.0";
const root = join(import.meta.dirname, "../../..");
const suites = [
  "http/",
  "chat/",
  "rate-limit/limiter.test.ts",
  "errors.test.ts",
  "events.test.ts",
  "models.test.ts",
  "security.test.ts",
  "soak.test.ts",
];

function findNode(): string | undefined {
  try {
    // Offline, npm otherwise waits over a minute for the registry.
    const parameters = ["--yes", "--prefer-offline", `node@${version}`, "-p", "process.execPath"];
    return execFileSync("npx", parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

const node = findNode();
if (!node) console.log(`Skipped: HTTP/2 on Node ${version}. To run it: npx node@${version} --version`);

test.skipIf(!node)(
  "connections, aborts, cuts and limits keep their rules over HTTP/2",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "celuxe-http2-"));
    try {
      const certificate = await generate([{ name: "commonName", value: "127.0.0.1" }], {
        keyType: "ec",
        extensions: [
          { name: "basicConstraints", cA: true },
          { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
        ],
      });
      const pem = join(folder, "certificate.pem");
      writeFileSync(pem, `${certificate.private}\n${certificate.cert}`);
      const { failed, passed, output } = await run({ TEST_HTTP2: "1", NODE_EXTRA_CA_CERTS: pem });
      expect(failed, output).toBe(false);
      expect(passed).toBeGreaterThan(500);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  1_200_000,
);

/** Runs the suites on the other Node. */
function run(env: Record<string, string>): Promise<{ failed: boolean; passed: number; output: string }> {
  // What Vitest sets for its workers would make the inner one take itself for such.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_OPTIONS$)/.test(name));
  return new Promise((resolve) => {
    execFile(
      node!,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        "--project=packages",
        "--project=timed",
        "--reporter=dot",
        ...suites.map((suite) => `packages/core/src/${suite}`),
      ],
      { cwd: root, env: { ...Object.fromEntries(inherited), ...env, NO_COLOR: "1" }, maxBuffer: 64e6 },
      (error, stdout, stderr) => {
        const output = (stdout + stderr).slice(-20_000);
        if (process.env["MEASURE"]) console.info(output.slice(-500));
        resolve({ failed: error !== null, passed: Number(/Tests .*?(\d+) passed/.exec(stdout)?.[1]), output });
      },
    );
  });
}
