import type { EmulatorOptions, JournalEntry } from "@celuxe/emulator";
import { expect } from "vitest";

export type Operation = "ask" | "stream" | "object";

/** What a consumer's user saw of one call. */
export interface Outcome {
  value?: unknown;
  error?: { status?: number; text: string };
  /** The city that each run of the tool was given. */
  ran: (string | null)[];
  pieces: string[];
  ms: number;
  trace?: string;
}

/** One situation, the same for every consumer. */
export interface Scenario {
  name: string;
  operations: Operation[];
  prompt: string;
  /** How many calls at once. Default: 1. */
  times?: number;
  /** Whether the call is aborted at its first text. */
  abort?: boolean;
  /** The window of the provider's rate limit in milliseconds. Default: its own, a minute. */
  windowMs?: number;
  /** How the other side behaves; it knows one key, `KEY`, unless it says otherwise. */
  emulator: EmulatorOptions;
  check(outcomes: Outcome[], requests: readonly JournalEntry[]): void;
}

export const KEY = "sk-consumer-6f1d0c58e2";

const cities = ["Paris", "Rome", "Oslo"];

const whole: EmulatorOptions = {
  replies: [
    {
      reply(request) {
        const city = cities[messagesOf(request).filter(({ role }) => role === "tool").length];
        if (!city) return { text: "It is sunny in all three cities." };
        return { reasoning: `Next: ${city}.`, toolCalls: [{ name: "get_weather", arguments: { city } }] };
      },
    },
  ],
};

const chunk = (delta: unknown, finishReason: string | null = null) => ({
  data: {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "deepseek-v3",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  },
});

/** A tool call that breaks off in the middle of its arguments. */
const call = { index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Pa' } };
const begun = [chunk({ role: "assistant", content: "" }), chunk({ tool_calls: [call] })];
const done = "data: [DONE]\n\n";

const failsAsKey = (status: number) => (outcomes: Outcome[], requests: readonly JournalEntry[]) => {
  expect(outcomes.map(({ error }) => error?.status)).toEqual([status]);
  expect(requests.length).toBe(1);
};

const runsNoTool = (outcomes: Outcome[]) => expect(outcomes.flatMap(({ ran }) => ran)).toEqual([]);

const tellsOfTheCut = (outcomes: Outcome[]) => {
  runsNoTool(outcomes);
  for (const { error } of outcomes) expect(error).toBeDefined();
};

export const scenarios: Scenario[] = [
  {
    name: "tools over three steps",
    operations: ["ask", "stream"],
    prompt: "How is the weather in Paris, Rome and Oslo?",
    emulator: whole,
    check(outcomes, requests) {
      expect(outcomes.map(({ error }) => error)).toEqual([undefined]);
      expect(outcomes[0]?.ran).toEqual(cities);
      expect(JSON.stringify(outcomes[0]?.value)).toContain("It is sunny in all three cities.");
      expect(requests.length).toBe(4);
    },
  },
  {
    name: "a stream, piece by piece",
    operations: ["stream"],
    prompt: "Count.",
    emulator: { pace: { tokensPerSecond: 4 }, replies: [{ reply: { text: ["one ", "two ", "three ", "four"] } }] },
    check(outcomes) {
      expect(outcomes[0]?.pieces.length).toBeGreaterThan(1);
      expect(outcomes[0]?.pieces.join("")).toBe("one two three four");
    },
  },
  {
    name: "structured output",
    operations: ["object"],
    prompt: "Where is it warm?",
    emulator: {
      replies: [
        {
          reply(request) {
            const { tools } = request.body as { tools?: { function: { name: string; parameters: object } }[] };
            const answer = { city: "Paris", degrees: 21 };
            const name = tools?.find((tool) => JSON.stringify(tool.function.parameters).includes("degrees"))?.function
              .name;
            return name ? { toolCalls: [{ name, arguments: answer }] } : { text: JSON.stringify(answer) };
          },
        },
      ],
    },
    check: (outcomes) => expect(outcomes[0]).toMatchObject({ value: { city: "Paris", degrees: 21 } }),
  },
  {
    name: "abort",
    operations: ["stream"],
    prompt: "Tell a long story.",
    abort: true,
    emulator: { pace: { tokensPerSecond: 20 }, replies: [{ reply: { text: "and so on ".repeat(200) } }] },
    check(outcomes, requests) {
      expect(outcomes[0]?.ms).toBeLessThan(20_000);
      expect(requests.length).toBe(1);
      expect(requests[0]?.clientGone).toBeDefined();
    },
  },
  {
    name: "429, five calls at once",
    operations: ["ask"],
    prompt: "Hello",
    times: 5,
    windowMs: 1000,
    emulator: {
      keys: [{ key: KEY, plan: { limit: 2, windowMs: 1000 } }],
      rateLimit: { headers: true },
      replies: [{ reply: { text: "Hello!" } }],
    },
    check: (outcomes) => expect(outcomes.map(({ value }) => value)).toEqual(Array(5).fill("Hello!")),
  },
  {
    name: "401",
    operations: ["ask", "stream"],
    prompt: "Hello",
    emulator: { keys: [{ key: KEY, revoked: true }] },
    check: failsAsKey(401),
  },
  {
    name: "402",
    operations: ["ask", "stream"],
    prompt: "Hello",
    emulator: { keys: [{ key: KEY, balance: 0 }] },
    check: failsAsKey(402),
  },
  {
    name: "tool call cut by a reset",
    operations: ["stream"],
    prompt: "How is the weather?",
    emulator: { faults: [{ fault: { type: "script", chunks: begun, end: "reset" } }] },
    check: tellsOfTheCut,
  },
  {
    name: "tool call cut by a close",
    operations: ["stream"],
    prompt: "How is the weather?",
    emulator: { faults: [{ fault: { type: "script", chunks: begun } }] },
    check: tellsOfTheCut,
  },
  {
    name: "tool call cut by `length`",
    operations: ["stream"],
    prompt: "How is the weather?",
    emulator: { faults: [{ fault: { type: "script", chunks: [...begun, chunk({}, "length"), done] } }] },
    check: runsNoTool,
  },
  {
    name: "tool call cut by `[DONE]`",
    operations: ["stream"],
    prompt: "How is the weather?",
    emulator: { faults: [{ fault: { type: "script", chunks: [...begun, done] } }] },
    check: tellsOfTheCut,
  },
];

const wireFields = ["role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content", "reasoning"];

/** Holds of every scenario: nothing odd goes over the wire, and the key shows nowhere. */
export function checkWire(requests: readonly JournalEntry[]): void {
  for (const message of requests.flatMap(messagesOf)) {
    expect(wireFields).toEqual(expect.arrayContaining(Object.keys(message)));
    if (message.role === "assistant" && !message.tool_calls?.length) expect(message.content).not.toBe("");
  }
}

function messagesOf(request: JournalEntry): { role: string; content?: unknown; tool_calls?: unknown[] }[] {
  return (request.body as { messages?: [] } | undefined)?.messages ?? [];
}
