import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  ConfigurationError,
  createEmulator,
  type EmulatorOptions,
  type FaultRule,
  type ReplyRule,
  type ServerOptions,
  startEmulator,
} from "./index.ts";
import { type emulatorSchema, serverSchema } from "./options-schema.ts";

function refusal(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("an option that does not exist or cannot work is refused by name, with the nearest known one", () => {
  it.each<[options: unknown, field: string, message: RegExp]>([
    [{ rateLimt: {} }, "rateLimt", /is not an option\. Did you mean rateLimit\?$/],
    [{ rate_limit: {} }, "rate_limit", /mean rateLimit\?/],
    [{ rateLimit: "free" }, "rateLimit", /must be object, not "free"\.$/],
    [{ plan: "free" }, "plan", /mean rateLimit\.plan\?/],
    [{ rateLimit: { plan: "fre" } }, "rateLimit.plan", /"free" or "pro" or "unlimited" or object.*mean free\?/],
    [{ rateLimit: { plan: "gold" } }, "rateLimit.plan", /not "gold"\.$/],
    [{ rateLimit: { plan: { limt: 5, windowMs: 1 } } }, "rateLimit.plan.limt", /mean limit\?/],
    [{ rateLimit: { plan: { limit: 5 } } }, "rateLimit.plan.windowMs", /must be number and is missing/],
    [{ rateLimit: { plan: { limit: 0, windowMs: 1 } } }, "rateLimit.plan.limit", /at least 1, not 0/],
    [{ rateLimit: { retryAfter: "second" } }, "rateLimit.retryAfter", /mean seconds\?/],
    [{ keys: ["sk-0123456789abcdef012345"] }, "keys[0]", /must be object, not string\.$/],
    [{ keys: [{ key: "k", plann: "free" }] }, "keys[0].plann", /mean plan\?/],
    [{ models: "gpt-4o" }, "models", /must be array/],
    [{ models: [{ name: "gpt-4o" }] }, "models[0].id", /must be string and is missing/],
    [{ pace: { jitter: 5 } }, "pace.jitter", /at most 1, not 5/],
    [{ tokensPerSecond: 5 }, "tokensPerSecond", /mean pace\.tokensPerSecond\?/],
    [{ clock: "manuel" }, "clock", /mean manual\?/],
    [
      { faults: [{ fault: { type: "rset" } }] },
      "faults[0].fault.type",
      /"status" or .*not "rset"\. Did you mean reset\?/,
    ],
    [{ faults: [{ fault: { type: "reset", after_chunks: 1 } }] }, "faults[0].fault.after_chunks", /mean afterChunks\?/],
    [
      { faults: [{ fault: { type: "stall", status: 500 } }] },
      "faults[0].fault.status",
      /known are type, afterChunks, ms/,
    ],
    [{ faults: [{ type: "reset", afterChunks: 1 }] }, "faults[0].type", /mean fault\.type\?/],
    [
      { faults: [{ fault: { type: "stall" }, match: 5 }] },
      "faults[0].match",
      /string or a regular expression or a function/,
    ],
    [
      { faults: [{ fault: { type: "script", chunks: [{ wait: 5 }] } }] },
      "faults[0].fault.chunks[0].wait",
      /not an option/,
    ],
    [{ replies: [{ text: "Hi" }] }, "replies[0].text", /mean reply\.text\?/],
    [{ replies: [{ reply: { txt: "Hi" } }] }, "replies[0].reply.txt", /mean text\?/],
    [{ port: 8787 }, "port", /known are seed/],
    ["free", "options", /must be object/],
  ])("%j", (options, field, message) => {
    const error = refusal(() => createEmulator(options as EmulatorOptions));
    expect(error).toMatchObject({ name: "ConfigurationError", field, message: expect.stringMatching(message) });
  });

  it("a server's own too, before the port is taken", async () => {
    await expect(startEmulator({ port: "8787" } as unknown as ServerOptions)).rejects.toMatchObject({ field: "port" });
    await expect(startEmulator({ hostname: "::" } as ServerOptions)).rejects.toThrow(/mean host\?/);
  });
});

describe("what comes while it runs is checked too", () => {
  const emulator = createEmulator();
  const ask = async () => {
    const response = await emulator.fetch("http://x/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${emulator.apiKey}` },
      body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }),
    });
    return { status: response.status, text: await response.text() };
  };

  it("rules: of several none is added where one is wrong", async () => {
    const good: FaultRule = { fault: { type: "status", status: 500 } };
    const wrong = { fault: { type: "sttus", status: 500 } } as unknown as FaultRule;
    expect(refusal(() => emulator.faults.add(good, wrong)).field).toBe("faults.add.fault.type");
    expect(refusal(() => emulator.replies.add({ replay: {} } as unknown as ReplyRule)).field).toBe(
      "replies.add.replay",
    );
    expect((await ask()).status).toBe(200);
  });

  it("what a reply function gives", async () => {
    emulator.replies.add({ reply: () => ({ txt: "Hi" }) as never });
    expect(await ask()).toMatchObject({ status: 500, text: expect.stringContaining("reply.txt is not an option") });
    emulator.replies.clear();
  });

  it("the plan of a live key", async () => {
    const [key] = emulator.keys;
    Object.assign(key!, { plan: "gold" });
    expect(await ask()).toMatchObject({ status: 500, text: expect.stringContaining("plans are free, pro, unlimited") });
    Object.assign(key!, { plan: "free" });
    expect((await ask()).status).toBe(200);
  });
});

