import { isOurs, type Result, type Row, sections } from "./results.ts";

/** What a row of ours must reach. */
export interface Target {
  section: string;
  name: string;
  measure: string;
  atMost: number;
  /** The bound is a part of the best peer's figure. */
  ofBestPeer?: boolean;
}

const { doStream, streamText, stream, invokeStreaming, doGenerate, invoke, reader } = sections;
const ratio = (section: string, name: string, atMost: number): Target => ({ section, name, measure: "ratio", atMost });
const exponent = (section: string): Target => ({
  section,
  name: "tool arguments, growth exponent",
  measure: "exponent",
  atMost: 1.05,
});

const manyStreams = "200 streams at once, 200 chunks a second each";

export const targets: Target[] = [
  ratio(doStream, "20,000 chunks, blocks of 64 KB", 1.4),
  ratio(streamText, "20,000 chunks, blocks of 64 KB", 1.7),
  ratio(stream, "20,000 chunks, blocks of 64 KB", 1.4),
  ratio(invokeStreaming, "20,000 chunks, blocks of 64 KB", 1.4),
  ratio(doStream, "tool arguments, 400 KB", 1.4),
  ratio(streamText, "tool arguments, 400 KB", 1.8),
  ratio(stream, "tool arguments, 400 KB", 1.4),
  exponent(reader),
  exponent(doStream),
  ratio(doGenerate, "call", 1.2),
  ratio(invoke, "call", 1.2),
  ratio(doGenerate, "200-message history", 1.2),
  ratio(invoke, "200-message history", 1.2),
  ratio(doGenerate, "5 MB image as bytes", 1.05),
  ratio(streamText, manyStreams, 1.9),
  { section: streamText, name: manyStreams, measure: "loopP99Ms", atMost: 0.1, ofBestPeer: true },
  { section: "import", name: "on top of ai", measure: "cpuMs", atMost: 15 },
  { section: "import", name: "on top of @langchain/core", measure: "cpuMs", atMost: 15 },
  { section: "bundle", name: "without ai and zod", measure: "gzipKB", atMost: 20 },
  { section: "bundle", name: "without @langchain/core and zod", measure: "gzipKB", atMost: 15 },
];

export interface Judgement {
  target: Target;
  ours: number;
  /** The peers' figures, the best first. */
  peers: { client: string; value: number }[];
  reached: boolean;
  behind: boolean;
}

/** Undefined where the row was not measured. */
export function judge(target: Target, rows: Row[]): Judgement | undefined {
  const row = rows.find(({ section, name }) => section === target.section && name === target.name);
  const value = ({ values }: Result) => values[target.measure] ?? Infinity;
  const mine = row?.results.find(({ client }) => isOurs(client) && !client.includes(","));
  if (!row || !mine) return undefined;
  const peers = row.results
    .filter(({ client }) => isPeer(client))
    .map((result) => ({ client: result.client, value: value(result) }))
    .toSorted((a, b) => a.value - b.value);
  const best = peers[0]?.value ?? Infinity;
  const ours = value(mine);
  return {
    target,
    ours,
    peers,
    reached: ours <= (target.ofBestPeer ? best * target.atMost : target.atMost),
    behind: ours > best,
  };
}

/** Every row with a target, and every other ratio, exponent and time to abort of ours that is behind a peer. */
export function judgeAll(rows: Row[]): Judgement[] {
  const own = targets.map((target) => judge(target, rows)).filter((judgement) => judgement !== undefined);
  const others = rows.flatMap(({ section, name, results }) => {
    const measure = ["ratio", "exponent", "clockMs"].find((candidate) => candidate in results.at(-1)!.values);
    if (!measure || targets.some((target) => target.section === section && target.name === name)) return [];
    const judgement = judge({ section, name, measure, atMost: Infinity }, rows);
    return judgement?.behind ? [judgement] : [];
  });
  return [...own, ...others];
}

export function isPeer(client: string): boolean {
  return client !== "floor" && !isOurs(client) && !client.includes("without network");
}
