import { z } from "zod";
import type { Reply } from "./answers/reply.ts";
import type { JournalEntry } from "./journal.ts";
import type { WirePiece } from "./wire/pieces.ts";

// What the options may be, to check them and to describe them to editors. What JSON cannot hold (functions, regular
// expressions, bytes, Infinity) is made with `runtime`, and stands beside a form that JSON can.

const milliseconds = z.number().min(0);
const bytes = z.number().min(0);
const chunks = z.number().int().min(0);
const status = z.number().int();
const headers = z.record(z.string(), z.string());
const seen = z.number().int().min(1);

const plan = z.union([
  z.enum(["free", "pro", "unlimited"]),
  z.strictObject({ limit: z.number().int().min(1), windowMs: z.number().positive() }),
]);

const rule = {
  call: given(seen),
  match: given(
    z.union([
      z.string(),
      runtime<RegExp>((value) => value instanceof RegExp, "a regular expression"),
      runtime<(request: JournalEntry) => boolean>(isFunction, "a function"),
    ]),
  ),
  times: given(z.union([z.number().min(0), runtime<number>((value) => value === Infinity, "Infinity")])),
};

const piece = z.union([
  z.string(),
  runtime<Uint8Array>((value) => value instanceof Uint8Array, "bytes"),
  z.strictObject({ data: z.unknown() }),
  z.strictObject({ waitMs: milliseconds }),
  z.strictObject({ end: z.enum(["close", "reset", "stay-open"]) }),
]);

const scripted = z.union([
  z.array(piece),
  // An iterable makes its pieces while they are sent: looking at them here would use them up.
  runtime<Iterable<WirePiece> | ((request: JournalEntry) => Iterable<WirePiece>)>(
    (value) => isFunction(value) || (!Array.isArray(value) && Symbol.iterator in Object(value)),
    "a function",
  ),
]);

const fault = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("status"), status, body: z.unknown().optional(), headers: given(headers) }),
  z.strictObject({ type: z.literal("html"), status: given(status) }),
  z.strictObject({ type: z.literal("error-200"), error: z.unknown().optional() }),
  z.strictObject({ type: z.literal("huge-error"), bytes: given(bytes), status: given(status) }),
  z.strictObject({ type: z.literal("redirect"), location: z.string(), status: given(status) }),
  z.strictObject({ type: z.literal("comments"), everyMs: given(milliseconds) }),
  z.strictObject({
    type: z.literal("script"),
    chunks: scripted,
    status: given(status),
    headers: given(headers),
    end: given(z.enum(["close", "reset", "stay-open"])),
  }),
  z.strictObject({ type: z.literal("delay-head"), ms: milliseconds }),
  z.strictObject({ type: z.literal("stall"), afterChunks: given(chunks), ms: given(milliseconds) }),
  z.strictObject({ type: z.literal("reset"), afterChunks: chunks }),
  z.strictObject({ type: z.literal("close"), afterChunks: given(chunks) }),
  z.strictObject({ type: z.literal("done-without-finish"), afterChunks: given(chunks) }),
  z.strictObject({
    type: z.literal("in-band-error"),
    afterChunks: given(chunks),
    error: z.unknown().optional(),
    end: given(z.enum(["close", "done", "go-on"])),
  }),
  z.strictObject({ type: z.literal("malformed-line"), afterChunks: given(chunks) }),
  z.strictObject({ type: z.literal("oversized-line"), afterChunks: given(chunks), bytes: given(bytes) }),
  z.strictObject({ type: z.literal("split-bytes") }),
  z.strictObject({ type: z.literal("slow-end"), ms: milliseconds }),
]);

const text = z.union([z.string(), z.array(z.string())]);

/** What a reply may be that a function gives, when it gives it. */
export const replySchema = z.strictObject({
  text: given(text),
  reasoning: given(text),
  refusal: given(z.string()),
  toolCalls: given(
    z.array(
      z.strictObject({
        name: z.string(),
        arguments: given(z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())])),
        id: given(z.string()),
      }),
    ),
  ),
  finishReason: given(z.string()),
  usage: given(z.record(z.string(), z.unknown())),
});

export const faultRuleSchema = z.strictObject({ ...rule, fault });

export const replyRuleSchema = z.strictObject({
  ...rule,
  reply: z.union([replySchema, runtime<(request: JournalEntry) => Reply>(isFunction, "a function")]),
});

export const emulatorSchema = z.strictObject({
  seed: given(z.number()),
  models: given(
    z.array(
      z.union([
        z.string(),
        z.looseObject({
          id: z.string(),
          reasoning: given(z.boolean()),
          created: given(z.number()),
          owned_by: given(z.string()),
          pricePerMillionTokens: given(z.number().min(0)),
        }),
      ]),
    ),
  ),
  reasoningField: given(z.enum(["reasoning_content", "reasoning"])),
  cors: given(z.boolean()),
  keys: given(
    z.array(
      z.strictObject({
        key: z.string(),
        plan: given(plan),
        balance: given(z.number()),
        revoked: given(z.boolean()),
        refuse: given(
          z.union([
            status,
            z.strictObject({
              status,
              message: given(z.string()),
              type: given(z.string()),
              code: given(z.string()),
              param: given(z.string()),
            }),
          ]),
        ),
      }),
    ),
  ),
  rateLimit: given(
    z.strictObject({
      plan: given(plan),
      window: given(z.enum(["sliding", "fixed", "token-bucket"])),
      retryAfter: given(z.enum(["seconds", "date", "ms", "none"])),
      countRejected: given(z.boolean()),
      headers: given(z.boolean()),
    }),
  ),
  pace: given(
    z.strictObject({
      firstTokenMs: given(milliseconds),
      tokensPerSecond: given(z.number().min(0)),
      jitter: given(z.number().min(0).max(1)),
      writeBytes: given(z.union([z.number().min(1), z.strictObject({ min: bytes, max: bytes })])),
      keepAliveMs: given(milliseconds),
    }),
  ),
  faults: given(z.array(faultRuleSchema)),
  replies: given(z.array(replyRuleSchema)),
  clock: given(z.enum(["real", "manual"])),
});

export const serverSchema = z.strictObject({
  ...emulatorSchema.shape,
  port: given(z.number().int().min(0).max(65_535)),
  host: given(z.string()),
});

/** An option: null counts as not given. */
function given<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** What only code can give. */
function runtime<Value>(accepts: (value: unknown) => boolean, words: string) {
  return z.custom<Value>(accepts, { error: words });
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
