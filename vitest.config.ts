import { defineConfig } from "vitest/config";

// Tests run on the sources: no build between an edit and its test.
const conditions = ["@celuxe/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "packages", include: ["packages/*/src/**/*.test.ts", "benchmarks/*.test.ts"] } },
      // What is installed and bundled is tested as built and packed.
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts"], globalSetup: ["test/pack.ts"] } },
    ],
  },
});
