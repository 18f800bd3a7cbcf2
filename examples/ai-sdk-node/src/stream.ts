// The same, word by word. Ctrl-C stops the answer and closes the connection.
import { streamText } from "ai";
import { celuxe } from "./service.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const result = streamText({
  model: celuxe("deepseek-v3"),
  instructions: "You answer customers of an online bicycle shop, in at most four sentences.",
  prompt: "My chain squeaks after every ride in the rain. What can I do?",
  abortSignal: stop.signal,
  // Errors arrive in the loop below; by default the SDK prints them as well.
  onError: () => {},
});

for await (const part of result.stream) {
  if (part.type === "text-delta") process.stdout.write(part.text);
  if (part.type === "error") throw part.error;
  if (part.type === "abort") console.log(" (stopped)");
}
if (!stop.signal.aborted) console.log(`\n\n(finish reason: ${await result.finishReason})`);
