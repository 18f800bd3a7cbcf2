// An answer of a shape that you define, checked before you get it.
import { generateText, NoObjectGeneratedError, Output } from "ai";
import { z } from "zod";
import { celuxe } from "./service.ts";

const Ticket = z.object({
  topic: z.enum(["delivery", "return", "repair", "other"]),
  urgency: z.enum(["low", "normal", "high"]),
  product: z.string().nullable().describe("What it is about, if the mail names it"),
  summary: z.string().describe("One sentence for the colleague who takes over"),
});

try {
  const { output } = await generateText({
    // gpt-4o is held to the schema; models that cannot be (deepseek-v3) get it as an instruction.
    model: celuxe("gpt-4o"),
    output: Output.object({ schema: Ticket, name: "ticket" }),
    prompt: `Make a support ticket of this mail:

Hello, the zip of the rain jacket broke on my first ride. I leave for a two-week tour on Friday and need it fixed or
replaced before. Thank you!`,
  });
  console.log(output); // typed: { topic: "delivery" | "return" | …, … }
} catch (error) {
  if (!NoObjectGeneratedError.isInstance(error)) throw error;
  console.error("The model's answer does not fit the schema:", error.text);
  process.exitCode = 1;
}
