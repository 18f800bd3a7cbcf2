import { Agent, request } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { startEmulator } from "./index.ts";

describe("startEmulator", () => {
  it("takes a free port of this machine, or the one it is given", async () => {
    await using first = await startEmulator();
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const { port } = new URL(first.url);
    await expect(startEmulator({ port: Number(port) })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.close();
    await using second = await startEmulator({ port: Number(port) });
    expect(second.url).toBe(first.url);
  });

  it("names an address that can be reached, also where it listens on all", async () => {
    await using everywhere = await startEmulator({ host: "0.0.0.0" });
    expect(everywhere.url).toMatch(/^http:\/\/localhost:\d+\/v1$/);
    expect((await fetch(`${everywhere.url}/models`)).status).toBe(401);
  });

  it("close() ends streams, idle connections and waits at once, and can be called twice", async () => {
    const emulator = await startEmulator({ pace: { firstTokenMs: 600_000 } });
    const init = (stream: boolean): RequestInit => ({
      method: "POST",
      headers: { authorization: `Bearer ${emulator.apiKey}` },
      body: JSON.stringify({ model: "gpt-4o", stream, messages: [{ role: "user", content: "Hi" }] }),
    });
    const streaming = fetch(`${emulator.url}/chat/completions`, init(true)).then((response) => response.text());
    const waiting = fetch(`${emulator.url}/chat/completions`, init(false));
    const { hostname, port } = new URL(emulator.url);
    const idle = connect(Number(port), hostname);
    const idleClosed = new Promise((resolve) => idle.on("close", resolve));
    while (emulator.journal.open < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const settled = Promise.allSettled([streaming, waiting]);
    await Promise.all([emulator.close(), emulator.close()]);
    expect((await settled).map((result) => result.status)).toEqual(["rejected", "rejected"]);
    await idleClosed;
    await emulator.journal.idle();
    await expect(fetch(`${emulator.url}/models`)).rejects.toThrow("fetch failed");
  });

  it("keeps idle connections for longer than any test, and says so", async () => {
    await using emulator = await startEmulator();
    const agent = new Agent({ keepAlive: true });
    const header = await new Promise((resolve) => {
      request(`${emulator.url}/models`, { agent }, (response) =>
        resolve(response.resume().headers["keep-alive"]),
      ).end();
    });
    expect(header).toBe("timeout=600");
    agent.destroy();
  });

  it("leaves the globals of its user alone", async () => {
    const before = [globalThis.Request, globalThis.Response];
    await using emulator = await startEmulator();
    await fetch(`${emulator.url}/models`);
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });

  it("two emulators in one process know nothing of each other", async () => {
    await using first = await startEmulator({ keys: [{ key: "sk-1" }] });
    await using second = await startEmulator({ keys: [{ key: "sk-2" }] });
    expect((await fetch(`${second.url}/models`, { headers: { authorization: `Bearer ${first.apiKey}` } })).status).toBe(
      401,
    );
    expect([first.journal.requests.length, second.journal.requests.length]).toEqual([0, 1]);
  });
});
