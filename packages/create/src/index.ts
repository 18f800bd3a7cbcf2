#!/usr/bin/env node
import { styleText } from "node:util";
import { ask, isInteractive } from "./ask.ts";
import { copyTemplate } from "./copy.ts";
import { nextSteps } from "./next-steps.ts";
import { checkOptions, HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { listTemplates } from "./templates.ts";

try {
  await main();
} catch (error) {
  // What the user can put right, and what the disk says, needs no stack.
  if (!(error instanceof UsageError) && !(error instanceof Error && "syscall" in error)) throw error;
  console.error(`${styleText("red", "@celuxe/create:", { stream: process.stderr })} ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const templates = listTemplates();
  const given = parseOptions(process.argv.slice(2));
  if (given.help) return console.log(HELP(templates));
  checkOptions(given, templates, isInteractive());

  const chosen = isComplete(given) ? given : await ask(given, templates);
  if (!chosen) return void (process.exitCode = 1);
  const template = templates.find(({ name }) => name === chosen.template);
  if (!template) throw new UsageError(`There is no template ${chosen.template}.`);
  copyTemplate(template, chosen.folder);
  console.log(nextSteps(template, chosen.folder));
}

function isComplete(options: Options): options is Options & { template: string; folder: string } {
  return options.template !== undefined && options.folder !== undefined;
}
