// What works in Node works where a test environment simulates a DOM: globals of the page stand beside those of Node, and
// bytes may come from either.
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { createCeluxeClient } from "@celuxe/core";
import { createEmulator, startEmulator } from "@celuxe/emulator";
import { ChatCeluxe } from "@celuxe/langchain";
import { HumanMessage } from "@langchain/core/messages";
import { generateText, streamText } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const prompt = "What is the capital of France?";
const paris = "The capital of France is Paris.";

/** Bytes of an image, as page and Node have them. */
const images: [string, () => Uint8Array][] = [
  ["a Buffer", () => Buffer.from(png)],
  ["a Uint8Array", () => Uint8Array.from(png)],
  ["what TextEncoder gives", () => new TextEncoder().encode("PNG")],
];

export function describeSimulatedDom(name: string): void {
  describe(`with the DOM of ${name}`, () => {
    let emulator: Awaited<ReturnType<typeof startEmulator>>;
    beforeAll(async () => void (emulator = await startEmulator({ cors: true })));
    afterAll(() => emulator.close());
    const settings = () => ({ apiKey: emulator.apiKey, baseURL: emulator.url });
    const content = () =>
      (emulator.journal.requests.at(-1)!.body as { messages: { content: unknown }[] }).messages[0]!.content;

    test("there is a page, and a plain key is accepted: Node is no browser", async () => {
      expect(typeof window).toBe("object");
      expect(typeof document).toBe("object");
      const messages = [{ role: "user" as const, content: prompt }];
      const client = createCeluxeClient(settings());
      expect((await client.chat({ model: "gpt-4o", messages })).text).toBe(paris);
      let text = "";
      for await (const delta of await client.streamChat({ model: "gpt-4o", messages })) {
        if (delta.type === "text") text += delta.text;
      }
      expect(text).toBe(paris);
    });

    test("the emulator ends its answers, over a socket and in-process", async () => {
      const body = JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: prompt }] });
      const headers = { authorization: `Bearer ${emulator.apiKey}`, "content-type": "application/json" };
      const { fetch: inProcess, apiKey } = createEmulator();
      const answers = [
        await fetch(`${emulator.url}/chat/completions`, { method: "POST", headers, body }),
        await inProcess("http://celuxe.test/v1/chat/completions", {
          method: "POST",
          headers: { ...headers, authorization: `Bearer ${apiKey}` },
          body,
        }),
      ];
      for (const answer of answers) expect((await answer.text()).trim()).toMatch(/data: \[DONE\]$/);
    });

    test("the AI SDK, whole and streamed", async () => {
      const model = createCeluxe(settings())("gpt-4o");
      expect((await generateText({ model, prompt })).text).toBe(paris);
      expect(await streamText({ model, prompt }).text).toBe(paris);
    });

    test("LangChain, whole and streamed", async () => {
      const chat = new ChatCeluxe({ model: "gpt-4o", ...settings() });
      expect((await chat.invoke(prompt)).text).toBe(paris);
      let text = "";
      for await (const chunk of await chat.stream(prompt)) text += chunk.text;
      expect(text).toBe(paris);
    });

    test.each(images)("an image as %s", async (_, bytes) => {
      const url = `data:image/png;base64,${Buffer.from(bytes()).toString("base64")}`;
      const sent = [{ type: "image_url", image_url: { url } }];
      const model = createCeluxe(settings())("gpt-4o");
      const file = { type: "file" as const, mediaType: "image/png", data: bytes() };
      await generateText({ model, messages: [{ role: "user", content: [file] }] });
      expect(content()).toEqual(sent);
      const chat = new ChatCeluxe({ model: "gpt-4o", ...settings() });
      const block = { type: "image", mimeType: "image/png", data: bytes() };
      await chat.invoke([new HumanMessage({ content: [block] })]);
      expect(content()).toEqual(sent);
    });

    test("a signal of the page's AbortController ends a call", async () => {
      const controller = new AbortController();
      const model = createCeluxe(settings())("gpt-4o");
      emulator.faults.add({ times: 1, fault: { type: "stall" } });
      const call = generateText({ model, prompt, abortSignal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      await expect(call).rejects.toMatchObject({ name: "AbortError" });
    });
  });
}
