import { parseArgs } from "node:util";
import { problemOf } from "./copy.ts";
import type { Template } from "./templates.ts";

/** What the command line says. */
export interface Options {
  template?: string;
  folder?: string;
  help: boolean;
}

/** Something that the user can put right; shown without a stack. */
export class UsageError extends Error {}

export const HELP = (templates: Template[]): string => `Copies a starter template for Celuxe.

Usage: npm create @celuxe [folder] -- [options]

  -t, --template <name>   the template, one of the list below
  -f, --folder <path>     the folder to make, the same as the first argument; it must not hold anything
  -h, --help              this text

What is missing is asked for. (The bare -- is for npm alone; pnpm, yarn and bun take the options as they are.)

Templates:
${listOf(templates)}`;

/** @throws {UsageError} for options that do not exist or contradict each other */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const [folder, ...rest] = positionals;
  if (rest.length > 0) {
    // npm takes the name of an option for itself and hands over its value alone.
    const hint = "With npm, options stand behind a bare --, as in: npm create @celuxe my-app -- --template <name>";
    throw new UsageError(`Too many arguments: ${positionals.join(" ")}\n${hint}`);
  }
  if (folder !== undefined && values.folder !== undefined && folder !== values.folder) {
    throw new UsageError(`Two folders: ${folder} and --folder ${values.folder}. Give one.`);
  }
  return { template: values.template, folder: values.folder ?? folder, help: values.help ?? false };
}

/** @throws {UsageError} for what cannot work, and for what is missing where nobody can be asked */
export function checkOptions({ template, folder }: Options, templates: Template[], interactive: boolean): void {
  if (template !== undefined && !templates.some(({ name }) => name === template)) {
    throw new UsageError(`There is no template ${template}. These are there:\n${listOf(templates)}`);
  }
  const problem = folder === undefined ? undefined : problemOf(folder);
  if (problem) throw new UsageError(problem);
  if (interactive) return;
  const missing = [template === undefined && "--template <name>", folder === undefined && "--folder <path>"].filter(
    Boolean,
  );
  if (missing.length === 0) return;
  const list = template === undefined ? ` Templates:\n${listOf(templates)}` : "";
  throw new UsageError(`Nobody can be asked, as this is no terminal: pass ${missing.join(" and ")}.${list}`);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        template: { type: "string", short: "t" },
        folder: { type: "string", short: "f" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n--help shows the options.`);
  }
}

function listOf(templates: Template[]): string {
  const width = Math.max(...templates.map(({ name }) => name.length));
  return templates.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join("\n");
}
