import { afterEach, expect, test, vi } from "vitest";
import { createCeluxeClient } from "./index.ts";

afterEach(() => vi.unstubAllEnvs());

test("a client tells a framework where requests go and what it retries itself", () => {
  const { config } = createCeluxeClient({
    apiKey: "sk-test",
    baseURL: "http://127.0.0.1:1/v1",
    maxRetries: 0,
    rateLimit: false,
  });
  expect(config).toEqual({ baseURL: "http://127.0.0.1:1/v1", maxRetries: 0, rateLimited: false });
  expect(createCeluxeClient().config).toMatchObject({ maxRetries: 2, rateLimited: true });
});

test("the base URL of the environment is read when it is asked for, not before", () => {
  const client = createCeluxeClient();
  vi.stubEnv("CELUXE_BASE_URL", "http://localhost:4010/v1");
  expect(client.config.baseURL).toBe("http://localhost:4010/v1");
});
