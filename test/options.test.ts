// Options as people misspell and mistype them, against every function of ours that takes some: each must be refused by
// name, and where there is a nearest option, with it. Option names are the same in all packages, so most rows are too.
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { startEmulator } from "@celuxe/emulator";
import { ChatCeluxe } from "@celuxe/langchain";
import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => void vi.unstubAllEnvs());

/** The options, the field that the error names, and the option that is meant; without one the error says what there is. */
type Row = [options: unknown, field: string, meant?: string];

/** Those of the connection, which all three clients share. */
const connection: Row[] = [
  [{ baseUrl: "http://localhost:1/v1" }, "baseUrl", "baseURL"],
  [{ base_url: "http://localhost:1/v1" }, "base_url", "baseURL"],
  [{ baseurl: "http://localhost:1/v1" }, "baseurl", "baseURL"],
  [{ BaseURL: "http://localhost:1/v1" }, "BaseURL", "baseURL"],
  [{ BASE_URL: "http://localhost:1/v1" }, "BASE_URL", "baseURL"],
  [{ "base-url": "http://localhost:1/v1" }, "base-url", "baseURL"],
  [{ baesURL: "http://localhost:1/v1" }, "baesURL", "baseURL"],
  [{ baseULR: "http://localhost:1/v1" }, "baseULR", "baseURL"],
  [{ baseURI: "http://localhost:1/v1" }, "baseURI", "baseURL"],
  [{ baseURLs: ["http://localhost:1/v1"] }, "baseURLs", "baseURL"],
  [{ url: "http://localhost:1/v1" }, "url", "baseURL"],
  [{ uri: "http://localhost:1/v1" }, "uri", "baseURL"],
  [{ endpoint: "http://localhost:1/v1" }, "endpoint", "baseURL"],
  [{ host: "localhost" }, "host", "baseURL"],
  [{ basePath: "http://localhost:1/v1" }, "basePath", "baseURL"],
  [{ api_base: "http://localhost:1/v1" }, "api_base", "baseURL"],
  [{ apiUrl: "http://localhost:1/v1" }, "apiUrl", "baseURL"],
  [{ openai_api_base: "http://localhost:1/v1" }, "openai_api_base", "baseURL"],
  [{ configuration: { baseURL: "http://localhost:1/v1" } }, "configuration", "baseURL"],
  [{ clientOptions: { baseURL: "http://localhost:1/v1" } }, "clientOptions", "baseURL"],
  [{ baseURL: 8787 }, "baseURL"],
  [{ baseURL: ["http://localhost:1/v1"] }, "baseURL"],
  [{ baseURL: new URL("http://localhost:1/v1") }, "baseURL"],
  [{ baseURL: true }, "baseURL"],
  [{ baseURL: "" }, "baseURL"],
  [{ api_key: "sk-secret" }, "api_key", "apiKey"],
  [{ apikey: "sk-secret" }, "apikey", "apiKey"],
  [{ APIKey: "sk-secret" }, "APIKey", "apiKey"],
  [{ apiKeys: ["sk-secret"] }, "apiKeys", "apiKey"],
  [{ key: "sk-secret" }, "key", "apiKey"],
  [{ token: "sk-secret" }, "token", "apiKey"],
  [{ secret: "sk-secret" }, "secret", "apiKey"],
  [{ auth: "sk-secret" }, "auth", "apiKey"],
  [{ openAIApiKey: "sk-secret" }, "openAIApiKey", "apiKey"],
  [{ openai_api_key: "sk-secret" }, "openai_api_key", "apiKey"],
  [{ ratelimit: "free" }, "ratelimit", "rateLimit"],
  [{ rate_limit: "free" }, "rate_limit", "rateLimit"],
  [{ rateLimits: "free" }, "rateLimits", "rateLimit"],
  [{ rateLimt: "free" }, "rateLimt", "rateLimit"],
  [{ plan: "free" }, "plan", "rateLimit"],
  [{ rpm: 10 }, "rpm", "rateLimit"],
  [{ rateLimit: "Free" }, "rateLimit"],
  [{ rateLimit: "enterprise" }, "rateLimit"],
  [{ rateLimit: 10 }, "rateLimit"],
  [{ rateLimit: true }, "rateLimit"],
  [{ rateLimit: [] }, "rateLimit"],
  [{ rateLimit: () => "free" }, "rateLimit"],
  [{ rateLimit: { limit: "10" } }, "rateLimit"],
  [{ rateLimit: { limit: true } }, "rateLimit"],
  [{ rateLimit: { limits: 10 } }, "rateLimit.limits", "rateLimit.limit"],
  [{ rateLimit: { rpm: 10 } }, "rateLimit.rpm", "rateLimit.limit"],
  [{ rateLimit: { plan: "free" } }, "rateLimit.plan"],
  [{ rateLimit: { max_wait_ms: 1 } }, "rateLimit.max_wait_ms", "rateLimit.maxWaitMs"],
  [{ rateLimit: { maxWait: 1 } }, "rateLimit.maxWait", "rateLimit.maxWaitMs"],
  [{ rateLimit: { maxWaitMS: 1 } }, "rateLimit.maxWaitMS", "rateLimit.maxWaitMs"],
  [{ rateLimit: { maxWaitMs: "1s" } }, "rateLimit.maxWaitMs"],
  [{ rateLimit: { maxWaitMs: false } }, "rateLimit.maxWaitMs"],
  [{ rateLimit: { window: 1 } }, "rateLimit.window", "rateLimit.windowMs"],
  [{ rateLimit: { windowMS: 1 } }, "rateLimit.windowMS", "rateLimit.windowMs"],
  [{ rateLimit: { windowMs: "60s" } }, "rateLimit.windowMs"],
  [{ rateLimit: { Store: {} } }, "rateLimit.Store", "rateLimit.store"],
  [{ rateLimit: { limit: 1, store: "redis" } }, "rateLimit.store"],
  [{ rateLimit: { prioritiy: "batch" } }, "rateLimit.prioritiy", "rateLimit.priority"],
  [{ rateLimit: { priority: "low" } }, "rateLimit.priority"],
  [{ timeOut: 10 }, "timeOut", "timeout"],
  [{ time_out: 10 }, "time_out", "timeout"],
  [{ timeouts: 10 }, "timeouts", "timeout"],
  [{ timeoutMs: 10 }, "timeoutMs", "timeout"],
  [{ timeuot: 10 }, "timeuot", "timeout"],
  [{ timeout: "10" }, "timeout"],
  [{ timeout: true }, "timeout"],
  [{ timeout: NaN }, "timeout"],
  [{ timeout: [10] }, "timeout"],
  [{ timeout: { total: 1 } }, "timeout.total", "timeout.totalMs"],
  [{ timeout: { total_ms: 1 } }, "timeout.total_ms", "timeout.totalMs"],
  [{ timeout: { idle: 1 } }, "timeout.idle", "timeout.idleMs"],
  [{ timeout: { headers: 1 } }, "timeout.headers", "timeout.headersMs"],
  [{ timeout: { headerMs: 1 } }, "timeout.headerMs", "timeout.headersMs"],
  [{ timeout: { progres: 1 } }, "timeout.progres", "timeout.progressMs"],
  [{ timeout: { connect: 1 } }, "timeout.connect"],
  [{ timeout: { totalMs: "10" } }, "timeout.totalMs"],
  [{ timeout: { idleMs: true } }, "timeout.idleMs"],
  [{ mergeDelta: false }, "mergeDelta", "mergeDeltas"],
  [{ merge_deltas: false }, "merge_deltas", "mergeDeltas"],
  [{ mergeDeltas: "no" }, "mergeDeltas"],
  [{ mergeDeltas: 0 }, "mergeDeltas"],
  [{ header: {} }, "header", "headers"],
  [{ Headers: {} }, "Headers", "headers"],
  [{ defaultHeaders: {} }, "defaultHeaders", "headers"],
  [{ headers: "x-team: search" }, "headers"],
  [{ headers: [["x-team", "search"]] }, "headers"],
  [{ headers: new Headers() }, "headers"],
  [{ headers: { "x-team": {} } }, "headers"],
  [{ Fetch: fetch }, "Fetch", "fetch"],
  [{ fetch: "node-fetch" }, "fetch"],
  [{ fetch: true }, "fetch"],
  [{ onevent: () => {} }, "onevent", "onEvent"],
  [{ onEvents: () => {} }, "onEvents", "onEvent"],
  [{ on_event: () => {} }, "on_event", "onEvent"],
  [{ onEvent: console }, "onEvent"],
  [{ dangerouslyAllowBrowsers: true }, "dangerouslyAllowBrowsers", "dangerouslyAllowBrowser"],
  [{ dangerously_allow_browser: true }, "dangerously_allow_browser", "dangerouslyAllowBrowser"],
  [{ dangerouslyAllowBrowser: "yes" }, "dangerouslyAllowBrowser"],
];

