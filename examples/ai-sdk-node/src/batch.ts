// More calls than the rate limit allows at once. Start them all: each waits for its turn, and none is lost.
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { generateText, Output } from "ai";
import { plan, service } from "./service.ts";

const reviews = [
  "Dry after two hours of rain, what more can I want.",
  "The zip broke on the first ride.",
  "It is a jacket.",
  "Folds so small that I forgot that I had it with me.",
  "Sleeves too short, and the return took three weeks.",
  "Good price. I would buy it again.",
  "Arrived on time.",
  "The colour is nothing like the picture.",
  "My third one: one for each of us.",
  "Reflectors could be larger, everything else is perfect.",
  "Smells of plastic even after washing.",
  "Fits over the backpack. Clever.",
  "I do not know yet, it has not rained.",
  "Cheap seams. They leak.",
  "Best thing on my bicycle.",
];

// Nobody waits for a batch in front of a screen: a call may take as long as its turn needs.
const celuxe = createCeluxe({
  ...service,
  rateLimit: { ...plan, maxWaitMs: Infinity },
  onEvent(event) {
    if (event.type === "queued")
      console.log(`          a call waits ${(event.waitMs / 1000).toFixed(1)} s for its turn`);
  },
});
const began = performance.now();

const moods = await Promise.all(
  reviews.map(async (review) => {
    const { output: mood } = await generateText({
      model: celuxe("gpt-4o"),
      output: Output.choice({ options: ["happy", "unhappy", "undecided"] }),
      prompt: `How does the writer of this review feel? ${review}`,
    });
    const seconds = (performance.now() - began) / 1000;
    console.log(`${seconds.toFixed(1).padStart(6)} s  ${mood.padEnd(10)} ${review}`);
    return mood;
  }),
);

const happy = moods.filter((mood) => mood === "happy").length;
console.log(`\n${happy} of ${moods.length} are happy.`);
