import * as langChainErrors from "@langchain/core/errors";
import { OutputParserException } from "@langchain/core/output_parsers";
import type { SerializableSchema } from "@langchain/core/utils/standard_schema";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod-3";
import { chunk, collect, done, failure, useEmulator } from "../test/harness.ts";
import { type ChatCeluxeInput, ConfigurationError } from "./index.ts";

const { chat, emulator, lastBody, reply, script } = useEmulator();

interface Joke {
  setup: string;
  punchline: string;
}
const joke: Joke = { setup: "Why?", punchline: "Because." };
const cut = '{"setup":"Why?","punch';

const jsonSchema = {
  title: "joke",
  description: "A joke.",
  type: "object",
  properties: { setup: { type: "string" }, punchline: { type: "string" } },
  required: ["setup", "punchline"],
};

/** A schema of neither zod, as the specification of Standard Schema has it. */
const standard = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof (value as Partial<Joke>).punchline === "string"
        ? { value: value as Joke }
        : { issues: [{ message: "is missing", path: ["punchline"] }] },
    jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
  },
} as SerializableSchema<Joke>;

const schemas = {
  "zod 4": z.object({ setup: z.string(), punchline: z.string() }).describe("A joke."),
  "zod 3": z3.object({ setup: z3.string(), punchline: z3.string() }).describe("A joke."),
  "Standard Schema": standard,
  "JSON schema": jsonSchema,
};
const everySchema = Object.keys(schemas) as (keyof typeof schemas)[];
const methods = ["functionCalling", "jsonSchema", "jsonMode"] as const;

/** Lets the model answer with this text in the way of the method. */
function answerWith(method: (typeof methods)[number], text: string | string[], finishReason?: string) {
  const end = finishReason === undefined ? {} : { finishReason };
  reply(method === "functionCalling" ? { toolCalls: [{ name: "joke", arguments: text }], ...end } : { text, ...end });
}

const properties = expect.objectContaining({ setup: expect.anything() as object }) as object;