/** Of which only the core and the AI SDK provider know every name that there may be. */
const strict: Row[] = [
  [{ foo: 1 }, "foo"],
  [{ model: "gpt-4o" }, "model"],
  [{ temperature: 0 }, "temperature"],
  [{ organization: "acme" }, "organization"],
  [{ customFetch: fetch }, "customFetch", "fetch"],
  [{ requestTimeout: 10 }, "requestTimeout", "timeout"],
  ["sk-secret", "options"],
  [["sk-secret"], "options"],
  [() => "sk-secret", "options"],
];

const core: Row[] = [
  [{ max_retries: 2 }, "max_retries", "maxRetries"],
  [{ maxRetrys: 2 }, "maxRetrys", "maxRetries"],
  [{ retries: 2 }, "retries", "maxRetries"],
  [{ retry: true }, "retry", "maxRetries"],
  [{ maxRetries: "2" }, "maxRetries"],
  [{ maxRetries: false }, "maxRetries"],
];

const provider: Row[] = [
  [{ maxRetries: 2 }, "maxRetries"],
  [{ extrabody: {} }, "extrabody", "extraBody"],
  [{ extra_body: {} }, "extra_body", "extraBody"],
  [{ extraBody: [] }, "extraBody"],
  [{ extraBody: "{}" }, "extraBody"],
  [{ name: 5 }, "name"],
  [{ Name: "mine" }, "Name", "name"],
  [{ client: "mine" }, "client"],
  [{ client: {} }, "client"],
  [{ clinet: {} }, "clinet", "client"],
];

