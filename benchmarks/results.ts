import type { LevelName } from "./scenarios/levels.ts";

/** What one client did in one row. */
export interface Result {
  client: string;
  /** By the name of the measure. */
  values: Record<string, number>;
}

/** One thing that was measured, of all clients. */
export interface Row {
  section: string;
  name: string;
  results: Result[];
}

/** What a task needs of the run that it is part of. */
export interface Run {
  /** Of the benchmark server; ends in `/v1`. */
  baseURL: string;
  /** Whether a row was asked for. */
  wants: (section: string, name: string) => boolean;
  /** Takes a row as soon as it is measured. */
  report: (row: Row) => void;
}

export const sections: Record<LevelName, string> = {
  reader: "core",
  doStream: "doStream",
  streamText: "streamText",
  stream: ".stream()",
  streamEvents: "streamEvents v2",
  streamBlockEvents: "streamEvents",
  invokeStreaming: "invoke, streaming",
  doGenerate: "doGenerate",
  invoke: "invoke",
  generate: "whole answers",
};

/** What a section's name means. */
export const sectionTitles: Record<string, string> = {
  [sections.reader]: "The client below the frameworks: `streamChat` of `@celuxe/core`, `openai`",
  [sections.doStream]: "AI SDK, `model.doStream()`",
  [sections.streamText]: "AI SDK, `streamText()`",
  [sections.stream]: "LangChain, `model.stream()`",
  [sections.streamEvents]: 'LangChain, `model.streamEvents()` with `version: "v2"`',
  [sections.streamBlockEvents]: "LangChain, `model.streamEvents()`: events of content blocks",
  [sections.invokeStreaming]: "LangChain, `model.invoke()` with a streaming handler",
  [sections.doGenerate]: "AI SDK, `model.doGenerate()`",
  [sections.invoke]: "LangChain, `model.invoke()`",
  [sections.generate]: "The client below the frameworks: `chat` of `@celuxe/core`, `openai`",
  import: "Import, on top of what an application of the framework has loaded",
  bundle: "Bundle, minified, with everything but the framework and zod",
  "rate limit": "Rate limit",
};

export function isOurs(client: string): boolean {
  return client.startsWith("@celuxe/");
}
