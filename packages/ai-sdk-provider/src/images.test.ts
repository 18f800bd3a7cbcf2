// Models that say more than text: images in an answer, whole and streamed, and parts that OpenAI's format lacks.
import { InvalidArgumentError, type LanguageModelV4Prompt } from "@ai-sdk/provider";
import { generateText, streamText } from "ai";
import { describe, expect, test } from "vitest";
import { call, chunk, collect, completion, done, ofType, useEmulator } from "../test/harness.ts";

const { answer, celuxe, lastBody, script } = useEmulator();

const base64 = "iVBORw0KGgoAAAANSUhEUg==";
const url = `data:image/png;base64,${base64}`;
const image = { type: "image_url", image_url: { url } };
const file = { type: "file", mediaType: "image/png", data: { type: "data", data: base64 } };

describe("images in an answer are file parts", () => {
  const forms: [string, object, object[]][] = [
    ["in images", { content: "Here.", images: [image] }, [{ type: "text", text: "Here." }, file]],
    [
      "in parts of the content, in their order",
      { content: [{ type: "text", text: "One " }, image, { type: "text", text: "two" }, image] },
      [{ type: "text", text: "One " }, file, { type: "text", text: "two" }, file],
    ],
    [
      "on the web",
      { images: [{ image_url: { url: "https://example.com/a.png" } }] },
      [{ type: "file", mediaType: "image/*", data: { type: "url", url: new URL("https://example.com/a.png") } }],
    ],
  ];

  test.each(forms)("%s", async (_, message, content) => {
    answer(completion(message), 1);
    expect((await celuxe()("gpt-4o").doGenerate(call())).content).toEqual(content);
    script([chunk(message), chunk({}, "stop"), done]);
    const parts = await collect((await celuxe()("gpt-4o").doStream(call())).stream);
    const types = content.flatMap((part) =>
      "text" in part ? ["text-start", "text-delta", "text-end"] : [(part as { type: string }).type],
    );
    expect(parts.map(({ type }) => type)).toEqual(["stream-start", "response-metadata", ...types, "finish"]);
    expect(ofType(parts, "file")).toEqual(content.filter((part) => "data" in part));
  });

  test("and files of generateText and streamText", async () => {
    answer(completion({ content: "Here.", images: [image] }), 1);
    const whole = await generateText({ model: celuxe()("gpt-4o"), prompt: "Draw" });
    expect(whole.files).toMatchObject([{ mediaType: "image/png", base64 }]);
    script([chunk({ content: "Here." }), chunk({ images: [image] }), chunk({}, "stop"), done]);
    const stream = streamText({ model: celuxe()("gpt-4o"), prompt: "Draw" });
    expect(await stream.files).toMatchObject([{ mediaType: "image/png", base64 }]);
    expect(await stream.text).toBe("Here.");
  });
});

test("thought, text, thought, text of a whole answer stay in their order", async () => {
  const content = ["thinking", "text", "thinking", "text"].map((type, index) => ({ type, [type]: `${index}` }));
  answer(completion({ content }), 1);
  expect((await celuxe()("gpt-4o").doGenerate(call())).content).toEqual([
    { type: "reasoning", text: "0" },
    { type: "text", text: "1" },
    { type: "reasoning", text: "2" },
    { type: "text", text: "3" },
  ]);
});

describe("what is sent beyond OpenAI's format", () => {
  const user = (...content: Extract<LanguageModelV4Prompt[number], { role: "user" }>["content"]) =>
    celuxe()("gpt-4o").doGenerate({ prompt: [{ role: "user", content }] });
  const sent = () => (lastBody()["messages"] as { content: unknown }[])[0]?.content;

  test("a video by URL, and as bytes", async () => {
    const movie = new URL("https://example.com/a.mp4");
    await user({ type: "file", mediaType: "video/mp4", data: { type: "url", url: movie } });
    expect(sent()).toEqual([{ type: "video_url", video_url: { url: movie.href } }]);
    await user({ type: "file", mediaType: "video/mp4", data: { type: "data", data: "AAAA" } });
    expect(sent()).toEqual([{ type: "video_url", video_url: { url: "data:video/mp4;base64,AAAA" } }]);
  });

  test("the AI SDK does not download a video that is named by URL", async () => {
    const data = new URL("https://video.example/a.mp4");
    const content = [{ type: "file" as const, mediaType: "video/mp4", data }];
    await generateText({ model: celuxe()("gpt-4o"), messages: [{ role: "user", content }] });
    expect(sent()).toEqual([{ type: "video_url", video_url: { url: data.href } }]);
  });

  test("contentPart is sent as it is, in place of the part that carries it", async () => {
    const contentPart = { type: "video_url", video_url: { url: "https://example.com/a.mp4", fps: 2 }, min_pixels: 1 };
    await generateText({
      model: celuxe()("gpt-4o"),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What happens?" },
            { type: "text", text: "(a film)", providerOptions: { celuxe: { contentPart } } },
          ],
        },
      ],
    });
    expect(sent()).toEqual([{ type: "text", text: "What happens?" }, contentPart]);
  });

  test("contentPart in an assistant message: a picture that goes back to the model that drew it", async () => {
    answer(completion({ content: "Blue." }), 1);
    await celuxe()("gpt-4o").doGenerate({
      prompt: [
        {
          role: "assistant",
          content: [{ type: "text", text: "", providerOptions: { celuxe: { contentPart: image } } }],
        },
        ...call().prompt,
      ],
    });
    expect(sent()).toEqual([image]);
  });

  test.each([["a text"], [7], [null], [{ text: "no type" }]])("%j in its place is refused", async (contentPart) => {
    const failed = user({ type: "text", text: "", providerOptions: { celuxe: { contentPart } } });
    await expect(failed).rejects.toThrow(InvalidArgumentError);
    await expect(failed).rejects.toThrow("providerOptions.celuxe.contentPart must be an object with a type");
  });
});