const chatModel: Row[] = [
  [{ modelName: "gpt-4o" }, "modelName", "model"],
  [{ model_name: "gpt-4o" }, "model_name", "model"],
  [{ models: ["gpt-4o"] }, "models", "model"],
  [{ model: ["gpt-4o"] }, "model"],
  [{ temprature: 0 }, "temprature", "temperature"],
  [{ Temperature: 0 }, "Temperature", "temperature"],
  [{ temperature: "0" }, "temperature"],
  [{ temperature: NaN }, "temperature"],
  [{ max_tokens: 5 }, "max_tokens", "maxTokens"],
  [{ maxtokens: 5 }, "maxtokens", "maxTokens"],
  [{ maxToken: 5 }, "maxToken", "maxTokens"],
  [{ maxOutputTokens: 5 }, "maxOutputTokens", "maxTokens"],
  [{ maxTokens: "5" }, "maxTokens"],
  [{ max_completion_tokens: 5 }, "max_completion_tokens", "maxCompletionTokens"],
  [{ top_p: 1 }, "top_p", "topP"],
  [{ topp: 1 }, "topp", "topP"],
  [{ topP: "1" }, "topP"],
  [{ frequency_penalty: 1 }, "frequency_penalty", "frequencyPenalty"],
  [{ presencePenality: 1 }, "presencePenality", "presencePenalty"],
  [{ seed: "1" }, "seed"],
  [{ stop: "END" }, "stop"],
  [{ stops: ["END"] }, "stops", "stop"],
  [{ stop_sequences: ["END"] }, "stop_sequences", "stopSequences"],
  [{ stopSequence: ["END"] }, "stopSequence", "stopSequences"],
  [{ n: "2" }, "n"],
  [{ logProbs: true }, "logProbs", "logprobs"],
  [{ logprobs: 5 }, "logprobs"],
  [{ top_logprobs: 5 }, "top_logprobs", "topLogprobs"],
  [{ logitBias: [] }, "logitBias"],
  [{ reasoning_effort: "low" }, "reasoning_effort", "reasoningEffort"],
  [{ reasoning: { effort: "low" } }, "reasoning", "reasoningEffort"],
  [{ model_kwargs: {} }, "model_kwargs", "modelKwargs"],
  [{ modelKwargs: "{}" }, "modelKwargs"],
  [{ topK: 40 }, "topK"],
  [{ extraBody: { top_k: 40 } }, "extraBody"],
  [{ stream: true }, "stream", "streaming"],
  [{ streaming: "yes" }, "streaming"],
  [{ stream_usage: true }, "stream_usage", "streamUsage"],
  [{ streamUsage: 1 }, "streamUsage"],
  [{ sendReasoning: "always" }, "sendReasoning"],
  [{ send_reasoning: true }, "send_reasoning", "sendReasoning"],
  [{ max_retries: 2 }, "max_retries", "maxRetries"],
  [{ maxRetries: "2" }, "maxRetries"],
  [{ maxConcurency: 2 }, "maxConcurency", "maxConcurrency"],
  [{ max_concurrency: 2 }, "max_concurrency", "maxConcurrency"],
  [{ disable_streaming: true }, "disable_streaming", "disableStreaming"],
  [{ profile: "large" }, "profile"],
  [{ client: "mine" }, "client"],
  [{ client: {} }, "client"],
];

