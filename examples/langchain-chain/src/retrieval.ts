// Answers from your own documents: find the sections that fit, put them into the prompt, name the sources.
import { ChatCeluxe } from "@celuxe/langchain";
import type { DocumentInterface } from "@langchain/core/documents";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { type Runnable, RunnablePassthrough } from "@langchain/core/runnables";
import { loadDocuments } from "./documents.ts";
import { KeywordRetriever } from "./retriever.ts";
import { service } from "./service.ts";

const retriever = new KeywordRetriever({ documents: loadDocuments(), limit: 3 });

const prompt = ChatPromptTemplate.fromMessages([
  [
    "system",
    "You answer customers of an online bicycle shop, from these passages of its help pages only. Name the source in " +
      "brackets. If the passages do not answer the question, say so.\n\n{context}",
  ],
  ["human", "{question}"],
]);
const model = new ChatCeluxe({ model: "deepseek-v3", temperature: 0, ...service });

/** What the chain streams: the passages once, then the answer piece by piece. */
type Part = { passages?: DocumentInterface[]; answer?: string };

const chain: Runnable<{ question: string }, Part> = RunnablePassthrough.assign({
  passages: ({ question }: { question: string }) => retriever.invoke(question),
})
  .assign({ context: ({ passages }: { passages: DocumentInterface[] }) => passages.map(toContext).join("\n") })
  .assign({ answer: prompt.pipe(model).pipe(new StringOutputParser()) });

const asked = process.argv.slice(2);
const questions = asked.length > 0 ? asked : ["How long can I return a jacket?", "Do you repair electric bicycles?"];

for (const question of questions) {
  console.log(`? ${question}`);
  for await (const { passages, answer } of await chain.stream({ question })) {
    if (passages) console.log(`  found: ${passages.map(({ metadata }) => metadata.title).join(" | ")}`);
    if (answer) process.stdout.write(answer);
  }
  console.log("\n");
}

function toContext({ metadata, pageContent }: DocumentInterface): string {
  return `<passage source="${metadata.source}">\n${pageContent}\n</passage>`;
}
