/** Why rows miss their target or are behind a peer; shown only where they do. */
export function reasonFor(section: string, name: string): string {
  return reasons[`${section}: ${name}`] ?? reasons[name] ?? "No reason has been found but the spread of the runs.";
}

const bundle =
  "Two thirds are `@celuxe/core`, 16.5 KB by itself: the rate limiter, the reader that tolerates what servers send, time bounds and redaction, and errors whose messages are sentences. No peer brings these along.";

const smallCall =
  "No single function stands out. A call arms time bounds for head and silence, reserves its start in the rate limiter, reads its body within bounds and keeps the key out of the headers that it gives back: a tenth of a millisecond altogether, against a floor that does nothing of it. Next to an answer of seconds it does not count.";

const reasons: Record<string, string> = {
  "bundle: without ai and zod": `${bundle} The rest is the adapter, and what it uses of \`@ai-sdk/provider-utils\`.`,
  "bundle: without @langchain/core and zod": `${bundle} The rest is the adapter: history, tools, structured output, content-block events.`,
  call: smallCall,
  "200-message history": smallCall,
  "200 streams at once":
    "The clients whose event loop stands still for seconds find many events in one read, and read them cheaply; here the loop turns, and each event is read when it comes. It is the price of the delay beside it.",
};
