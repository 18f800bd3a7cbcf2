import { cancel, intro, isCancel, select, text } from "@clack/prompts";
import { problemOf } from "./copy.ts";
import type { Options } from "./options.ts";
import type { Template } from "./templates.ts";

/** Whether there is somebody to ask. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** Asks for what the options leave open; undefined when the user gives up. */
export async function ask(
  given: Options,
  templates: Template[],
): Promise<{ template: string; folder: string } | undefined> {
  intro("Celuxe");
  const template = given.template ?? (await askTemplate(templates));
  if (isCancel(template)) return giveUp();
  const folder = given.folder ?? (await askFolder(`celuxe-${template}`));
  if (isCancel(folder)) return giveUp();
  return { template, folder };
}

function askTemplate(templates: Template[]) {
  return select({
    message: "Which template?",
    options: templates.map(({ name, description }) => ({ value: name, hint: description })),
  });
}

function askFolder(suggestion: string) {
  return text({
    message: "Into which folder?",
    placeholder: suggestion,
    defaultValue: suggestion,
    validate: (typed) => problemOf(typed || suggestion),
  });
}

function giveUp(): undefined {
  cancel("Nothing was made.");
}