it("null counts as not given, and values of the wire stay null", async () => {
  const nothing = null as never;
  const nulls = { port: nothing, host: nothing, rateLimit: { plan: nothing }, keys: [{ key: "k", plan: nothing }] };
  await using emulator = await startEmulator({ ...nulls, faults: nothing, pace: { jitter: nothing }, clock: nothing });
  emulator.faults.add({ fault: { type: "error-200", error: null }, times: nothing, call: nothing });
  expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const response = await fetch(`${emulator.url}/models`, { headers: { authorization: "Bearer k" } });
  expect(response.status).toBe(200);
  expect(() => createEmulator(nothing)).not.toThrow();
});

it("what only code can give is passed on as it is: functions, regular expressions, bytes, iterables", async () => {
  let made = 0;
  function* chunks() {
    made++;
    yield new TextEncoder().encode("a");
    yield { data: { a: null } };
  }
  const options: EmulatorOptions = {
    faults: [
      { call: 1, fault: { type: "script", chunks } },
      { call: 2, fault: { type: "script", chunks: new Set(["b"]) } },
      { times: Infinity, match: () => true, fault: { type: "script", chunks: [Uint8Array.of(99)] } },
    ],
    replies: [{ match: /hi/, reply: () => ({ text: "Hi" }) }],
  };
  const { fetch: ask } = createEmulator(options);
  expect(made).toBe(0);
  const texts = [];
  for (let call = 0; call < 3; call++) texts.push(await (await ask("http://x/v1/models")).text());
  expect(texts).toEqual(['adata: {"a":null}\n\n', "b", "c"]);
});

it("a rule may change what it says while the emulator runs", async () => {
  let status = 500;
  const rule: FaultRule = {
    fault: {
      type: "status",
      get status() {
        return status;
      },
    },
  };
  const added = createEmulator();
  added.faults.add(rule);
  for (const { fetch: ask } of [createEmulator({ faults: [rule] }), added]) {
    status = 500;
    expect((await ask("http://x/v1/models")).status).toBe(500);
    status = 503;
    expect((await ask("http://x/v1/models")).status).toBe(503);
  }
});

it("the schema knows the options of the types, and describes them to editors", () => {
  expectTypeOf<keyof z.output<typeof emulatorSchema>>().toEqualTypeOf<keyof EmulatorOptions>();
  expectTypeOf<keyof z.output<typeof serverSchema>>().toEqualTypeOf<keyof ServerOptions>();
  expectTypeOf<z.output<typeof serverSchema>>().toExtend<ServerOptions>();
  expectTypeOf<ServerOptions["rateLimit"]>().toExtend<z.input<typeof serverSchema>["rateLimit"]>();
  const described = JSON.stringify(z.toJSONSchema(serverSchema, { io: "input", unrepresentable: "any" }));
  for (const name of ["rateLimit", "token-bucket", "in-band-error", "afterChunks"]) expect(described).toContain(name);
});
