import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createEmulator } from "../index.ts";

const emulator = createEmulator();

async function ask(body: Record<string, unknown>) {
  const response = await emulator.fetch("http://emulator/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Go." }], ...body }),
  });
  return { status: response.status, body: await response.json() };
}

async function answerFor(schema: unknown, prompt = "Go."): Promise<unknown> {
  const { status, body } = await ask({
    messages: [{ role: "user", content: prompt }],
    response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
  });
  expect(body.error).toBeUndefined();
  expect(status).toBe(200);
  return JSON.parse(body.choices[0].message.content);
}

describe("JSON made from a schema fits the schema", () => {
  const schemas = {
    "nested objects and arrays": z.object({
      order: z.object({ lines: z.array(z.object({ sku: z.string(), count: z.int().min(1).max(5) })).min(2) }),
    }),
    enums: z.object({ unit: z.enum(["celsius", "fahrenheit"]), answer: z.literal(42) }),
    "open records": z.object({ scores: z.record(z.string(), z.number()) }),
    "records with named keys": z.record(z.enum(["de", "fr"]), z.string()),
    "optional and nullable fields": z.object({
      a: z.string().optional(),
      b: z.number().nullable(),
      c: z.boolean().nullish(),
    }),
    unions: z.object({
      shape: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("circle"), radius: z.number().positive() }),
        z.object({ kind: z.literal("box"), sides: z.array(z.number()).length(2) }),
      ]),
    }),
    tuples: z.object({ point: z.tuple([z.number(), z.string()]) }),
    formats: z.object({
      mail: z.email(),
      id: z.uuid(),
      link: z.url(),
      day: z.iso.date(),
      at: z.iso.datetime(),
      took: z.iso.duration(),
    }),
    "bounds of text": z.object({ code: z.string().length(3), long: z.string().min(40), short: z.string().max(2) }),
    "bounds of numbers": z.object({
      share: z.number().min(0).max(1),
      below: z.number().lt(0),
      even: z.int().multipleOf(2),
      above: z.number().gt(10),
    }),
    patterns: z.object({ plate: z.string().regex(/^[A-Z]{2}-\d{3}$/) }),
    recursion: z.object({
      get parent() {
        return z.union([z.null(), this_()]);
      },
      name: z.string(),
      get children() {
        return z.array(this_());
      },
    }),
  };
  function this_(): z.ZodType {
    return schemas.recursion;
  }

  it.each(Object.entries(schemas))("%s", async (_, schema) => {
    const json = z.toJSONSchema(schema);
    for (const target of [json, z.toJSONSchema(schema, { target: "draft-7" })]) {
      const value = await answerFor(target);
      expect(schema.safeParse(value)).toMatchObject({ success: true });
    }
  });

  it("whatever the schema (property)", async () => {
    await fc.assert(
      fc.asyncProperty(anySchema, async (schema) => {
        const value = await answerFor({ type: "object", properties: { value: schema }, required: ["value"] });
        const inner = (value as { value: unknown }).value;
        expect(z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(inner)).toMatchObject({
          success: true,
        });
      }),
      { numRuns: 300 },
    );
  });
});

const { schema: anySchema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => {
  const inner = tie("schema");
  const key = fc.stringMatching(/^[a-z]{1,8}$/);
  return {
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.record({ type: fc.constant("string") }),
      fc.nat(8).map((least) => ({ type: "string", minLength: least, maxLength: least + 4 })),
      fc.constantFrom("email", "uuid", "date", "date-time", "uri").map((format) => ({ type: "string", format })),
      fc.constantFrom("number", "integer").chain((type) =>
        fc.record(
          {
            type: fc.constant(type),
            minimum: fc.integer({ min: -50, max: 0 }),
            maximum: fc.integer({ min: 1, max: 50 }),
          },
          { requiredKeys: ["type"] },
        ),
      ),
      fc.constant({ type: "boolean" }),
      fc.uniqueArray(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }).map((values) => ({ enum: values })),
      fc.record({ type: fc.constant("array"), items: inner, minItems: fc.nat(3) }, { requiredKeys: ["type", "items"] }),
      fc.dictionary(key, inner).chain((properties) =>
        fc.subarray(Object.keys(properties)).map((required) => ({
          type: "object",
          properties,
          required,
          additionalProperties: false,
        })),
      ),
      inner.map((value) => ({ type: "object", additionalProperties: value })),
      inner.map((value) => ({ anyOf: [value, { type: "null" }] })),
    ),
  };
});

describe("what is made reads naturally", () => {
  it("records are not empty, nullable fields not null, strings are words", async () => {
    const schema = z.object({
      tags: z.array(z.string()),
      limits: z.record(z.string(), z.number()),
      note: z.string().nullable(),
    });
    const value = schema.parse(await answerFor(z.toJSONSchema(schema)));
    expect(Object.keys(value.limits)).not.toHaveLength(0);
    expect(value.note).toMatch(/^[A-Za-z ,.]+$/);
    expect(value.tags.join("")).toMatch(/^[a-z]+$/);
  });

  it("places come from the question", async () => {
    const schema = z.object({ city: z.string() });
    expect(await answerFor(z.toJSONSchema(schema), "What is the weather in New York?")).toEqual({ city: "New York" });
  });

  it("the same seed makes the same value, another seed another", async () => {
    const response_format = {
      type: "json_schema",
      json_schema: { name: "x", schema: z.toJSONSchema(z.array(z.uuid()).length(4)) },
    };
    const contentWith = async (seed: number) => (await ask({ seed, response_format })).body.choices[0].message.content;
    expect(await contentWith(1)).toBe(await contentWith(1));
    expect(await contentWith(1)).not.toBe(await contentWith(2));
  });
});

describe("a schema that no value fits is refused with its name", () => {
  it.each([
    ["an unknown type", { type: "object", properties: { a: { type: "text" } } }],
    ["a reference that leads nowhere", { $ref: "#/$defs/nothing" }],
    ["a reference to another file", { $ref: "https://schemas.test/a.json" }],
    [
      "endless recursion",
      {
        $ref: "#/$defs/a",
        $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a" } }, required: ["a"] } },
      },
    ],
    ["a pattern that is none", { type: "string", pattern: "[" }],
    ["a million items", { type: "array", minItems: 1_000_000 }],
    ["arrays of arrays of arrays", nestedArrays(100, 4)],
    ["references that multiply", multiplying(20)],
    ["an empty enum", { type: "object", properties: { a: { enum: [] } }, required: ["a"] }],
    ["false", { type: "object", properties: { a: false }, required: ["a"] }],
  ])("%s", async (_, schema) => {
    const { status, body } = await ask({
      response_format: { type: "json_schema", json_schema: { name: "x", schema } },
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "invalid_schema", param: "response_format.json_schema.schema" });
  });
});

function nestedArrays(minItems: number, levels: number): unknown {
  return levels === 0 ? { type: "integer" } : { type: "array", minItems, items: nestedArrays(minItems, levels - 1) };
}

function multiplying(levels: number) {
  const $defs: Record<string, unknown> = { d0: { type: "string" } };
  for (let level = 1; level <= levels; level++) {
    const $ref = `#/$defs/d${level - 1}`;
    $defs[`d${level}`] = { type: "object", properties: { a: { $ref }, b: { $ref } } };
  }
  return { $ref: `#/$defs/d${levels}`, $defs };
}
