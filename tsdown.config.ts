import { join } from "node:path";
import { defineConfig, type UserConfig } from "tsdown";
import { licenses } from "./packages/create/src/build/licenses.ts";
import { buildTemplates } from "./packages/create/src/build/templates.ts";

// Both look at the packed package, which takes longer than the build: only in `pnpm check`.
const verify = process.argv.includes("--publint");

const shared: UserConfig = {
  platform: "neutral",
  target: "es2022",
  dts: true,
  // The declarations are made of all that it includes, once for each package and format.
  tsconfig: join(import.meta.dirname, "tsconfig.build.json"),
  fixedExtension: false,
  sourcemap: true,
  publint: verify && { strict: true },
  // Advice about the speed of the build, longer than everything else that it prints.
  inputOptions: { checks: { pluginTimings: false } },
};

// A CommonJS TypeScript project sees other declarations of `@langchain/core` than an ESM one, and the two
// are nominally different: what touches its classes must come in both forms.
const dual: UserConfig = { ...shared, format: ["esm", "cjs"], attw: verify && { profile: "node16", level: "error" } };
const esm: UserConfig = { ...shared, format: ["esm"], attw: verify && { profile: "esm-only", level: "error" } };

export default defineConfig([
  {
    ...dual,
    cwd: "packages/core",
    entry: { index: "src/index.ts", errors: "src/errors.ts", redis: "src/rate-limit/redis.ts" },
  },
  { ...dual, cwd: "packages/langchain", entry: ["src/index.ts"] },
  { ...esm, cwd: "packages/ai-sdk-provider", entry: ["src/index.ts"] },
  { ...esm, cwd: "packages/emulator", entry: ["src/index.ts", "src/cli.ts"], platform: "node" },
  {
    ...esm,
    cwd: "packages/create",
    entry: ["src/index.ts"],
    platform: "node",
    // Everything is bundled: `npm create` then fetches one package and no more.
    dts: false,
    sourcemap: false,
    attw: false,
    deps: { onlyBundle: false },
    plugins: [licenses("licenses.txt")],
    hooks: { "build:done": () => buildTemplates("examples", "packages/create/templates") },
  },
]);
