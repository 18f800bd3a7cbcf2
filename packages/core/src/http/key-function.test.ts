import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { canaryKey, createCanaryClient, rejection, startCanaryEmulator } from "../../test/canary.ts";

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

describe("a key function", () => {
  test("is asked for every request, and once more on 401", async () => {
    await using emulator = await startCanaryEmulator();
    const keys = ["sk-revoked", canaryKey, canaryKey];
    let asked = 0;
    const client = createCanaryClient(emulator, { apiKey: async () => keys[asked++]! });
    expect((await client.chat(body)).response.attempts).toBe(2);
    expect(asked).toBe(2);
    await client.chat(body);
    expect(asked).toBe(3);
    expect(emulator.journal.requests.map((request) => request.status)).toEqual([401, 200, 200]);
  });

  test("whose second key is wrong as well ends the call", async () => {
    await using emulator = await startCanaryEmulator();
    const client = createCanaryClient(emulator, { apiKey: () => "sk-revoked" });
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 2 });
    expect(error).toHaveProperty("message", expect.stringContaining("it came from the apiKey function"));
    expect(emulator.journal.requests).toHaveLength(2);
  });

  test("that fails says so, with the words of the cause", async () => {
    await using emulator = await startCanaryEmulator();
    const vault = new RangeError("the vault is shut");
    const client = createCanaryClient(emulator, { apiKey: () => Promise.reject(vault) });
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({
      name: "ConfigurationError",
      field: "apiKey",
      message: expect.stringContaining("(RangeError)"),
      cause: { name: "RangeError", message: "the vault is shut", stack: expect.stringContaining("key-function.test") },
    });
    expect(emulator.journal.requests).toHaveLength(0);
  });

  test("whose error carries a key, or the request of another service, shows none of it", async () => {
    await using emulator = await startCanaryEmulator();
    const thrown = () =>
      Object.assign(new Error(`${canaryKey} is stale, got Bearer vault-token`), {
        config: { headers: { authorization: `Bearer ${canaryKey}` } },
        cause: new Error(`{"old":"${canaryKey.slice(0, 20)}"}`),
      });
    let asked = 0;
    const client = createCanaryClient(emulator, {
      apiKey: () => (asked++ === 1 ? canaryKey : Promise.reject(thrown())),
    });
    const before = await rejection(client.chat(body));
    await client.chat(body);
    const after = await rejection(client.chat(body));
    for (const error of [before, after]) {
      const shown = inspect(error, { depth: 9, showHidden: true, customInspect: false });
      expect(shown).not.toMatch(/canary-7Q|vault-token/);
      expect(shown).toContain("is stale");
    }
  });

  test("that hangs does not outlast an abort or the total deadline", async () => {
    await using emulator = await startCanaryEmulator();
    const apiKey = () => new Promise<string>(() => {});
    const client = createCanaryClient(emulator, { apiKey });
    expect(await rejection(client.chat(body, { signal: AbortSignal.abort("left") }))).toBe("left");
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 50);
    expect(await rejection(client.chat(body, { signal: controller.signal }))).toBe("enough");
    const timed = createCanaryClient(emulator, { apiKey, timeout: 100 });
    expect(await rejection(timed.chat(body))).toMatchObject({ name: "RequestTimeoutError", phase: "total" });
  });
});
