import { registerHooks } from "node:module";
import { inChild } from "../child.ts";
import { median } from "../cpu.ts";
import type { Run } from "../results.ts";

const section = "import";
const rounds = 5;

/** What an application of the framework has loaded already, and the packages that come on top. */
export const frameworks: Record<string, { loaded: string[]; packages: string[] }> = {
  "on top of ai": {
    loaded: ["ai"],
    packages: [
      "@celuxe/ai-sdk-provider",
      "@ai-sdk/openai-compatible",
      "@ai-sdk/openai",
      "@ai-sdk/deepseek",
      "@openrouter/ai-sdk-provider",
    ],
  },
  "on top of @langchain/core": {
    loaded: ["language_models/chat_models", "messages", "output_parsers", "prompts", "runnables", "tools"].map(
      (entry) => `@langchain/core/${entry}`,
    ),
    packages: [
      "@celuxe/langchain",
      "@langchain/openai",
      "@langchain/deepseek",
      "@langchain/openrouter",
      "@langchain/groq",
    ],
  },
};

interface Load {
  loaded: string[];
  name: string;
  counting: boolean;
}

export async function measureImports({ wants, report }: Run): Promise<void> {
  for (const [row, { loaded, packages }] of Object.entries(frameworks)) {
    if (!wants(section, row)) continue;
    const times = new Map<string, number[]>(packages.map((name) => [name, []]));
    const modules = new Map<string, number>();
    const load = (name: string, counting: boolean) =>
      inChild<{ cpuMs: number; modules: number }>(import.meta.filename, { loaded, name, counting });
    for (const name of packages) modules.set(name, (await load(name, true)).modules);
    for (let round = 0; round < rounds; round++) {
      for (const name of packages) times.get(name)!.push((await load(name, false)).cpuMs);
    }
    report({
      section,
      name: row,
      results: packages.map((client) => ({
        client,
        values: { cpuMs: median(times.get(client)!), modules: modules.get(client)! },
      })),
    });
  }
}

export default async function loadOnce({ loaded, name, counting }: Load): Promise<{ cpuMs: number; modules: number }> {
  for (const framework of loaded) await import(framework);
  let modules = 0;
  // Counted in a process of its own: the hook takes time.
  if (counting) {
    registerHooks({
      load(url, context, next) {
        modules += 1;
        return next(url, context);
      },
    });
  }
  const before = process.cpuUsage();
  await import(name);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, modules };
}
