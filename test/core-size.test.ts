import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/**
 * Bytes of `@celuxe/core` with its dependency, minified and gzipped: what was measured when it was complete, and a tenth
 * more. Whoever exceeds it has added something that every page and every worker loads.
 */
const atMost = 25_100;

test(`@celuxe/core with its dependency is at most ${atMost} bytes, minified and gzipped`, async () => {
  const input = new URL("../packages/core/src/index.ts", import.meta.url).pathname;
  const build = await rolldown({ input, platform: "neutral", resolve: { conditionNames: ["import"] } });
  const { output } = await build.generate({ format: "esm", minify: true });
  expect(output).toHaveLength(1);
  const { length } = gzipSync(output[0].code, { level: 9 });
  expect(length).toBeGreaterThan(atMost / 2);
  expect(length).toBeLessThanOrEqual(atMost);
});
