import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A starter template of this package. */
export interface Template {
  /** The name of its folder, and what `--template` takes. */
  name: string;
  /** What it is, in one line: the description of its package.json. */
  description: string;
  /** The script that starts it while you work on it. */
  startScript: "dev" | "start";
  /** The Node that it needs, as `>=22.18`. */
  engine: string;
  /** Where its files are. */
  folder: string;
}

// The same from src/ and from dist/.
const root = join(import.meta.dirname, "../templates");

/** The templates that this package was built with. */
export function listTemplates(): Template[] {
  if (!existsSync(root)) throw new Error("This copy of @celuxe/create was not built: it has no templates.");
  return readdirSync(root)
    .toSorted()
    .map((name) => {
      const folder = join(root, name);
      const { description, scripts, engines } = readManifest(folder);
      return { name, description, startScript: scripts["dev"] ? "dev" : "start", engine: engines.node, folder };
    });
}

interface Manifest {
  description: string;
  scripts: Record<string, string>;
  engines: { node: string };
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
