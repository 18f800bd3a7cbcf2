import { describe, expect, it } from "vitest";
import { createEmulator, type EmulatorOptions } from "../index.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "What is the capital of France?" }] };

/** An emulator at a round second of 2030, and a way to ask it. */
function setUp(options: EmulatorOptions) {
  const emulator = createEmulator({ clock: "manual", ...options });
  const ask = async (key = emulator.apiKey, body: unknown = QUESTION) => {
    const response = await emulator.fetch("http://x/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const list = async (key = emulator.apiKey) =>
    (await emulator.fetch("http://x/v1/models", { headers: { authorization: `Bearer ${key}` } })).status;
  return { ...emulator, ask, list };
}

describe("keys", () => {
  it("a balance falls with use to 402, and a top-up helps", async () => {
    // 22 tokens a call at 1 dollar a million.
    const { ask, list, keys } = setUp({ keys: [{ key: "sk-a", balance: 0.00005 }] });
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 402]);
    expect(keys[0]?.balance).toBeCloseTo(0.00005 - 3 * 0.000022, 9);
    expect((await ask()).body.error).toEqual({
      message: "Insufficient balance",
      type: "insufficient_quota",
      code: "insufficient_balance",
    });
    // Listing models costs nothing.
    expect(await list()).toBe(200);
    if (keys[0]) keys[0].balance = 5;
    expect((await ask()).status).toBe(200);
  });

  it("what a token costs belongs to the model", async () => {
    const { ask, keys } = setUp({
      keys: [{ key: "sk-a", balance: 1 }],
      models: [{ id: "gpt-4o", pricePerMillionTokens: 1000 }],
    });
    await ask();
    expect(keys[0]?.balance).toBeCloseTo(1 - 0.022, 9);
  });

  it("a refused request costs nothing", async () => {
    const { ask, keys } = setUp({ keys: [{ key: "sk-a", balance: 1 }] });
    await ask("sk-a", { model: "gpt-4o" });
    expect(keys[0]?.balance).toBe(1);
  });

  it("a revoked key is 401, also when it is revoked later", async () => {
    const { ask, keys } = setUp({ keys: [{ key: "sk-a" }, { key: "sk-b", revoked: true }] });
    expect((await ask("sk-b")).status).toBe(401);
    expect((await ask("sk-a")).status).toBe(200);
    if (keys[0]) keys[0].revoked = true;
    expect((await ask("sk-a")).body.error).toMatchObject({
      code: "invalid_api_key",
      message: "This API key has been revoked",
    });
  });

  it("any refusal by status, with an error of its own", async () => {
    const whitelist = { status: 403, message: "This address may not use the key", code: "ip_not_allowed" };
    const { ask } = setUp({
      keys: [
        { key: "sk-a", refuse: 500 },
        { key: "sk-b", refuse: whitelist },
      ],
    });
    expect(await ask("sk-a")).toMatchObject({ status: 500, body: { error: { code: "internal_error" } } });
    expect(await ask("sk-b")).toMatchObject({
      status: 403,
      body: { error: { message: whitelist.message, code: "ip_not_allowed" } },
    });
  });

  it("the options that were given stay as they were", async () => {
    const given = { key: "sk-a", balance: 1 };
    await setUp({ keys: [given] }).ask();
    expect(given.balance).toBe(1);
  });
});

describe("rate limits", () => {
  it("are kept for each key, with its own plan or the common one", async () => {
    const { list } = setUp({
      keys: [
        { key: "sk-a" },
        { key: "sk-b" },
        { key: "sk-c", plan: { limit: 3, windowMs: 1000 } },
        { key: "sk-d", plan: "unlimited" },
      ],
      rateLimit: { plan: { limit: 1, windowMs: 1000 } },
    });
    const accepted = async (key: string) => {
      let count = 0;
      for (let call = 0; call < 5; call++) count += Number((await list(key)) === 200);
      return count;
    };
    expect([await accepted("sk-a"), await accepted("sk-b"), await accepted("sk-c"), await accepted("sk-d")]).toEqual([
      1, 1, 3, 5,
    ]);
  });

  it("count every request, also one that is refused for its body", async () => {
    const { ask, list } = setUp({ rateLimit: { plan: "free" } });
    for (let call = 0; call < 9; call++) expect((await ask(undefined, {})).status).toBe(400);
    expect([await list(), await list()]).toEqual([200, 429]);
  });

  it("a wrong key uses up nobody's limit", async () => {
    const { list } = setUp({ rateLimit: { plan: { limit: 1, windowMs: 1000 } } });
    expect([await list("sk-x"), await list("sk-x"), await list()]).toEqual([401, 401, 200]);
  });

  it.each([
    ["seconds", { "retry-after": "5" }],
    ["ms", { "retry-after-ms": "4400" }],
    ["none", {}],
  ] as const)("Retry-After as %s", async (retryAfter, expected) => {
    const { ask, clock } = setUp({ rateLimit: { plan: { limit: 1, windowMs: 5000 }, retryAfter } });
    await ask();
    await clock.advance(600);
    const { status, headers } = await ask();
    expect(status).toBe(429);
    const sent = Object.fromEntries([...headers].filter(([name]) => name.startsWith("retry-after")));
    expect(sent).toEqual(expected);
    await clock.advance(4400);
    expect((await ask()).status).toBe(200);
  });

  it("Retry-After as a date, never too early", async () => {
    const { ask, clock } = setUp({ rateLimit: { plan: { limit: 1, windowMs: 5000 }, retryAfter: "date" } });
    await ask();
    const free = clock.now() + 5000;
    await clock.advance(600);
    const date = Date.parse((await ask()).headers.get("retry-after") ?? "");
    expect(date).toBeGreaterThanOrEqual(free);
    expect(date).toBeLessThan(free + 1000);
  });

  it("rate-limit headers on answers and refusals, and none by default", async () => {
    const { ask, clock } = setUp({
      rateLimit: { plan: { limit: 2, windowMs: 60_000 }, window: "fixed", headers: true },
    });
    const state = async () => {
      const { headers } = await ask();
      return ["limit", "remaining", "reset"].map((name) => headers.get(`x-ratelimit-${name}-requests`));
    };
    expect(await state()).toEqual(["2", "1", "1m0s"]);
    await clock.advance(500);
    expect(await state()).toEqual(["2", "0", "59.5s"]);
    await clock.advance(59_250);
    expect(await state()).toEqual(["2", "0", "250ms"]);
    const plain = await setUp({ rateLimit: { plan: "free" } }).ask();
    expect([...plain.headers.keys()].filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
  });

  it("the 429 has the documented shape and names the limit", async () => {
    const { ask } = setUp({ rateLimit: { plan: { limit: 1, windowMs: 60_000 } } });
    await ask();
    expect((await ask()).body).toEqual({
      error: {
        message: "Rate limit exceeded: 1 requests per 1m0s",
        type: "rate_limit_error",
        code: "rate_limit_exceeded",
      },
    });
  });

  it("a plan changed while it runs counts from the next request on", async () => {
    const { list, keys } = setUp({ rateLimit: { plan: { limit: 1, windowMs: 1000 } } });
    expect([await list(), await list()]).toEqual([200, 429]);
    if (keys[0]) keys[0].plan = "unlimited";
    expect(await list()).toBe(200);
  });
});
