import { ChatCeluxe } from "@celuxe/langchain";
import { MemorySaver } from "@langchain/langgraph";
import { createAgent, toolStrategy } from "langchain";
import { z } from "zod";
import { service } from "./service.ts";
import { forecast, trains } from "./tools.ts";

/** What every answer is made of: data for your interface, and a text for the reader. */
export const WeekendPlan = z
  .object({
    destination: z.string(),
    departure: z.string().describe("Time of the train, as HH:MM"),
    pack: z.array(z.string()).describe("Two or three things that the weather asks for"),
    answer: z.string().describe("What to tell the traveller, in one or two sentences"),
  })
  .meta({ title: "weekend_plan" });

export const agent = createAgent({
  model: new ChatCeluxe({ model: "deepseek-v3", temperature: 0, ...service }),
  tools: [forecast, trains],
  systemPrompt: "You plan weekend trips by train. Look things up rather than guess, and answer with a plan.",
  responseFormat: toolStrategy(WeekendPlan),
  // Keeps every conversation by its `thread_id` while the process runs; a checkpointer on a database outlives it.
  checkpointer: new MemorySaver(),
});
