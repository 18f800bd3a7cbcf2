import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import type { Run } from "../results.ts";

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
    for (const [client, symbol] of Object.entries(exports)) {
      const code = await bundle(`export { ${symbol} } from "${client}";`);
      const kilobytes = (bytes: number) => bytes / 1000;
      results.push({
        client,
        values: { minifiedKB: kilobytes(Buffer.byteLength(code)), gzipKB: kilobytes(gzipSync(code).length) },
      });
    }
    report({ section, name, results });
  }
}

async function bundle(source: string): Promise<string> {
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
  return output.map((file) => (file.type === "chunk" ? file.code : "")).join("");
}
