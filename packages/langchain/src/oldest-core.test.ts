// The tests of this package once more, with the oldest @langchain/core that it supports in place of the newest.
import { describe, expect, test, vi } from "vitest";
import oldest from "langchain-core-1.3.1/package.json" with { type: "json" };

vi.mock("@langchain/core/caches", () => import("langchain-core-1.3.1/caches"));
vi.mock("@langchain/core/errors", async () => ({
  // A mock throws where a module gives undefined for a name that it does not export.
  ModelRefusalError: undefined,
  ...(await import("langchain-core-1.3.1/errors")),
}));
vi.mock(
  "@langchain/core/language_models/chat_models",
  () => import("langchain-core-1.3.1/language_models/chat_models"),
);
vi.mock("@langchain/core/language_models/stream", () => import("langchain-core-1.3.1/language_models/stream"));
vi.mock(
  "@langchain/core/language_models/structured_output",
  () => import("langchain-core-1.3.1/language_models/structured_output"),
);
vi.mock("@langchain/core/load", () => import("langchain-core-1.3.1/load"));
vi.mock("@langchain/core/messages", () => import("langchain-core-1.3.1/messages"));
vi.mock("@langchain/core/output_parsers", () => import("langchain-core-1.3.1/output_parsers"));
vi.mock("@langchain/core/outputs", () => import("langchain-core-1.3.1/outputs"));
vi.mock("@langchain/core/runnables", () => import("langchain-core-1.3.1/runnables"));
vi.mock("@langchain/core/tools", () => import("langchain-core-1.3.1/tools"));
vi.mock("@langchain/core/utils/function_calling", () => import("langchain-core-1.3.1/utils/function_calling"));
vi.mock("@langchain/core/utils/json_schema", () => import("langchain-core-1.3.1/utils/json_schema"));
vi.mock("@langchain/core/utils/standard_schema", () => import("langchain-core-1.3.1/utils/standard_schema"));
vi.mock("@langchain/core/utils/types", () => import("langchain-core-1.3.1/utils/types"));

test("the model is built on the oldest", async () => {
  const { BaseChatModel } = await import("langchain-core-1.3.1/language_models/chat_models");
  const { ChatCeluxe, VERSION } = await import("./index.ts");
  expect(oldest.version).toBe("1.3.1");
  const model = new ChatCeluxe("deepseek-v3");
  expect(Object.getPrototypeOf(Object.getPrototypeOf(model))).toBe(BaseChatModel.prototype);
  expect(model.metadata?.["versions"]).toEqual({ "@langchain/core": "1.3.1", "@celuxe/langchain": VERSION });
});

describe("messages", async () => void (await import("./messages.test.ts")));
describe("requests", async () => void (await import("./request.test.ts")));
describe("tools", async () => void (await import("./tools.test.ts")));
describe("streams", async () => void (await import("./stream.test.ts")));
describe("events", async () => void (await import("./events.test.ts")));
describe("tolerance", async () => void (await import("./tolerance.test.ts")));
describe("structured output", async () => void (await import("./structured-output.test.ts")));
describe("errors", async () => void (await import("./errors.test.ts")));
describe("retries", async () => void (await import("./retries.test.ts")));
describe("serialization", async () => void (await import("./serialization.test.ts")));
