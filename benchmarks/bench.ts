// node benchmarks/bench.ts [part of a row's name …]: measures the built packages. A whole run writes results.md,
// results.json and chart.svg.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { availableParallelism } from "node:os";
import { toChart } from "./report/chart.ts";
import { type Findings, toExplain, toMarkdown } from "./report/markdown.ts";
import type { Row } from "./results.ts";
import { measureAborts } from "./tasks/abort.ts";
import { measureBundles } from "./tasks/bundle.ts";
import { measureCpuRows } from "./tasks/cpu.ts";
import { measureImages } from "./tasks/image.ts";
import { measureImports } from "./tasks/import.ts";
import { measureManyStreams } from "./tasks/many-streams.ts";
import { profileRow } from "./tasks/profile.ts";
import { measureRateLimit } from "./tasks/rate-limit.ts";

const packages = [
  "ai",
  "@langchain/core",
  "@ai-sdk/openai-compatible",
  "@ai-sdk/openai",
  "@ai-sdk/deepseek",
  "@openrouter/ai-sdk-provider",
  "@langchain/openai",
  "@langchain/deepseek",
  "@langchain/openrouter",
  "@langchain/groq",
  "openai",
];

const parts = process.argv.slice(2).map((part) => part.toLowerCase());
const wants = (section: string, name: string) =>
  parts.length === 0 || parts.some((part) => `${section}: ${name}`.toLowerCase().includes(part));

const rows: Row[] = [];
function report(row: Row): void {
  rows.push(row);
  console.log(`\n${row.section}: ${row.name}`);
  for (const { client, values } of row.results) {
    const measures = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
    console.log(`  ${client.padEnd(48)} ${measures.join("  ")}`);
  }
}

const server = fork(new URL("./origin.ts", import.meta.url));
const [{ port }] = (await once(server, "message")) as [{ port: number }];
const baseURL = `http://127.0.0.1:${port}/v1`;
for (const measure of [
  measureCpuRows,
  measureImages,
  measureManyStreams,
  measureAborts,
  measureImports,
  measureBundles,
  measureRateLimit,
]) {
  await measure({ baseURL, wants, report });
}
if (rows.length === 0) console.error(`No row's name contains ${parts.join(" or ")}.`);
if (parts.length === 0) await write();
server.disconnect();

async function write(): Promise<void> {
  const findings: Findings = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    machine: `${availableParallelism()} cores, ${process.platform === "linux" ? "Linux" : process.platform}`,
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    rows,
    profiles: {},
  };
  for (const { section, name, client } of toExplain(rows)) {
    findings.profiles[`${section}: ${name}`] ??= await profileRow(baseURL, section, name, client);
  }
  const path = (name: string) => `${import.meta.dirname}/${name}`;
  writeFileSync(path("results.json"), JSON.stringify(findings, undefined, 2));
  writeFileSync(path("results.md"), toMarkdown(findings));
  writeFileSync(path("chart.svg"), toChart(rows));
  execFileSync("oxfmt", [path("results.json"), path("results.md")]);
}

function versionOf(name: string): string {
  const path = findPackageJSON(name, import.meta.url)!;
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