describe.each(methods)("%s", (method) => {
  const options = { method, name: "joke" };

  test.each(everySchema)("%s", async (kind) => {
    answerWith(method, JSON.stringify(joke));
    const model = chat().withStructuredOutput<Joke>(schemas[kind] as SerializableSchema<Joke>, options);
    expect(await model.invoke("Speak JSON")).toEqual(joke);
    const parameters = expect.objectContaining({ properties }) as object;
    if (method === "functionCalling") {
      expect(lastBody()).toMatchObject({
        tools: [{ type: "function", function: { name: "joke", parameters } }],
        tool_choice: { type: "function", function: { name: "joke" } },
      });
    } else if (method === "jsonSchema") {
      expect(lastBody()["response_format"]).toMatchObject({
        type: "json_schema",
        json_schema: { name: "joke", schema: parameters },
      });
    } else expect(lastBody()["response_format"]).toEqual({ type: "json_object" });
  });

  test("streams what is there so far, and the whole as the last value", async () => {
    answerWith(method, ['{"setup":', '"Wh', 'y?","punchline":', '"Because."}']);
    const model = chat({ mergeDeltas: false }).withStructuredOutput<Joke>(schemas["zod 4"], options);
    const values = await collect(model.stream("Speak JSON"));
    expect(values).toContainEqual({ setup: "Wh" });
    expect(values.at(-1)).toEqual(joke);
  });

  test("streams with outputVersion v1", async () => {
    answerWith(method, JSON.stringify(joke));
    const model = chat({ outputVersion: "v1" }).withStructuredOutput<Joke>(schemas["zod 4"], options);
    expect((await collect(model.stream("Speak JSON"))).at(-1)).toEqual(joke);
    expect(await model.invoke("Speak JSON")).toEqual(joke);
  });

  test.each(["invoke", "stream"] as const)("a cut answer is no value, by %s", async (path) => {
    answerWith(method, cut, "length");
    const model = chat().withStructuredOutput<Partial<Joke>>(jsonSchema, options);
    const error = await failure(path === "invoke" ? model.invoke("Speak JSON") : collect(model.stream("Speak JSON")));
    expect(error).toBeInstanceOf(OutputParserException);
    expect((error as Error).message).toContain("Raise maxTokens");
    expect((error as OutputParserException).llmOutput).toBe(cut);
  });

  test.each(everySchema.slice(0, 3))("an answer that does not fit %s names the field", async (kind) => {
    answerWith(method, '{"setup":"Why?"}');
    const model = chat().withStructuredOutput<Joke>(schemas[kind] as SerializableSchema<Joke>, options);
    for (const call of [() => model.invoke("Speak JSON"), () => collect(model.stream("Speak JSON"))]) {
      const error = await failure(call());
      expect(error).toBeInstanceOf(OutputParserException);
      expect((error as Error).message).toContain("punchline: ");
    }
  });

  test("includeRaw gives the message along, and null for what does not fit", async () => {
    answerWith(method, JSON.stringify(joke));
    const model = chat().withStructuredOutput<Joke>(schemas["zod 4"], { ...options, includeRaw: true });
    const { raw, parsed } = await model.invoke("Speak JSON");
    expect(parsed).toEqual(joke);
    expect(raw.response_metadata).toMatchObject({ model_provider: "celuxe" });
    emulator().replies.clear();
    answerWith(method, cut, "length");
    expect(await model.invoke("Speak JSON")).toMatchObject({ parsed: null, raw: { type: "ai" } });
  });

  test("a refusal is LangChain's error for it", async () => {
    reply({ refusal: "I cannot." });
    const model = chat().withStructuredOutput<Joke>(schemas["zod 4"], options);
    for (const call of [() => model.invoke("Speak JSON"), () => collect(model.stream("Speak JSON"))]) {
      const error = await failure(call());
      // LangChain 1.3.1 has none.
      if ((langChainErrors as Partial<typeof langChainErrors>).ModelRefusalError)
        expect((error as Error).name).toBe("ModelRefusalError");
      else expect(error).toBeInstanceOf(OutputParserException);
      expect((error as Error).message).toContain("I cannot.");
    }
  });

  test("is traced with its method and the bare JSON schema", async () => {
    answerWith(method, JSON.stringify(joke));
    const traced: unknown[] = [];
    await chat()
      .withStructuredOutput<Joke>(schemas["JSON schema"], options)
      .invoke("Speak JSON", {
        callbacks: [
          {
            handleChatModelStart: (_llm, _messages, _run, _parent, extra) =>
              void traced.push(
                (extra?.["options"] as Record<string, unknown> | undefined)?.["ls_structured_output_format"],
              ),
          },
        ],
      });
    const names = { functionCalling: "function_calling", jsonSchema: "json_schema", jsonMode: "json_mode" };
    expect(traced).toEqual([{ kwargs: { method: names[method] }, schema: jsonSchema }]);
  });
});

