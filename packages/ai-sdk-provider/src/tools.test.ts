import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { call, useEmulator } from "../test/harness.ts";

const { celuxe, lastBody } = useEmulator();

type Tool = NonNullable<LanguageModelV4CallOptions["tools"]>[number];
const inputSchema = { type: "object", properties: { city: { type: "string" } } } as const;
const look: Tool = { type: "function", name: "look", inputSchema };
const wireLook = { type: "function", function: { name: "look", parameters: inputSchema } };

async function send(options: Partial<LanguageModelV4CallOptions>, modelId = "gpt-4o") {
  const { warnings } = await celuxe()(modelId).doGenerate(call(options));
  const { tools, tool_choice: choice } = lastBody();
  return { tools, choice, warnings };
}

describe("tools", () => {
  test.each<[string, Tool, object]>([
    ["a name and a schema", look, wireLook],
    [
      "a description and strictness",
      { ...look, description: "Looks.", strict: true },
      { type: "function", function: { name: "look", description: "Looks.", parameters: inputSchema, strict: true } },
    ],
    [
      "strictness that is switched off",
      { ...look, strict: false },
      { type: "function", function: { name: "look", parameters: inputSchema, strict: false } },
    ],
    [
      "options, which cannot replace the tool",
      { ...look, providerOptions: { celuxe: { cache_control: { type: "ephemeral" }, type: "other" } } },
      { ...wireLook, cache_control: { type: "ephemeral" } },
    ],
  ])("with %s", async (_, tool, expected) => {
    const { tools, warnings } = await send({ tools: [tool] });
    expect(tools).toEqual([expected]);
    expect(warnings).toEqual([]);
  });

  test("input examples are not sent, with a warning that says what is", async () => {
    const { tools, warnings } = await send({ tools: [{ ...look, inputExamples: [{ input: { city: "Paris" } }] }] });
    expect(tools).toEqual([wireLook]);
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "inputExamples of the tool look" }]);
  });

  test("tools that a provider runs are not sent, with a warning each", async () => {
    const search: Tool = { type: "provider", id: "openai.web_search", name: "search", args: {} };
    const later = { type: "hologram" } as unknown as Tool;
    const { tools, warnings } = await send({ tools: [search, look, later] });
    expect(tools).toEqual([wireLook]);
    expect(warnings).toMatchObject([
      { type: "unsupported", feature: "provider tool openai.web_search" },
      { type: "unsupported", feature: "tool type hologram" },
    ]);
    expect(await send({ tools: [search], toolChoice: { type: "auto" } })).toMatchObject({ tools: undefined });
  });
});

describe("tool choice", () => {
  test.each<[LanguageModelV4CallOptions["toolChoice"], unknown]>([
    [undefined, undefined],
    [{ type: "auto" }, "auto"],
    [{ type: "none" }, "none"],
    [{ type: "required" }, "required"],
    [
      { type: "tool", toolName: "look" },
      { type: "function", function: { name: "look" } },
    ],
  ])("%j", async (toolChoice, expected) => {
    const { choice, warnings } = await send({ tools: [look], ...(toolChoice && { toolChoice }) });
    expect(choice).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("a model that is known to refuse a forced choice is left to choose, with a warning", async () => {
    for (const toolChoice of [{ type: "required" }, { type: "tool", toolName: "look" }] as const) {
      const { choice, warnings } = await send({ tools: [look], toolChoice }, "deepseek-r1");
      expect(choice).toBe("auto");
      expect(warnings).toMatchObject([{ type: "compatibility", feature: "toolChoice" }]);
    }
    expect(await send({ tools: [look], toolChoice: { type: "none" } }, "deepseek-r1")).toMatchObject({
      choice: "none",
      warnings: [],
    });
  });

  test("without a tool to choose, or of a kind that a later AI SDK may add, it is a warning", async () => {
    const { choice, warnings } = await send({ toolChoice: { type: "required" } });
    expect(choice).toBeUndefined();
    expect(warnings).toMatchObject([{ message: "toolChoice is not sent, because there is no tool to choose." }]);
    const later = await send({ tools: [look], toolChoice: { type: "several" } as never });
    expect(later).toMatchObject({ choice: undefined, warnings: [{ feature: "tool choice several" }] });
  });
});
