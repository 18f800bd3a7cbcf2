import { defineConfig } from "vitest/config";

// Tests run on the sources: no build between an edit and its test.
const conditions = ["@celuxe/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 30_000,
    typecheck: { enabled: false },
  },
});
