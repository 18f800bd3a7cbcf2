/** Why rows miss their target or are behind a peer; shown only where they do. */
export function reasonFor(section: string, name: string): string {
  return reasons[`${section}: ${name}`] ?? reasons[name] ?? "No reason has been found but the spread of the runs.";
}

const bundle =
  "More than half is `@celuxe/core`: the rate limiter, the reader that tolerates what servers send, time bounds and redaction, and errors whose messages are sentences. To be without them is what it would take.";

const smallCall =
  "What a call does and the floor leaves out: time bounds, a place in the rate limiter, a body read within bounds, an answer read field by field, headers without the key. `@celuxe/core` alone stands under `whole answers`; the rest is the adapter's mapping. It is spread so evenly that no function stands out in the profile, and next to an answer of seconds it does not count.";

const langChainCall =
  "The same, and LangChain's own way of a call: callbacks, the queue and the retries of its caller, the parameters that it asks for three times to trace them.";

const reasons: Record<string, string> = {
  "bundle: without ai and zod": `${bundle} The rest is the adapter, and what it uses of \`@ai-sdk/provider-utils\`.`,
  "bundle: without @langchain/core and zod": `${bundle} The rest is the adapter: history, tools, structured output, content-block events.`,
  "import: on top of ai":
    "Node finds and compiles two modules, this package and `@celuxe/core`; the peer is one, and leaves the transport to a package that `ai` has loaded already.",
  "doGenerate: call": smallCall,
  "doGenerate: 200-message history": smallCall,
  "invoke: call": `${smallCall} ${langChainCall}`,
  "invoke: 200-message history": `${smallCall} ${langChainCall}`,
};
