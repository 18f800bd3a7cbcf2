import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import type { Run } from "../results.ts";
import { packageOf } from "../packages.ts";

const section = "bundle";

/** What an application imports of each package. */
const packages: Record<string, Record<string, string>> = {
  "without ai and zod": {
    "@celuxe/ai-sdk-provider": "createCeluxe",
    "@ai-sdk/openai-compatible": "createOpenAICompatible",
    "@ai-sdk/openai": "createOpenAI",
    "@ai-sdk/deepseek": "createDeepSeek",
    "@openrouter/ai-sdk-provider": "createOpenRouter",
  },
  "without @langchain/core and zod": {
    "@celuxe/langchain": "ChatCeluxe",
    "@langchain/openai": "ChatOpenAI",
    "@langchain/deepseek": "ChatDeepSeek",
    "@langchain/openrouter": "ChatOpenRouter",
    "@langchain/groq": "ChatGroq",
  },
};

/** Minified, with everything that a package brings along but its framework and zod, which an application has anyway. */
export async function measureBundles({ wants, report }: Run): Promise<void> {
  for (const [name, exports] of Object.entries(packages)) {
    if (!wants(section, name)) continue;
    const results = [];
    for (const client of Object.keys(exports)) {
      const { code } = await bundleOf(client);
      const kilobytes = (bytes: number) => bytes / 1000;
      results.push({
        client,
        values: { minifiedKB: kilobytes(Buffer.byteLength(code)), gzipKB: kilobytes(gzipSync(code).length) },
      });
    }
    report({ section, name, results });
  }
}

/** The bundle of a package, and how many bytes of it (before they are minified) come from which package. */
export async function bundleOf(client: string): Promise<{ code: string; parts: Map<string, number> }> {
  const symbol = Object.values(packages).find((exports) => client in exports)![client];
  const source = `export { ${symbol} } from "${client}";`;
  const entry = "\0entry";
  const build = await rolldown({
    input: entry,
    platform: "node",
    external: /^(ai|zod|@langchain\/core)(\/|$)/,
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
    // Where the bundler looks for what the entry imports.
    cwd: import.meta.dirname,
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  const parts = new Map<string, number>();
  const chunks = output.filter((file) => file.type === "chunk");
  for (const [id, { renderedLength }] of chunks.flatMap(({ modules }) => Object.entries(modules))) {
    if (id !== entry) parts.set(packageOf(id), (parts.get(packageOf(id)) ?? 0) + renderedLength);
  }
  return { code: chunks.map(({ code }) => code).join(""), parts };
}
