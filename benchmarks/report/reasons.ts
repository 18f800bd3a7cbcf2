import type { Row } from "../results.ts";

/** Why a row misses its target or is behind a peer; shown only where it does. */
export function reasonFor({ section, name, results }: Row, client: string): string {
  const known = reasons[`${section}: ${name}`];
  if (known) return known;
  const spreadOf = (wanted: string) => {
    const { fromMs, toMs, runs } = results.find((result) => result.client === wanted)?.values ?? {};
    return fromMs !== undefined && toMs !== undefined
      ? `${fromMs.toFixed(1)} to ${toMs.toFixed(1)} ms in ${runs} runs`
      : undefined;
  };
  const [own, floor] = [spreadOf(client), spreadOf("floor")];
  const spread = own && floor ? `: ${client} took ${own}, the floor ${floor}` : "";
  return `No reason has been found but the spread of the runs${spread}.`;
}

const bundle =
  "More than half is `@celuxe/core`: the rate limiter, the reader that tolerates what servers send, time bounds and redaction, and errors whose messages are sentences. To be without them is what it would take.";

const smallCall =
  "What a call does and the floor leaves out: time bounds, a place in the rate limiter, a body read within bounds, an answer read field by field, headers without the key. It is spread so evenly that no function stands out in the profile. Under `whole answers` stands `@celuxe/core` alone, and the same with a fetch that has its answer ready: run in a row, the whole call takes a part of what it adds between two requests, most likely because there its code has left the processor's caches. Next to an answer of seconds it does not count.";

const langChainCall =
  "To this comes LangChain's own way of a call: callbacks, the queue and the retries of its caller, the parameters that it asks for three times to trace them.";

const image =
  "All do the same: one `JSON.stringify` of the body, which takes most of the time, and the garbage collection of texts of megabytes, which falls upon one call or another.";

const abort =
  "From a call of `abort()` to the server's own event it is tenths of a millisecond, by the clock and over a socket; the clients differ by less than the longest time of each from its median.";

const reasons: Record<string, string> = {
  "bundle: without ai and zod": `${bundle} The rest is the adapter, and what it uses of \`@ai-sdk/provider-utils\`.`,
  "bundle: without @langchain/core and zod": `${bundle} The rest is the adapter: history, tools, structured output, content-block events.`,
  "import: on top of ai":
    "Node finds and compiles two modules, this package and `@celuxe/core`; the peer is one, and leaves the transport to a package that `ai` has loaded already.",
  "doGenerate: call": smallCall,
  "doGenerate: 200-message history": smallCall,
  "doGenerate: 5 MB image as base64": image,
  "invoke: 5 MB image as base64": image,
  "streamText: 200 streams at once, 50 chunks a second each":
    "At this load every chunk is a network read of its own in every client: there is nothing to merge, and what is left is the same work of fetch and of `streamText` for all.",
  ".stream(): 2,000 chunks, one a millisecond":
    "Every chunk is a network read of its own: there is nothing to merge, and what is left is mostly the same work of fetch for all.",
  "doStream: abort to closed connection": abort,
  ".stream(): abort to closed connection": abort,
  "invoke: call": `${smallCall} ${langChainCall}`,
  "invoke: 200-message history": `${smallCall} ${langChainCall}`,
};