const emulator: Row[] = [
  [{ prot: 8787 }, "prot"],
  [{ Port: 8787 }, "Port", "port"],
  [{ port: "8787" }, "port"],
  [{ port: 70_000 }, "port"],
  [{ hostname: "::" }, "hostname", "host"],
  [{ host: 127 }, "host"],
  [{ seed: "1" }, "seed"],
  [{ sed: 1 }, "sed", "seed"],
  [{ model: ["gpt-4o"] }, "model", "models"],
  [{ models: "gpt-4o" }, "models"],
  [{ models: [{ name: "gpt-4o" }] }, "models[0].id"],
  [{ models: [{ id: "gpt-4o", reasoning: "yes" }] }, "models[0].reasoning"],
  [{ reasoningField: "thinking" }, "reasoningField"],
  [{ reasoning_field: "reasoning" }, "reasoning_field", "reasoningField"],
  [{ cors: "*" }, "cors"],
  [{ CORS: true }, "CORS", "cors"],
  [{ key: "sk-1" }, "key", "keys"],
  [{ apiKey: "sk-1" }, "apiKey", "keys: [{ key }]"],
  [{ keys: "sk-1" }, "keys"],
  [{ keys: ["sk-1"] }, "keys[0]"],
  [{ keys: [{ apiKey: "sk-1" }] }, "keys[0].apiKey"],
  [{ keys: [{ key: "sk-1", Plan: "free" }] }, "keys[0].Plan", "plan"],
  [{ keys: [{ key: "sk-1", plan: "fre" }] }, "keys[0].plan", "free"],
  [{ keys: [{ key: "sk-1", ballance: 1 }] }, "keys[0].ballance", "balance"],
  [{ keys: [{ key: "sk-1", balance: "1" }] }, "keys[0].balance"],
  [{ keys: [{ key: "sk-1", revoke: true }] }, "keys[0].revoke", "revoked"],
  [{ keys: [{ key: "sk-1", refuse: { state: 403 } }] }, "keys[0].refuse.state", "status"],
  [{ plan: "free" }, "plan", "rateLimit.plan"],
  [{ ratelimit: { plan: "free" } }, "ratelimit", "rateLimit"],
  [{ rateLimit: "free" }, "rateLimit"],
  [{ rateLimit: { plan: "Free" } }, "rateLimit.plan", "free"],
  [{ rateLimit: { plan: "gold" } }, "rateLimit.plan"],
  [{ rateLimit: { plan: { limit: 5 } } }, "rateLimit.plan.windowMs"],
  [{ rateLimit: { plan: { limit: 5, window: 1 } } }, "rateLimit.plan.window", "windowMs"],
  [{ rateLimit: { window: "slidng" } }, "rateLimit.window", "sliding"],
  [{ rateLimit: { window: "tokenBucket" } }, "rateLimit.window", "token-bucket"],
  [{ rateLimit: { retry_after: "ms" } }, "rateLimit.retry_after", "retryAfter"],
  [{ rateLimit: { retryAfter: "second" } }, "rateLimit.retryAfter", "seconds"],
  [{ rateLimit: { countRejected: 1 } }, "rateLimit.countRejected"],
  [{ rateLimit: { header: true } }, "rateLimit.header", "headers"],
  [{ pace: "slow" }, "pace"],
  [{ Pace: {} }, "Pace", "pace"],
  [{ tokensPerSecond: 5 }, "tokensPerSecond", "pace.tokensPerSecond"],
  [{ pace: { tokenPerSecond: 5 } }, "pace.tokenPerSecond", "tokensPerSecond"],
  [{ pace: { firstToken: 5 } }, "pace.firstToken", "firstTokenMs"],
  [{ pace: { jitter: 20 } }, "pace.jitter"],
  [{ pace: { writeBytes: { min: 1 } } }, "pace.writeBytes.max"],
  [{ fault: { type: "reset", afterChunks: 1 } }, "fault", "faults"],
  [{ faults: { fault: { type: "split-bytes" } } }, "faults"],
  [{ faults: [{ type: "reset", afterChunks: 1 }] }, "faults[0].type", "fault.type"],
  [{ faults: [{ fault: "reset" }] }, "faults[0].fault"],
  [{ faults: [{ fault: { type: "rset" } }] }, "faults[0].fault.type", "reset"],
  [{ faults: [{ fault: { type: "delayHead", ms: 5 } }] }, "faults[0].fault.type", "delay-head"],
  [{ faults: [{ fault: { type: "timeout" } }] }, "faults[0].fault.type"],
  [{ faults: [{ fault: { type: "reset", after: 1 } }] }, "faults[0].fault.after", "afterChunks"],
  [{ faults: [{ fault: { type: "stall", ms: "5" } }] }, "faults[0].fault.ms"],
  [{ faults: [{ fault: { type: "status" } }] }, "faults[0].fault.status"],
  [{ faults: [{ calls: 1, fault: { type: "stall" } }] }, "faults[0].calls", "call"],
  [{ faults: [{ call: 0, fault: { type: "stall" } }] }, "faults[0].call"],
  [{ faults: [{ time: 2, fault: { type: "stall" } }] }, "faults[0].time", "times"],
  [{ faults: [{ match: {}, fault: { type: "stall" } }] }, "faults[0].match"],
  [{ faults: [{ fault: { type: "script", chunks: [{ wait: 5 }] } }] }, "faults[0].fault.chunks[0].wait"],
  [{ reply: { text: "Hi" } }, "reply", "replies: [{ reply }]"],
  [{ replies: ["Hi"] }, "replies[0]"],
  [{ replies: [{ text: "Hi" }] }, "replies[0].text", "reply.text"],
  [{ replies: [{ reply: "Hi" }] }, "replies[0].reply"],
  [{ replies: [{ reply: { content: "Hi" } }] }, "replies[0].reply.content"],
  [{ replies: [{ reply: { tool_calls: [] } }] }, "replies[0].reply.tool_calls", "toolCalls"],
  [{ replies: [{ reply: { toolCalls: [{ nme: "look" }] } }] }, "replies[0].reply.toolCalls[0].nme", "name"],
  [{ replies: [{ reply: { finish_reason: "stop" } }] }, "replies[0].reply.finish_reason", "finishReason"],
  [{ clock: "manuel" }, "clock", "manual"],
  [{ clock: true }, "clock"],
];

