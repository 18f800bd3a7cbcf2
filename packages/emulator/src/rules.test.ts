import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createEmulator, type Fault, type RunningEmulator, startEmulator } from "./index.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] };

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
afterEach(() => emulator.faults.clear());

function post(body: unknown = QUESTION, init: RequestInit = {}) {
  return fetch(`${emulator.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify(body),
    ...init,
  });
}

describe("which requests a fault is for", () => {
  const statuses = async (count: number, prompt = "Hi") => {
    const all = [];
    for (let index = 0; index < count; index++) {
      const response = await post({ ...QUESTION, messages: [{ role: "user", content: prompt }] });
      await response.text();
      all.push(response.status);
    }
    return all;
  };
  const failing = (status: number): Fault => ({ type: "status", status });

  it("by call number, counted from when it was added", async () => {
    await statuses(2);
    emulator.faults.add({ call: 2, fault: failing(503) }, { call: 4, times: 2, fault: failing(500) });
    expect(await statuses(6)).toEqual([200, 503, 200, 500, 500, 200]);
  });

  it("the first so many", async () => {
    emulator.faults.add({ times: 2, fault: failing(500) });
    expect(await statuses(3)).toEqual([500, 500, 200]);
  });

  it("by text, by expression, by anything in the request", async () => {
    emulator.faults.add(
      { match: "weather", fault: failing(501) },
      { match: /time|clock/i, fault: failing(502) },
      { match: (request) => request.headers["x-test"] === "yes", fault: failing(503) },
    );
    expect(await statuses(1, "the weather?")).toEqual([501]);
    expect(await statuses(1, "What CLOCK?")).toEqual([502]);
    expect(await statuses(1, "hello")).toEqual([200]);
    const headers = { authorization: `Bearer ${emulator.apiKey}`, "x-test": "yes" };
    expect((await post(QUESTION, { headers })).status).toBe(503);
  });

  it("call numbers count what matches", async () => {
    emulator.faults.add({ match: "b", call: 2, fault: failing(500) });
    expect([...(await statuses(1, "b")), ...(await statuses(1, "a")), ...(await statuses(2, "b"))]).toEqual([
      200, 200, 500, 200,
    ]);
  });

  it("the first rule wins, and clear() ends all", async () => {
    emulator.faults.add({ call: 1, fault: failing(501) }, { fault: failing(502) });
    expect(await statuses(2)).toEqual([501, 502]);
    emulator.faults.clear();
    expect(await statuses(1)).toEqual([200]);
  });

  it("a matcher that throws is told to the test's author", async () => {
    emulator.faults.add({
      match() {
        throw new Error("oops");
      },
      fault: failing(500),
    });
    const response = await post();
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: expect.objectContaining({ message: "The emulator failed: Error: oops" }) },
    ]);
  });

  it("the same every time", async () => {
    const play = async () => {
      const twin = createEmulator({
        seed: 7,
        clock: "manual",
        faults: [{ call: 2, fault: { type: "malformed-line" } }],
      });
      const texts = [];
      for (let call = 1; call <= 3; call++) {
        const response = await twin.fetch("http://x/v1/chat/completions", {
          method: "POST",
          headers: { authorization: `Bearer ${twin.apiKey}` },
          body: JSON.stringify({ ...QUESTION, stream: true, model: "deepseek-r1" }),
        });
        texts.push((await response.text()).replaceAll(/"created":\d+/g, ""));
      }
      return texts;
    };
    expect(await play()).toEqual(await play());
  });
});
