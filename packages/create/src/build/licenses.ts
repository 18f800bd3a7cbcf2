import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A build plugin that writes the licenses of all bundled packages beside the bundle, as those licenses ask for. */
export function licenses(fileName: string) {
  return {
    name: "licenses",
    generateBundle(
      this: { emitFile(file: { type: "asset"; fileName: string; source: string }): string },
      _options: unknown,
      bundle: Record<string, { type: string; moduleIds?: string[] }>,
    ) {
      const modules = Object.values(bundle)
        .flatMap(({ moduleIds }) => moduleIds ?? [])
        .map((id) => id.replaceAll("\\", "/"));
      const packages = new Set(
        modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
      );
      const source = [...packages].toSorted().map(licenseOf).join("\n\n---\n\n");
      this.emitFile({ type: "asset", fileName, source: `${source}\n` });
    },
  };
}

function licenseOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
  const file = readdirSync(folder).find((entry) => /^licen[sc]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled, and its package holds no license text.`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
}
