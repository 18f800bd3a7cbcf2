import { startEmulator } from "@celuxe/emulator";
import { inChild } from "../child.ts";
import { type Client, shortPrompt } from "../clients/requests.ts";
import type { Run } from "../results.ts";

const section = "rate limit";
const name = "60 calls at once, 10 a window of 3 s";
const calls = 60;
const plan = { limit: 10, windowMs: 3_000 };

type ClientName = keyof typeof clients;

interface Asked {
  baseURL: string;
  client: ClientName;
}

interface Outcome {
  answered: number;
  seconds: number;
}

const declared = { rateLimit: plan };
/** The default but for the window, which is a minute at Celuxe. */
const learning = { rateLimit: { windowMs: plan.windowMs } };

/** All with their default settings, but for what the name says. Loaded in their own process each. */
const clients = {
  "@celuxe/ai-sdk-provider, default settings": () => celuxeAiSdk(learning),
  "@celuxe/ai-sdk-provider, declared limit": () => celuxeAiSdk(declared),
  "@ai-sdk/openai-compatible": () => aiSdk("@ai-sdk/openai-compatible"),
  "@ai-sdk/openai": () => aiSdk("@ai-sdk/openai"),
  "@ai-sdk/deepseek": () => aiSdk("@ai-sdk/deepseek"),
  "@openrouter/ai-sdk-provider": () => aiSdk("@openrouter/ai-sdk-provider"),
  "@celuxe/langchain, default settings": () => celuxeLangChain(learning),
  "@celuxe/langchain, declared limit": () => celuxeLangChain(declared),
  "@langchain/openai": () => langChain("@langchain/openai"),
  "@langchain/deepseek": () => langChain("@langchain/deepseek"),
  "@langchain/openrouter": () => langChain("@langchain/openrouter"),
  // Not ChatGroq: it asks at an address of its own, which the emulator does not have.
  openai: async () => (await import("../clients/openai.ts")).generateWithOpenAI,
} satisfies Record<string, () => Promise<Client>>;

/** All at the same time, each against an emulator of its own: they mostly wait. */
export async function measureRateLimit({ wants, report }: Run): Promise<void> {
  if (!wants(section, name)) return;
  const results = await Promise.all((Object.keys(clients) as ClientName[]).map(callLimited));
  report({ section, name, results });
}

async function callLimited(client: ClientName) {
  // Whether Celuxe sends Retry-After is not documented, so nobody is helped by it.
  const emulator = await startEmulator({
    keys: [{ key: "sk-benchmark" }],
    rateLimit: { plan, window: "sliding", retryAfter: "none", headers: false },
  });
  const asked: Asked = { baseURL: emulator.url, client };
  const { answered, seconds } = await inChild<Outcome>(import.meta.filename, asked);
  const requests = emulator.journal.requests.filter(({ path }) => path.endsWith("/chat/completions"));
  const wasted = requests.filter(({ status }) => status === 429).length;
  await emulator.close();
  return { client, values: { answered, wasted, seconds } };
}

export default async function callAll({ baseURL, client }: Asked): Promise<Outcome> {
  const ask = await clients[client]();
  const start = performance.now();
  let seconds = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: calls }, async () => {
      await ask({ baseURL, model: "deepseek-v3", prompt: shortPrompt });
      seconds = (performance.now() - start) / 1000;
    }),
  );
  return { answered: outcomes.filter(({ status }) => status === "fulfilled").length, seconds };
}

async function aiSdk(provider: string): Promise<Client> {
  const { generateTextOf, providers } = await import("../clients/ai-sdk.ts");
  return generateTextOf(providers[provider]!);
}

async function celuxeAiSdk(settings: typeof declared | typeof learning): Promise<Client> {
  const [{ generateTextOf }, { createCeluxe }] = await Promise.all([
    import("../clients/ai-sdk.ts"),
    import("@celuxe/ai-sdk-provider"),
  ]);
  let celuxe: ReturnType<typeof createCeluxe> | undefined;
  return generateTextOf(({ baseURL, model }) =>
    (celuxe ??= createCeluxe({ baseURL, apiKey: "sk-benchmark", ...settings }))(model),
  );
}

async function langChain(model: string): Promise<Client> {
  const { chatModels, invoke } = await import("../clients/langchain.ts");
  return invoke(chatModels[model]!);
}

async function celuxeLangChain(fields: typeof declared | typeof learning): Promise<Client> {
  const [{ invoke }, { ChatCeluxe }] = await Promise.all([
    import("../clients/langchain.ts"),
    import("@celuxe/langchain"),
  ]);
  let chat: InstanceType<typeof ChatCeluxe> | undefined;
  return invoke(
    ({ baseURL, model }) => (chat ??= new ChatCeluxe({ model, baseURL, apiKey: "sk-benchmark", ...fields })),
  );
}
