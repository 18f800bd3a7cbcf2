import { relative } from "node:path";
import type { Template } from "./templates.ts";

/** What to type next, for the package manager that ran this. */
export function nextSteps({ name, startScript, engine }: Template, folder: string): string {
  const manager = packageManager(process.env["npm_config_user_agent"]);
  const path = relative(process.cwd(), folder);
  const steps = [`${manager} install`, startCommand(manager, startScript)];
  if (path !== "") steps.unshift(`cd ${/[^\w./\\-]/.test(path) ? JSON.stringify(path) : path}`);
  return `
Made ${path || "this folder"} from the template ${name}. Next:

${steps.map((step) => `  ${step}`).join("\n")}

It runs without an account. README.md says where your key goes, and what is in which file.
${fits(process.versions.node, engine) ? "" : `\nIt needs Node ${engine.slice(2)} or newer; this is ${process.versions.node}.\n`}`;
}

/** The package manager's name, from the user agent that each of them sets: `pnpm/12.21.0 npm/? node/v24.0.0 …`. */
export function packageManager(userAgent: string | undefined): string {
  const name = userAgent?.split("/")[0];
  return name && ["npm", "pnpm", "yarn", "bun"].includes(name) ? name : "npm";
}

/** Whether a version of Node is in a range like `>=22.18`. */
export function fits(version: string, engine: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = engine.slice(2).split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function startCommand(manager: string, script: string): string {
  // `bun start` would look for a file of that name.
  return script === "start" && manager !== "bun" ? `${manager} start` : `${manager} run ${script}`;
}