const withModel = (options: unknown) => ({ model: "gpt-4o", ...(options as object) });

/** What each function makes of the rows that are for it; its own come after those that it shares. */
const takers: Record<string, { take: (options: never) => unknown; rows: Row[] }> = {
  createCeluxeClient: { take: createCeluxeClient, rows: [...connection, ...strict, ...core] },
  createCeluxe: { take: createCeluxe, rows: [...connection, ...strict, ...provider] },
  ChatCeluxe: {
    take: (options) => new ChatCeluxe(withModel(options)),
    rows: [...connection, ...chatModel],
  },
  startEmulator: {
    // Should one be taken after all, its port must be free again.
    take: async (options) => (await startEmulator(options)).close(),
    rows: emulator,
  },
};

describe.each(Object.entries(takers))("%s refuses", (name, { take, rows }) => {
  test.each(rows.map((row) => [label(row[0]), ...row] as const))("%s", async (_, options, field, meant) => {
    // Else an option that goes astray would call the real service with the key of whoever runs this.
    vi.stubEnv("CELUXE_BASE_URL", "http://127.0.0.1:1/v1");
    const error = await (async () => take(options as never))().then(
      () => expect.fail(`${name} took it in silence`),
      (error: unknown) => error as Error,
    );
    expect(error).toMatchObject({ name: "ConfigurationError", field });
    expect(error.message).not.toContain("sk-secret");
    if (meant === undefined) expect(error.message.length).toBeGreaterThan(field.length + 10);
    else expect(error.message).toMatch(new RegExp(`Did you mean ${escaped(meant)}\\?$`));
  });
});