describe("without a method", () => {
  test.each<[string, string]>([
    ["deepseek-v3", "tools"],
    ["gpt-4o", "response_format"],
    ["somebody/new-model", "tools"],
  ])("%s is asked by %s", async (model, field) => {
    emulator().faults.add({ fault: { type: "status", status: 400 } });
    await failure(chat({ model }).withStructuredOutput(jsonSchema).invoke("Hello"));
    expect(Object.keys(lastBody())).toContain(field);
  });

  test("the name comes from the schema, else it is extract", async () => {
    reply({ toolCalls: [{ name: "joke", arguments: joke as never }] });
    expect(await chat().withStructuredOutput(jsonSchema).invoke("Hello")).toEqual(joke);
    expect(lastBody()).toMatchObject({ tools: [{ function: { name: "joke", description: "A joke." } }] });
    await failure(chat().withStructuredOutput(schemas["zod 4"]).invoke("Hello"));
    expect(lastBody()).toMatchObject({ tools: [{ function: { name: "extract", description: "A joke." } }] });
  });

  test("a function in OpenAI's form is a schema too", async () => {
    reply({ toolCalls: [{ name: "tell", arguments: joke as never }] });
    const tell = { name: "tell", description: "Tells.", parameters: jsonSchema };
    expect(await chat().withStructuredOutput(tell).invoke("Hello")).toEqual(joke);
    expect(lastBody()).toMatchObject({
      tools: [{ function: { name: "tell", description: "Tells.", parameters: jsonSchema } }],
    });
  });

  test("strict is sent where it is set", async () => {
    reply({ toolCalls: [{ name: "joke", arguments: joke as never }] });
    await chat().withStructuredOutput(jsonSchema, { strict: true }).invoke("Hello");
    expect(lastBody()).toMatchObject({ tools: [{ function: { strict: true } }] });
    reply({ text: JSON.stringify(joke) });
    await failure(chat().withStructuredOutput(jsonSchema, { strict: false, method: "jsonSchema" }).invoke("Hello"));
    expect(lastBody()).toMatchObject({ response_format: { json_schema: { strict: false } } });
  });

  test("text in place of the call says so", async () => {
    reply({ text: "No idea." });
    const error = await failure(chat({ model: "deepseek-r1" }).withStructuredOutput(jsonSchema).invoke("Hello"));
    expect((error as Error).message).toContain("answered with text and did not call joke");
    expect(lastBody()["tool_choice"]).toBe("auto");
  });

  test("another method is a clear error", () => {
    expect(() => chat().withStructuredOutput(jsonSchema, { method: "prayer" })).toThrow(ConfigurationError);
  });

  test("values are as the schema makes them, also streamed", async () => {
    reply({ toolCalls: [{ name: "extract", arguments: { at: "2026-01-02" } }] });
    const schema = z.object({ at: z.string().transform((at) => new Date(at)) });
    const model = chat().withStructuredOutput(schema);
    expect((await model.invoke("When?")).at).toEqual(new Date("2026-01-02"));
    expect((await collect(model.stream("When?"))).at(-1)?.at).toEqual(new Date("2026-01-02"));
  });

  const whole = '{"title":"Brackets [1} and \\"```\\" signs","list":[{"a":1}]}';
  test.each([
    ["alone", whole],
    ["in a fence", `\`\`\`json\n${whole}\n\`\`\``],
    ["in a fence of no language, between words", `Of course!\n\n\`\`\`\n${whole}\n\`\`\`\n\nAnything else?`],
    ["between words", `Here you are: ${whole} I hope that helps.`],
    ["behind other brackets", `As in [1] and {}, see: ${whole}`],
  ])("JSON %s is found", async (_, text) => {
    const structured = chat().withStructuredOutput({ type: "object" }, { method: "jsonMode" });
    reply({ text });
    expect(await structured.invoke("JSON")).toEqual(JSON.parse(whole));
    expect((await collect(structured.stream("JSON"))).at(-1)).toEqual(JSON.parse(whole));
  });

  test.each([
    ["in a fence", `\`\`\`json\n${whole.slice(0, -5)}`],
    ["behind words", `See {}, here: ${whole.slice(0, -2)}`],
    ["with nothing but words", "I cannot do that."],
  ])("JSON that is cut is none, %s", async (_, text) => {
    reply({ text });
    const structured = chat().withStructuredOutput({ type: "object" }, { method: "jsonMode" });
    expect((await failure(structured.invoke("JSON"))) as Error).toMatchObject({
      message: expect.stringContaining("is not JSON"),
    });
    expect((await failure(collect(structured.stream("JSON")))) as Error).toMatchObject({
      message: expect.stringContaining("is not JSON"),
    });
  });

  test("text in a fence is read too", async () => {
    script([chunk({ content: "```json\n" }), chunk({ content: `${JSON.stringify(joke)}\n\`\`\`` }, "stop"), done]);
    expect(
      (await collect(chat().withStructuredOutput(jsonSchema, { method: "jsonMode" }).stream("JSON"))).at(-1),
    ).toEqual(joke);
  });

  test("the model's fields stay", async () => {
    const fields: Partial<ChatCeluxeInput> = { temperature: 0, maxTokens: 50 };
    reply({ toolCalls: [{ name: "joke", arguments: joke as never }] });
    await chat(fields).withStructuredOutput(jsonSchema).invoke("Hello");
    expect(lastBody()).toMatchObject({ temperature: 0, max_tokens: 50 });
  });
});
