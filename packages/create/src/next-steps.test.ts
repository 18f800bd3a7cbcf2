import { expect, test } from "vitest";
import { fits, packageManager } from "./next-steps.ts";

test.each([
  ["22.18.0", ">=22.18", true],
  ["22.17.1", ">=22.18", false],
  ["20.20.0", ">=22.18", false],
  ["23.6.0", ">=22.18", true],
  ["24.0.0", ">=22", true],
  ["21.9.9", ">=22", false],
])("Node %s fits %s: %s", (version, engine, expected) => {
  expect(fits(version, engine)).toBe(expected);
});

test.each([
  ["npm/11.6.0 node/v24.21.0 linux x64 workspaces/false", "npm"],
  ["pnpm/12.21.0 npm/? node/v24.21.0 linux x64", "pnpm"],
  ["yarn/4.9.2 npm/? node/v24.21.0 linux x64", "yarn"],
  ["bun/1.4.5 npm/? node/v24.0.0 linux x64", "bun"],
  ["cnpm/9.0.0 npminstall/7.0.0", "npm"],
  ["", "npm"],
  [undefined, "npm"],
])("the user agent %j is that of %s", (userAgent, expected) => {
  expect(packageManager(userAgent)).toBe(expected);
});
