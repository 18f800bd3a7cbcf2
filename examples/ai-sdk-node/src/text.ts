// A prompt in, a text out.
import { generateText } from "ai";
import { celuxe } from "./service.ts";

const { text, usage } = await generateText({
  model: celuxe("deepseek-v3"),
  instructions: "You write for an online bicycle shop: two short sentences, plain words.",
  prompt: "Describe a rain jacket that folds into its own pocket.",
});

console.log(text);
console.log(`\n(${usage.inputTokens} tokens in, ${usage.outputTokens} out)`);
