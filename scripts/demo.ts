// What `npm start` shows: the model list, and one question answered through both frameworks, token by token.
// Without a key it talks to the emulator, so that it works on any machine, also offline.
import { celuxe } from "@celuxe/ai-sdk-provider";
import { CeluxeError } from "@celuxe/core";
import { type RunningEmulator, startEmulator } from "@celuxe/emulator";
import { ChatCeluxe } from "@celuxe/langchain";
import { streamText } from "ai";
import { styleText } from "node:util";

const model = "deepseek-v3";
const question = "What is the capital of France?";

const bold = (text: string) => styleText("bold", text);
const dim = (text: string) => styleText("dim", text);
const green = (text: string) => styleText("green", text);

await main();

async function main(): Promise<void> {
  let emulator: RunningEmulator | undefined;
  try {
    emulator = await chooseService();
    await showModels();
    await showAISDK();
    await showLangChain();
    showNextSteps(emulator !== undefined);
  } catch (error) {
    // The AI SDK wraps the error; the innermost of ours says what to do.
    console.error(`\n${styleText("red", "error", { stream: process.stderr })} ${messageOf(error)}`);
    process.exitCode = 1;
  } finally {
    await emulator?.close();
  }
}

async function chooseService(): Promise<RunningEmulator | undefined> {
  if (process.env["CELUXE_API_KEY"]) {
    const address = process.env["CELUXE_BASE_URL"] ?? "https://api.celuxe.shop/v1";
    console.log(`${bold("Celuxe")} at ${address}, with the key of CELUXE_API_KEY\n`);
    return undefined;
  }
  const emulator = await startEmulator({ pace: { firstTokenMs: 150, tokensPerSecond: 40 } });
  process.env["CELUXE_API_KEY"] = emulator.apiKey;
  process.env["CELUXE_BASE_URL"] = emulator.url;
  console.log(`${bold("Celuxe emulator")} at ${emulator.url}`);
  console.log(dim("No CELUXE_API_KEY is set, so the answers are made on this machine.\n"));
  return emulator;
}

async function showModels(): Promise<void> {
  const models = await celuxe.listModels();
  const shown = models.slice(0, 8).map(({ id }) => id);
  const more = models.length > shown.length ? ` and ${models.length - shown.length} more` : "";
  console.log(`${bold("Models")}  ${shown.join(", ")}${more}\n`);
}

async function showAISDK(): Promise<void> {
  console.log(`${bold("AI SDK")}  ${dim(`streamText({ model: celuxe("${model}"), prompt })`)}`);
  console.log(`${dim("?")} ${question}`);
  process.stdout.write(`${green(">")} `);
  const result = streamText({
    model: celuxe(model),
    prompt: question,
    // Errors come out of the loop below; the SDK would print them a second time.
    onError: () => {},
  });
  for await (const part of result.fullStream) {
    if (part.type === "text-delta") process.stdout.write(part.text);
    if (part.type === "error") throw part.error;
  }
  const { inputTokens, outputTokens } = await result.usage;
  showUsage(inputTokens, outputTokens);
}

async function showLangChain(): Promise<void> {
  console.log(`${bold("LangChain")}  ${dim(`new ChatCeluxe({ model: "${model}" }).stream(prompt)`)}`);
  console.log(`${dim("?")} ${question}`);
  process.stdout.write(`${green(">")} `);
  const chat = new ChatCeluxe({ model });
  let usage: { input_tokens: number; output_tokens: number } | undefined;
  for await (const chunk of await chat.stream(question)) {
    process.stdout.write(chunk.text);
    usage = chunk.usage_metadata ?? usage;
  }
  showUsage(usage?.input_tokens, usage?.output_tokens);
}

function showUsage(promptTokens: number | undefined, completionTokens: number | undefined): void {
  console.log(dim(`\n  ${promptTokens ?? "?"} prompt tokens, ${completionTokens ?? "?"} completion tokens\n`));
}

function showNextSteps(emulated: boolean): void {
  console.log(bold("Next"));
  if (emulated) console.log("  CELUXE_API_KEY=sk-… npm start   the same with the real service");
  console.log("  npm test                        every package against the emulator");
  console.log("  README.md                       the packages, with a snippet for each framework");
}

function messageOf(error: unknown): string {
  let message = String(error);
  for (let current = error; current instanceof Error; current = current.cause) {
    message = current.message;
    if (CeluxeError.isInstance(current)) break;
  }
  return message;
}
