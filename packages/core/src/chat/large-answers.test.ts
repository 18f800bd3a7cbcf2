import { afterAll, describe, expect, test } from "vitest";
import { canaryKey, rejection } from "../../test/canary.ts";
import { CeluxeError, createCeluxeClient } from "../index.ts";

// No answer, however large or deep, takes more than linear time or ends in an error without a class.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

function clientOf(answer: string, contentType: string) {
  return createCeluxeClient({
    apiKey: canaryKey,
    baseURL: "https://api.test/v1",
    rateLimit: false,
    maxRetries: 0,
    fetch: async () => new Response(answer, { headers: { "content-type": contentType } }),
  });
}

const json = (answer: string) => clientOf(answer, "application/json");
const sse = (...events: string[]) =>
  clientOf(events.map((event) => `data: ${event}\n\n`).join(""), "text/event-stream");

async function readAll(client: ReturnType<typeof clientOf>) {
  let deltas = 0;
  for await (const _ of await client.streamChat(body)) deltas++;
  return deltas;
}

const depth = 100_000;
const nested = (open: string, close: string, inside = "1") => open.repeat(depth) + inside + close.repeat(depth);
const deepObject = nested('{"a":', "}");
const deepList = nested("[", "]");
const wrap = (message: string, reason = '"stop"') =>
  `{"id":"1","choices":[{"index":0,"message":${message},"finish_reason":${reason}}]}`;

describe(`JSON nested ${depth} deep is a typed error, or what can be read of it`, () => {
  test.each([
    ["an error", `{"error":${deepObject}}`],
    ["an error in an error", nested('{"error":', "}")],
    ["the code of an error", `{"error":{"message":"no","code":${deepList},"status":${deepList}}}`],
    ["the words of an error", `{"error":{"message":${deepList},"type":${deepObject}}}`],
    ["an error that is only said to be one", `{"error":true,"a":${deepObject}}`],
    ["an error that cannot become a number", '{"error":{"code":{"toString":1,"valueOf":1},"message":"no"}}'],
    ["no completion", deepObject],
  ])("%s", async (_, answer) => {
    const calls = [json(answer).chat(body), readAll(json(answer)), readAll(sse(answer)), json(answer).listModels()];
    for (const call of calls) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(CeluxeError);
      expect((error as Error).message).not.toMatch(/call stack/);
    }
  });

  test.each([
    ["no list", deepObject],
    ["a field of a model", `{"data":[{"id":"a","deep":${deepList}}]}`],
    ["an error beside the list", `{"data":[{"id":"a"}],"error":${deepList}}`],
  ])("a list of models: %s", async (_, answer) => {
    // How deep is too deep is the engine's to say.
    const read = await json(answer)
      .listModels()
      .catch((error: unknown) => error);
    expect(Array.isArray(read) || read instanceof CeluxeError).toBe(true);
  });

  test.each([
    ["content", `{"content":${deepList}}`],
    ["annotations", `{"content":"Hi","annotations":[{"a":${deepObject}}]}`],
    ["arguments", `{"tool_calls":[{"id":"1","function":{"name":"f","arguments":${deepObject}}}]}`],
  ])("a message: its %s", async (_, message) => {
    await json(wrap(message)).chat(body);
    await readAll(json(wrap(message)));
    await readAll(sse(wrap(message)));
  });
});

