import { startEmulator } from "@celuxe/emulator";
import { expect, test } from "vitest";
import { createCeluxeClient, RateLimitError } from "../index.ts";

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

test("a call with maxAttempts 1 makes one request, also where a 429 says to come back at once", async () => {
  await using emulator = await startEmulator({
    faults: [{ fault: { type: "status", status: 429, headers: { "retry-after-ms": "1" } }, times: 1 }],
  });
  const client = createCeluxeClient({ apiKey: emulator.apiKey, baseURL: emulator.url });
  const error: unknown = await client.chat(body, { maxAttempts: 1 }).catch((reason: unknown) => reason);
  expect(RateLimitError.isInstance(error) && error.attempts).toBe(1);
  expect(emulator.journal.requests).toHaveLength(1);
  await client.chat(body, { maxAttempts: 2 });
  expect(emulator.journal.requests).toHaveLength(2);
});
