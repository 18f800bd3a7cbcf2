// What the emulator says to the questions of this folder, in place of a model. Anything else that you ask it gets an
// answer of its own making. `match` is looked for in the last message of the request.
import type { ReplyRule } from "@celuxe/emulator";

export const replies: ReplyRule[] = [
  {
    match: "Describe a rain jacket",
    reply: {
      text: "A rain jacket that packs into its own pocket. Small enough for any bag, ready when the sky is not.",
    },
  },
  {
    match: "My chain squeaks",
    reply: {
      text:
        "Rain washes the oil out of the chain, and the metal then rubs dry. Wipe the chain with a cloth, put one drop of " +
        "oil on each link, and turn the pedals backwards for a minute. Wipe off what is left on the outside, or it will " +
        "catch dirt. If it still squeaks, the pulleys of the rear derailleur want a drop as well.",
    },
  },
  {
    match: "Where is my jacket?",
    reply: { toolCalls: [{ name: "findOrder", arguments: { email: "rider@example.com" } }] },
  },
  {
    match: '"order":"A-1041"',
    reply: { toolCalls: [{ name: "trackParcel", arguments: { parcel: "PX-77302" } }] },
  },
  {
    match: "out for delivery",
    reply: { text: "Your rain jacket is out for delivery and should be with you today between 14:00 and 16:00." },
  },
  {
    match: "Make a support ticket",
    reply: json({
      topic: "repair",
      urgency: "high",
      product: "rain jacket",
      summary: "The zip broke on the first ride; repair or replacement is needed before Friday.",
    }),
  },
  { match: /feel\? .*(broke|too short|nothing like|Smells|Cheap)/, reply: json({ result: "unhappy" }) },
  { match: /feel\? .*(It is a jacket|Arrived|not know)/, reply: json({ result: "undecided" }) },
  { match: /feel\? /, reply: json({ result: "happy" }) },
];

function json(value: unknown) {
  return { text: JSON.stringify(value) };
}