test("the table has at least 150 rows, and each once", () => {
  const rows = [connection, strict, core, provider, chatModel, emulator].flat();
  expect(rows.length).toBeGreaterThanOrEqual(150);
  for (const { rows } of Object.values(takers))
    expect(new Set(rows.map(([options]) => label(options))).size).toBe(rows.length);
});

describe("what is null is not given, and falls to the environment or its default", () => {
  const nothing = {
    apiKey: null,
    baseURL: null,
    rateLimit: null,
    timeout: null,
    mergeDeltas: null,
    headers: null,
    fetch: null,
    onEvent: null,
  };

  test("for every client", async () => {
    await using emulator = await startEmulator();
    vi.stubEnv("CELUXE_BASE_URL", emulator.url);
    vi.stubEnv("CELUXE_API_KEY", emulator.apiKey);
    const client = createCeluxeClient(nothing as never);
    await client.chat({ model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] });
    await createCeluxe(nothing as never)("gpt-4o").doGenerate({
      prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
    const fields = {
      temperature: null,
      maxTokens: null,
      stop: null,
      modelKwargs: null,
      streaming: null,
      maxRetries: null,
      client: null,
    };
    const chat = new ChatCeluxe(withModel({ ...nothing, ...fields }));
    await chat.invoke("Hello", fields as never);
    expect(emulator.journal.requests.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(Object.keys(emulator.journal.requests[2]!.body as object).toSorted()).toEqual(["messages", "model"]);
  });
});

describe("ChatCeluxe checks the options of a call too", () => {
  const chat = new ChatCeluxe({
    model: "gpt-4o",
    apiKey: "sk-secret",
    baseURL: "http://127.0.0.1:1/v1",
    maxRetries: 0,
  });
  test.each<Row>([
    [{ temprature: 0 }, "temprature", "temperature"],
    [{ max_tokens: 5 }, "max_tokens", "maxTokens"],
    [{ toolChoice: "any" }, "toolChoice", "tool_choice"],
    [{ parallelToolCalls: false }, "parallelToolCalls", "parallel_tool_calls"],
    [{ responseFormat: {} }, "responseFormat", "response_format"],
    [{ maxTokens: "5" }, "maxTokens"],
    [{ baseURL: "http://localhost:1/v1" }, "baseURL"],
    [{ apiKey: "sk-secret" }, "apiKey"],
    [{ streaming: "no" }, "streaming"],
  ])("%j", async (options, field, meant) => {
    for (const call of [chat.invoke("Hello", options as never), drain(chat, options)]) {
      const error = await call.then(
        () => expect.fail("it was taken in silence"),
        (error: unknown) => error as Error,
      );
      expect(error).toMatchObject({ name: "ConfigurationError", field });
      expect(error.message).not.toContain("sk-secret");
      if (meant !== undefined) expect(error.message).toContain(`Did you mean ${meant}?`);
    }
  });

  async function drain(model: ChatCeluxe, options: unknown): Promise<void> {
    for await (const _ of await model.stream("Hello", options as never));
  }
});

/** Functions and classes as their source, which JSON leaves out. */
function label(options: unknown): string {
  return JSON.stringify(options, (_, value: unknown) =>
    typeof value === "function" || Number.isNaN(value) || value instanceof Headers ? String(value).slice(0, 30) : value,
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
