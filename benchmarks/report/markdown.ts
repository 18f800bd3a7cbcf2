import { isOurs, type Result, type Row, sections, sectionTitles } from "../results.ts";
import { judgeAll, type Judgement } from "../targets.ts";
import type { Profile } from "../tasks/profile.ts";
import { reasonFor } from "./reasons.ts";

/** What a run found, and where. */
export interface Findings {
  date: string;
  node: string;
  machine: string;
  versions: Record<string, string>;
  rows: Row[];
  /** Of the rows of ours that missed their target or are behind a peer, by `section: name`. */
  profiles: Record<string, Profile>;
}

/** The results as a document. */
export function toMarkdown({ date, node, machine, versions, rows, profiles }: Findings): string {
  const judgements = judgeAll(rows);
  const versionList = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Speed: results",
    `Written by \`pnpm bench\`; what is measured and how stands in [README.md](README.md). ${date}, Node ${node}, ${machine}.`,
    `${versionList.join(" · ")}.`,
    "## Targets",
    "A ratio is CPU time against the floor: plain `fetch`, lines, `JSON.parse`. Rows without a target follow where a peer is ahead in them.",
    table(
      ["row", "measure", "at most", "Celuxe", "best peer", "other peers", ""],
      judgements.map((judgement) => targetRow(judgement)),
    ),
    ...missed(judgements, rows, profiles),
    ...Object.entries(sectionTitles).flatMap(([section, title]) => sectionTables(section, title, rows)),
    "",
  ].join("\n\n");
}

/** The rows in which something is to be explained: what missed its target, or is behind a peer. */
export function toExplain(rows: Row[]): { section: string; name: string; client: string }[] {
  return judgeAll(rows)
    .filter(({ reached, behind }) => !reached || behind)
    .map(({ target: { section, name } }) => ({ section, name, client: oursIn(rowOf(rows, section, name)) }));
}

function rowOf(rows: Row[], section: string, name: string): Row {
  return rows.find((candidate) => candidate.section === section && candidate.name === name)!;
}

function oursIn({ results }: Row): string {
  return results.find(({ client }) => isOurs(client))!.client;
}

function targetRow({ target, ours, peers, reached, behind }: Judgement): string[] {
  const { section, name, measure, atMost, ofBestPeer } = target;
  const [best, ...others] = peers;
  return [
    `${section}: ${name}`,
    measureNames[measure] ?? measure,
    ofBestPeer ? `${atMost} × the best peer` : format(atMost, measure),
    `**${format(ours, measure)}**`,
    best ? `${format(best.value, measure)} (${best.client})` : "",
    range(
      others.map(({ value }) => value),
      measure,
    ),
    [!reached && "missed", behind && "behind"].filter(Boolean).join(", ") || "reached",
  ];
}

function missed(judgements: Judgement[], rows: Row[], profiles: Findings["profiles"]): string[] {
  const open = judgements.filter(({ reached, behind }) => !reached || behind);
  if (open.length === 0) return [];
  return [
    "## Missed, or behind a peer",
    ...open.flatMap(({ target: { section, name, measure } }) => {
      const profile = profiles[`${section}: ${name}`];
      const row = rowOf(rows, section, name);
      const reason = reasonFor(row, oursIn(row));
      return [
        `**${section}: ${name}** (${measureNames[measure] ?? measure}). ${reason}`,
        ...(profile
          ? [
              profile.functions.length === 0
                ? `What it is made of, before it is minified: ${parts(profile.owners)}.`
                : `Where the time goes: ${parts(profile.owners)}. The functions that take most of it: ${parts(profile.functions)}.`,
            ]
          : []),
      ];
    }),
  ];
}

function parts(entries: { name: string; part: number }[]): string {
  return entries.map(({ name, part }) => `${name} ${Math.round(part * 100)} %`).join(", ");
}

function sectionTables(section: string, title: string, rows: Row[]): string[] {
  const own = rows.filter((row) => row.section === section);
  const isCpu = (row: Row) => row.results.some(({ values }) => "runs" in values || "exponent" in values);
  const cpu = own.filter(isCpu);
  const others = own.filter((row) => !isCpu(row));
  if (own.length === 0) return [];
  return [
    `## ${title}`,
    ...(cpu.length > 0 ? [cpuTable(cpu)] : []),
    ...others.flatMap((row) => [
      `### ${row.name}`,
      table(
        ["", ...Object.keys(row.results[0]!.values).map((measure) => measureNames[measure] ?? measure)],
        row.results.map(({ client, values }) => [
          emphasise(client),
          ...Object.entries(values).map(([measure, value]) => format(value, measure)),
        ]),
      ),
    ]),
  ];
}

/** A line for each client, a column for each row: ratios, and the floor's time. */
function cpuTable(rows: Row[]): string {
  const clients = rows[0]!.results.map(({ client }) => client);
  return table(
    ["", ...rows.map(({ name }) => name)],
    clients.map((client) => [
      emphasise(client),
      ...rows.map(({ results }) => cpuCell(results.find((result) => result.client === client))),
    ]),
  );
}

function cpuCell(result: Result | undefined): string {
  if (!result) return "";
  const { ratio, exponent, cpuMs = 0 } = result.values;
  if (exponent !== undefined) return format(exponent, "exponent");
  return result.client === "floor" ? `${format(cpuMs, "cpuMs")} = 1` : format(ratio!, "ratio");
}

function emphasise(client: string): string {
  return isOurs(client) ? `**${client}**` : client;
}

const measureNames: Record<string, string> = {
  ratio: "ratio",
  exponent: "growth exponent",
  cpuMs: "CPU",
  clockMs: "time",
  toMs: "longest",
  peakMB: "peak memory",
  loopP50Ms: "event-loop delay p50",
  loopP99Ms: "event-loop delay p99",
  modules: "modules",
  minifiedKB: "minified",
  gzipKB: "gzip",
  answered: "answered of 60",
  wasted: "wasted requests (429)",
  seconds: "last answer after",
};

export function format(value: number, measure: string): string {
  if (!Number.isFinite(value)) return "–";
  if (measure.endsWith("Ms")) return `${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString("en")} ms`;
  if (measure.endsWith("KB")) return `${value.toFixed(1)} KB`;
  if (measure.endsWith("MB")) return `${Math.round(value)} MB`;
  if (measure === "seconds") return `${value.toFixed(1)} s`;
  if (measure === "ratio" || measure === "exponent") return value.toFixed(value < 100 ? 2 : 0);
  return String(value);
}

function range(values: number[], measure: string): string {
  if (values.length === 0) return "";
  const [least, most] = [format(Math.min(...values), measure), format(Math.max(...values), measure)];
  return least === most ? least : `${least} – ${most}`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

export const streamRow = "20,000 chunks, blocks of 64 KB";
export const chartSections = [sections.doStream, sections.streamText, sections.stream];
