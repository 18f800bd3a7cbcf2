// node --conditions=@celuxe/source benchmarks/run.ts [--rounds 25] [part of a scenario's name …]
// Prints a table, and fails where a variant exceeds the ratio that its scenario allows.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { growthExponent, type Measured, measure } from "./measure.ts";
import { scenarios } from "./scenarios/index.ts";

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "25" } },
  allowPositionals: true,
});
const wanted = scenarios.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);

const server = fork(new URL("./server.ts", import.meta.url));
const [{ port }] = (await once(server, "message")) as [{ port: number }];

const rows: (Measured & { scenario: string; atMost: number | undefined })[] = [];
printRow(["scenario", "client", "CPU ms", "from–to", "ratio", "at most"]);
for (const scenario of wanted) {
  for (const measured of await measure(scenario, `http://127.0.0.1:${port}/v1`, Number(values.rounds))) {
    const { variant, cpuMs, rangeMs, ratio } = measured;
    const atMost = scenario.atMost?.[variant];
    rows.push({ ...measured, scenario: scenario.name, atMost });
    const range = rangeMs.map((ms) => ms.toFixed(1)).join("–");
    printRow([scenario.name, variant, cpuMs.toFixed(1), range, ratio.toFixed(2), atMost?.toFixed(2) ?? ""]);
  }
}
server.disconnect();

const sized = rows.flatMap((row) => {
  const scenario = wanted.find(({ name }) => name === row.scenario)!;
  return scenario.payload.kind === "arguments"
    ? [{ ...row, size: scenario.payload.pieces.reduce((length, piece) => length + piece.length, 0) }]
    : [];
});
for (const variant of new Set(sized.map((row) => row.variant))) {
  const points = sized.filter((row) => row.variant === variant);
  if (points.length > 1)
    printRow(["growth of arguments", variant, "", "exponent", growthExponent(points).toFixed(2), ""]);
}

process.exitCode = rows.some(({ ratio, atMost = Infinity }) => ratio > atMost) ? 1 : 0;

function printRow([scenario = "", variant = "", cpuMs = "", range = "", ratio = "", atMost = ""]: string[]): void {
  const columns = [scenario.padEnd(20), variant.padEnd(24), cpuMs.padStart(8), range.padStart(14), ratio.padStart(6)];
  console.log([...columns, atMost.padStart(8)].join(" "));
}
