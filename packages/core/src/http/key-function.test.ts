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

  test("that fails says so, with the cause", async () => {
    await using emulator = await startCanaryEmulator();
    const cause = new RangeError("the vault is shut");
    const client = createCanaryClient(emulator, { apiKey: () => Promise.reject(cause) });
    expect(await rejection(client.chat(body))).toMatchObject({ name: "ConfigurationError", field: "apiKey", cause });
    expect(emulator.journal.requests).toHaveLength(0);
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
