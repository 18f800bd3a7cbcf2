import { RunnableLambda } from "@langchain/core/runnables";
import { DynamicStructuredTool, DynamicTool, tool } from "@langchain/core/tools";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod-3";
import { failure, useEmulator } from "../test/harness.ts";
import { ConfigurationError } from "./index.ts";

const { chat, lastBody, requests } = useEmulator();

const city = { type: "object" as const, properties: { city: { type: "string" as const } }, required: ["city"] };
const sent = {
  type: "function",
  function: { name: "look", description: "Looks.", parameters: expect.objectContaining(city) as object },
};

describe("bindTools", () => {
  test.each([
    [
      "tool() with zod 4",
      tool(async () => "", { name: "look", description: "Looks.", schema: z.object({ city: z.string() }) }),
    ],
    [
      "tool() with zod 3",
      tool(async () => "", { name: "look", description: "Looks.", schema: z3.object({ city: z3.string() }) }),
    ],
    ["tool() with JSON schema", tool(async () => "", { name: "look", description: "Looks.", schema: city })],
    [
      "DynamicStructuredTool",
      new DynamicStructuredTool({
        name: "look",
        description: "Looks.",
        schema: z.object({ city: z.string() }),
        func: async () => "",
      }),
    ],
    [
      "a runnable as tool",
      RunnableLambda.from(async () => "").asTool({
        name: "look",
        description: "Looks.",
        schema: z.object({ city: z.string() }),
      }),
    ],
    ["name, description, schema", { name: "look", description: "Looks.", schema: z.object({ city: z.string() }) }],
    ["OpenAI's form", { type: "function", function: { name: "look", description: "Looks.", parameters: city } }],
    ["OpenAI's form of the Responses API", { type: "function", name: "look", description: "Looks.", parameters: city }],
    ["a bare function", { name: "look", description: "Looks.", parameters: city }],
    ["Anthropic's form", { name: "look", description: "Looks.", input_schema: city }],
  ])("takes %s", async (_, given) => {
    await chat().bindTools([given]).invoke("Hello");
    expect(lastBody()["tools"]).toEqual([sent]);
  });

  test("a tool of one text", async () => {
    await chat()
      .bindTools([new DynamicTool({ name: "look", description: "Looks.", func: async () => "" })])
      .invoke("Hello");
    expect(lastBody()["tools"]).toMatchObject([
      { function: { name: "look", parameters: { properties: { input: {} } } } },
    ]);
  });

  test("a tool of another type is sent as it is", async () => {
    await failure(chat().invoke("Hello", { tools: [{ type: "web_search", depth: 2 }] }));
    expect(lastBody()["tools"]).toEqual([{ type: "web_search", depth: 2 }]);
  });

  test("what is no tool is a clear error, before any request", () => {
    expect(() => chat().bindTools([{ title: "Look", properties: {} }])).toThrow(ConfigurationError);
    expect(() => chat().bindTools([{ name: "look" }])).toThrow("A tool is none that can be sent");
  });

  test.each([
    ["auto", "auto"],
    ["none", "none"],
    ["any", "required"],
    ["required", "required"],
    ["look", { type: "function", function: { name: "look" } }],
    [
      { type: "function", function: { name: "look" } },
      { type: "function", function: { name: "look" } },
    ],
  ])("tool_choice %j is sent as %j", async (tool_choice, wire) => {
    await chat()
      .bindTools([{ name: "look", input_schema: city }], { tool_choice })
      .invoke("Hello");
    expect(lastBody()["tool_choice"]).toEqual(wire);
  });

  test.each(["any", "required", "look"])(
    "a model that refuses a forced choice is left to choose: %s",
    async (tool_choice) => {
      const model = chat({ model: "deepseek-r1" });
      await model.bindTools([{ name: "look", input_schema: city }], { tool_choice }).invoke("Hello");
      expect(lastBody()["tool_choice"]).toBe("auto");
      // The model of the call counts, not that of the constructor.
      await model.invoke("Hello", { model: "gpt-4o", tools: [{ name: "look", input_schema: city }], tool_choice });
      expect(lastBody()["tool_choice"]).not.toBe("auto");
    },
  );

  test("strict and parallel_tool_calls", async () => {
    await chat()
      .bindTools([{ name: "look", input_schema: city }], { strict: true, parallel_tool_calls: false })
      .invoke("Hello");
    expect(lastBody()).toMatchObject({ tools: [{ function: { strict: true } }], parallel_tool_calls: false });
    await chat()
      .bindTools([{ name: "look", parameters: city, strict: true }])
      .invoke("Hello");
    expect(lastBody()).toMatchObject({ tools: [{ function: { strict: true } }] });
    await chat()
      .bindTools([{ name: "look", input_schema: city }])
      .invoke("Hello");
    expect(lastBody()["tools"]).not.toHaveProperty([0, "function", "strict"]);
  });

  test("an empty list is omitted, and what only tools need with it", async () => {
    await chat().bindTools([], { tool_choice: "any", parallel_tool_calls: true }).invoke("Hello");
    expect(Object.keys(lastBody())).not.toEqual(expect.arrayContaining(["tools"]));
    expect(lastBody()).not.toHaveProperty("tool_choice");
    expect(lastBody()).not.toHaveProperty("parallel_tool_calls");
    expect(requests()).toHaveLength(1);
  });

  test("the caller's objects stay as they are", async () => {
    const given = deepFreeze({
      type: "function",
      function: { name: "look", description: "Looks.", parameters: structuredClone(city) },
    });
    await chat().bindTools([given], { strict: true }).invoke("Hello");
    await chat().invoke("Hello", { tools: [given], strict: false });
    expect(given).toEqual({ type: "function", function: { name: "look", description: "Looks.", parameters: city } });
  });
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
