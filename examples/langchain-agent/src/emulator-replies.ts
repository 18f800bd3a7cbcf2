// What the emulator says in the conversation of `index.ts`, in place of a model: which tools it calls, and the plan that
// it makes of their results. `match` is looked for in the last message of the request.
import type { ReplyRule } from "@celuxe/emulator";

export const replies: ReplyRule[] = [
  {
    match: "Paris or Marseille?",
    reply: {
      toolCalls: [
        { name: "forecast", arguments: { city: "Paris", day: "Saturday" } },
        { name: "forecast", arguments: { city: "Marseille", day: "Saturday" } },
      ],
    },
  },
  {
    match: "sunny",
    reply: { toolCalls: [{ name: "trains", arguments: { from: "Lyon", to: "Marseille", day: "Saturday" } }] },
  },
  {
    match: "08:06, 10:06",
    reply: plan("08:06", "Marseille will be sunny on Saturday, Paris rainy. Take the train at 08:06."),
  },
  {
    // The train times are in the history by then, so no tool is needed.
    match: "too early",
    reply: plan("10:06", "The next train from Lyon to Marseille on Saturday leaves at 10:06."),
  },
];

function plan(departure: string, answer: string): ReplyRule["reply"] {
  const pack = ["sunglasses", "swimwear", "a light shirt"];
  return { toolCalls: [{ name: "weekend_plan", arguments: { destination: "Marseille", departure, pack, answer } }] };
}
