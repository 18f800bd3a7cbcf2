// Prompt -> model -> parser. A chain is called in three ways without another line of code: once, streamed, in a batch.
import { ChatCeluxe } from "@celuxe/langchain";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { service } from "./service.ts";

const prompt = ChatPromptTemplate.fromMessages([
  ["system", "You translate for an online bicycle shop. Answer with the translation and nothing else."],
  ["human", "Into {language}: {text}"],
]);
const model = new ChatCeluxe({ model: "deepseek-v3", temperature: 0.2, ...service });
const chain = prompt.pipe(model).pipe(new StringOutputParser());

const text = "The workshop is closed on Monday.";

console.log("Once:");
console.log(`  ${await chain.invoke({ language: "French", text })}`);

process.stdout.write("\nStreamed:\n  ");
for await (const piece of await chain.stream({ language: "German", text })) process.stdout.write(piece);

console.log("\n\nIn a batch:");
const languages = ["Spanish", "Italian", "Dutch"];
const translations = await chain.batch(languages.map((language) => ({ language, text })));
for (const [index, translation] of translations.entries()) console.log(`  ${languages[index]}: ${translation}`);
