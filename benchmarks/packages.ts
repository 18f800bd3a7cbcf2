/** The package that a file belongs to. */
export function packageOf(path: string): string {
  const workspace = /\/packages\/([^/]+)\//.exec(path)?.[1];
  if (workspace) return `@celuxe/${workspace}`;
  const installed = path.split("/node_modules/").at(-1)!;
  if (installed !== path) return /^(@[^/]+\/)?[^/]+/.exec(installed)![0];
  return path.includes("/benchmarks/") ? "the benchmark" : "node";
}
