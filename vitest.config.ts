import { defineConfig } from "vitest/config";

// Tests run on the sources: no build between an edit and its test.
const conditions = ["@celuxe/source"];

/** Windows of seconds in real time, and measured CPU time. */
const timed = [
  "packages/core/src/rate-limit/limiter.test.ts",
  "packages/*/src/**/cost.test.ts",
  "packages/*/src/**/*.timed.test.ts",
  "benchmarks/*.test.ts",
];
/** What takes minutes; a shorter form of each stands among the others. `pnpm test:long` runs them and nothing else. */
const long = ["**/*.long.test.ts"];

/** Much of a test is waiting: for a socket, a timer, an install. Two run side by side, on two cores as well. */
const maxWorkers = 2;

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    projects:
      mode === "long"
        ? [
            {
              extends: true,
              test: { name: "long", include: long, globalSetup: ["test/pack.ts"], fileParallelism: false },
            },
          ]
        : [
            // What the clock decides has the machine to itself.
            {
              extends: true,
              test: {
                name: "timed",
                include: timed,
                fileParallelism: false,
                // What waits for windows does it together.
                maxConcurrency: 30,
                sequence: { groupOrder: 0 },
              },
            },
            {
              extends: true,
              test: {
                name: "packages",
                include: ["packages/*/src/**/*.test.ts"],
                exclude: [...timed, ...long],
                maxWorkers,
                sequence: { groupOrder: 1 },
              },
            },
            // What is installed and bundled is tested as built and packed.
            {
              extends: true,
              test: {
                name: "whole",
                include: ["test/**/*.test.ts"],
                exclude: [...long, "**/node_modules/**"],
                globalSetup: ["test/pack.ts", "test/mention-long.ts"],
                maxWorkers,
                // Browsers, installs and dev servers: a shared machine may hold one of them up for longer than a test waits.
                retry: process.env["CI"] ? 1 : 0,
                sequence: { groupOrder: 2 },
              },
            },
          ],
  },
}));