describe("time grows with the size of the answer and not with its square", () => {
  const list = (item: (index: number) => string) => (count: number) => Array.from({ length: count }, (_, i) => item(i));
  const calls = list((index) => `{"id":"call_${index}","type":"function","function":{"name":"f","arguments":"{}"}}`);
  const shortCalls = list((index) => `{"id":"${index}","name":"f"}`);
  const chunk = (delta: string) => `{"choices":[{"index":0,"delta":${delta}}]}`;
  const stop = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
  const measured: string[] = [];
  afterAll(() => void (process.env["MEASURE"] && console.info(measured.join("\n"))));

  const rows: [string, number, (count: number) => () => Promise<unknown>][] = [
    [
      "tool calls in one answer",
      100_000,
      (count) => {
        const client = json(wrap(`{"tool_calls":[${calls(count).join()}]}`));
        return async () => expect((await client.chat(body)).toolCalls).toHaveLength(count);
      },
    ],
    [
      "tool calls in one answer, read as a stream",
      100_000,
      (count) => {
        const client = json(wrap(`{"tool_calls":[${calls(count).join()}]}`));
        return async () => expect(await readAll(client)).toBe(3 * count + 2);
      },
    ],
    [
      "tool calls in one event of a stream",
      30_000,
      (count) => {
        const client = sse(chunk(`{"tool_calls":[${shortCalls(count).join()}]}`), stop);
        return async () => expect(await readAll(client)).toBeGreaterThanOrEqual(2 * count);
      },
    ],
    [
      "tool calls of a stream without index",
      40_000,
      (count) => {
        const client = sse(...calls(count).map((call) => chunk(`{"tool_calls":[${call}]}`)), stop);
        return async () => expect(await readAll(client)).toBe(3 * count + 2);
      },
    ],
    [
      "tool calls of a stream in turn",
      40_000,
      (count) => {
        const turns = list((index) => chunk(`{"tool_calls":[{"index":${index % (count / 4)},"arguments":"1"}]}`));
        const client = sse(...turns(count), stop);
        return async () => expect(await readAll(client)).toBeGreaterThan(count / 4);
      },
    ],
    [
      "one tool call that is sent again and again",
      40_000,
      (count) => {
        const call = (text: string) => `{"id":"1","name":"f","arguments":${JSON.stringify(text)}}`;
        const whole = chunk(`{"tool_calls":[${call(`{"a":"${"x".repeat(count * 10)}"}`)}]}`);
        const client = sse(whole, ...list(() => chunk(`{"tool_calls":[${call("x")}]}`))(count), stop);
        return async () => expect(await readAll(client)).toBeGreaterThan(3);
      },
    ],
    [
      "annotations",
      300_000,
      (count) => {
        const client = json(wrap(`{"content":"Hi","annotations":[${list(() => "{}")(count).join()}]}`));
        return async () => expect((await client.chat(body)).annotations).toHaveLength(count);
      },
    ],
    [
      "log probabilities of one token",
      300_000,
      (count) => {
        const logprobs = `{"content":[${list(() => "{}")(count).join()}]}`;
        const of = (delta: string) => `{"choices":[{"index":0,"delta":{"content":"${delta}"},"logprobs":${logprobs}}]}`;
        const client = sse(of("a"), of("b"), stop);
        return async () => expect(await readAll(client)).toBeGreaterThan(2);
      },
    ],
    [
      "parts of a content",
      300_000,
      (count) => {
        const client = json(wrap(`{"content":[${list((index) => `{"text":"${index}"}`)(count).join()}]}`));
        return async () => expect((await client.chat(body)).text.length).toBeGreaterThan(count);
      },
    ],
    [
      "choices",
      50_000,
      (count) => {
        const choices = list((index) => `{"index":${count - index},"message":{"content":"a"}}`)(count);
        const client = json(`{"choices":[${choices.join()}]}`);
        return async () => expect((await client.chat(body)).choices).toHaveLength(count);
      },
    ],
    [
      "bytes of an event that come one by one",
      100_000,
      (count) => {
        const text = new TextEncoder().encode(
          `data: ${chunk(`{"content":"${"x".repeat(count)}"}`)}\n\ndata: [DONE]\n\n`,
        );
        const client = createCeluxeClient({
          apiKey: canaryKey,
          baseURL: "https://api.test/v1",
          rateLimit: false,
          fetch: async () => {
            let at = 0;
            return new Response(
              new ReadableStream({
                pull: (controller) =>
                  at < text.length ? controller.enqueue(text.subarray(at, ++at)) : controller.close(),
              }),
            );
          },
        });
        return async () => expect(await readAll(client).catch(() => 2)).toBeGreaterThan(1);
      },
    ],
  ];

  /** CPU time of this process: what others do on the machine does not count. */
  async function time(run: () => Promise<unknown>): Promise<number> {
    const began = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  }

  // Once more, since garbage of the tests before may be collected in the middle of one.
  test.each(rows)("%s", { retry: 2 }, async (name, count, make) => {
    const [small, large] = [make(count / 8), make(count)];
    await small();
    const smallMs = await time(small);
    const largeMs = await time(large);
    measured.push(`${name}: ${count / 8} in ${Math.round(smallMs)} ms, ${count} in ${Math.round(largeMs)} ms`);
    // Linear is 8 times, quadratic 64; what takes a few milliseconds is noise.
    expect(largeMs).toBeLessThan(24 * Math.max(smallMs, 50));
  });
});
