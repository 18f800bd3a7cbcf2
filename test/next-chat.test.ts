import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type KeyOptions, type RunningEmulator, startEmulator } from "@celuxe/emulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { appFolder, buildApp, type RunningApp, startApp } from "./next-chat/app.ts";
import { accessibilityProblems, chromiumPath, launchBrowser, picture, type Visit, visit } from "./next-chat/browser.ts";

if (!chromiumPath) console.log("Skipped: next-chat in a browser. To run it: apt-get install chromium");

/** Must be nowhere but on the server. */
const canary = "sk-canary-5f1c9a7e2b";

/** For what the page does soon, on a machine that may be busy. */
const patient = { timeout: 15_000 };

/** A build on a busy machine. */
const buildTimeout = 400_000;

let emulator: RunningEmulator;
let app: RunningApp;
let buildOutput: string;

beforeAll(async () => {
  emulator = await startEmulator({ keys: [{ key: canary }], pace: { firstTokenMs: 50, tokensPerSecond: 120 } });
  buildOutput = await buildApp({ CELUXE_API_KEY: canary, CELUXE_BASE_URL: emulator.url });
  app = await startApp({ CELUXE_API_KEY: canary, CELUXE_BASE_URL: emulator.url });
}, buildTimeout);

afterAll(async () => {
  await app?.stop();
  await emulator?.close();
});

beforeEach(() => {
  emulator.faults.clear();
  emulator.replies.clear();
  emulator.journal.clear();
  Object.assign(accountOf(emulator), { balance: undefined, revoked: false });
});

test("builds, with its types checked by its own strict tsconfig", () => {
  expect(buildOutput).toContain("Compiled successfully");
  expect(buildOutput).toContain("Finished TypeScript");
  const { compilerOptions } = JSON.parse(readFileSync(join(appFolder, "tsconfig.json"), "utf8"));
  expect(compilerOptions).toMatchObject({ strict: true, noUncheckedIndexedAccess: true });
});

test("holds the key in no file of the build", () => {
  const found = filesUnder(join(appFolder, ".next")).filter((file) => readFileSync(file).includes(canary));
  expect(found).toEqual([]);
});

describe("the routes", () => {
  test("list the models", async () => {
    const response = await fetch(`${app.url}/api/models`);
    expect(await response.json()).toEqual(["deepseek-v3", "gpt-4o", "deepseek-r1"]);
  });

  test.each([
    ["no JSON", "hello"],
    ["no model", JSON.stringify({ messages: [question("Hi")] })],
    ["no messages", JSON.stringify({ model: "gpt-4o", messages: [] })],
    ["messages of another shape", JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] })],
  ])("refuse a request with %s", async (_, body) => {
    const response = await fetch(`${app.url}/api/chat`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ kind: "request", message: expect.stringContaining("model id") });
    expect(chatRequests()).toHaveLength(0);
  });

  test("tell what happened without the key, also when the service echoes it", async () => {
    const error = { message: `Incorrect API key provided: ${canary}`, code: "invalid_api_key" };
    emulator.faults.add({ times: 1, fault: { type: "status", status: 401, body: { error } } });
    const text = await ask("Hello");
    expect(text).toContain("Incorrect API key provided");
    expect(text).not.toContain(canary);
    expect(app.output()).toContain("Incorrect API key provided");
    expect(app.output()).not.toContain(canary);
  });

  test.each([
    [400, "request"],
    [401, "key"],
    [402, "balance"],
    [403, "permission"],
    [404, "model"],
    [500, "unavailable"],
  ])("name a %i %s", async (status, kind) => {
    emulator.faults.add({ fault: { type: "status", status } });
    expect(await ask("Hello")).toContain(`{\\"kind\\":\\"${kind}\\"`);
  });

  test("fail at once with the wait, rather than hang, when a rate limit takes long", async () => {
    await withApp({ CELUXE_API_KEY: canary, CELUXE_BASE_URL: emulator.url }, async ({ url }) => {
      emulator.faults.add({ fault: { type: "status", status: 429, headers: { "retry-after": "60" } } });
      const started = performance.now();
      const [, wait] = /\\"retryAfterMs\\":(\d+)/.exec(await ask("Hello", url)) ?? [];
      expect(Number(wait)).toBeGreaterThan(50_000);
      expect(performance.now() - started).toBeLessThan(20_000);
    });
  });

  function ask(text: string, url = app.url): Promise<string> {
    const body = JSON.stringify({ model: "deepseek-v3", messages: [question(text)] });
    return fetch(`${url}/api/chat`, { method: "POST", body }).then((response) => response.text());
  }
});

test("answers from the emulator, and says so, when no key is set", async () => {
  await withApp({}, async ({ url }) => {
    expect(await (await fetch(url)).text()).toContain("Emulator");
    expect(await (await fetch(`${url}/api/models`)).json()).toContain("deepseek-v3");
    expect(await (await fetch(app.url)).text()).not.toContain("Emulator");
  });
});

describe.skipIf(!chromiumPath)("in Chromium", () => {
  let browser: Browser;
  let reader: Visit;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    reader = await visit(browser, app.url);
    page = reader.page;
  });

  afterEach(async () => {
    expect(reader.complaints).toEqual([]);
    expect(await reader.traffic()).not.toContain(canary);
    await reader.close();
  });

  test("an answer streams in, with its usage below", async () => {
    emulator.replies.add({ reply: { text: "The first words come at once, the last ones at the end. ".repeat(4) } });
    await send("Tell me something");
    await sees("The first words");
    expect(await answerText()).not.toMatch(/(at the end.*){4}/);
    await done();
    expect(await answerText()).toMatch(/(at the end.*){4}/);
    expect(await page.locator(".usage").textContent()).toMatch(/^deepseek-v3 · \d+ tokens in, \d+ out · \d+\.\d s$/);
  });

  test("a screen reader is told once what is happening, and the whole answer at its end", async () => {
    emulator.replies.add({ reply: { text: "Read this aloud, please." } });
    // Long enough to be seen by a test on a busy machine.
    emulator.faults.add({ times: 1, fault: { type: "delay-head", ms: 1_500 } });
    const status = page.getByRole("status");
    await send("Hello");
    await status.getByText("Waiting for the answer.").waitFor();
    await done();
    await status.getByText("Read this aloud, please.").waitFor();
  });

  test("the keyboard is enough: write, send, stop, and never lose one's place", async () => {
    emulator.replies.add({ match: "First line", reply: { text: "A long answer. ".repeat(200) } });
    const input = page.getByLabel("Message");
    await expect.poll(isFocused, patient).toBe(true);
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    expect(await input.inputValue()).toBe("First line\nsecond line");
    await page.keyboard.press("Enter");
    await sees("A long answer.");
    expect(await page.locator(".bubble").textContent()).toBe("First line\nsecond line");
    await page.keyboard.type("written meanwhile");
    await page.keyboard.press("Enter");
    expect(await input.inputValue()).toBe("written meanwhile");
    await page.keyboard.press("Escape");
    await sees("Not complete");
    expect(await isFocused()).toBe(true);

    await page.getByRole("button", { name: "Try again" }).press("Enter");
    await expect.poll(isFocused, patient).toBe(true);
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await expect.poll(isFocused, patient).toBe(true);
    await page.getByRole("button", { name: "New chat" }).press("Enter");
    await expect.poll(isFocused, patient).toBe(true);
    await page.getByRole("button", { name: /Use a tool/ }).press("Enter");
    await expect.poll(isFocused, patient).toBe(true);

    function isFocused() {
      return input.evaluate((element) => element === document.activeElement);
    }
  });

  test("stop ends the request to the service too; what came stays and the chat goes on", async () => {
    emulator.replies.add({ call: 1, reply: { text: "A long answer. ".repeat(500) } });
    await send("Write a lot");
    await sees("A long answer.");
    await page.getByRole("button", { name: "Stop" }).click();
    await sees("Not complete");
    await emulator.journal.idle();
    expect(chatRequests()[0]?.clientGone).toBeDefined();
    expect(await answerText()).toContain("A long answer.");
    await send("What is the capital of France?");
    await done();
    expect(await answerText()).toBe("The capital of France is Paris.");
  });

  test("a tool call that was stopped half-way does not spoil the next question", async () => {
    const slow = ['{"ci', 'ty": ', '"To', ...Array.from({ length: 300 }, () => "k"), 'yo"}'];
    emulator.replies.add({ call: 1, reply: { toolCalls: [{ name: "currentTime", arguments: slow }] } });
    await send("What time is it in Tokyo?");
    await page.locator(".clock-card.pending").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await send("What is the capital of France?");
    await done();
    expect(await answerText()).toBe("The capital of France is Paris.");
  });

  test("try again replaces the answer", async () => {
    emulator.replies.add({ call: 1, reply: { text: "The first try." } }, { reply: { text: "The second try." } });
    await send("Hello");
    await done();
    await page.getByRole("button", { name: "Try again" }).click();
    await sees("The second try.");
    await done();
    expect(await page.locator(".assistant").count()).toBe(1);
    expect(await page.getByText("The first try.").count()).toBe(0);
  });

  test("a tool shows its card, and the answer goes on after it", async () => {
    await send("What time is it in Tokyo?");
    await done();
    const card = page.locator(".clock-card");
    expect(await card.locator(".city").textContent()).toBe("Tokyo");
    expect(await card.locator(".time").textContent()).toMatch(/^\d\d:\d\d$/);
    expect(await card.locator(".date").textContent()).toMatch(/\d{4} · Asia\/Tokyo$/);
    expect(await answerText()).toContain("currentTime says");
    expect(chatRequests()).toHaveLength(2);
  });

  test("a tool that fails says why on its card, and the model hears it", async () => {
    const call = { name: "currentTime", arguments: { city: "Atlantis" } };
    emulator.replies.add({ call: 1, reply: { toolCalls: [call] } }, { reply: { text: "I cannot find it." } });
    await send("What time is it in Atlantis?");
    await done();
    expect(await page.locator(".clock-card.failed").textContent()).toContain("“Atlantis”");
    expect(JSON.stringify(chatRequests()[1]?.body)).toContain("No time zone is known");
    expect(await answerText()).toContain("I cannot find it.");
  });

  test("reasoning is folded, and opens", async () => {
    await page.getByLabel("Model").selectOption("deepseek-r1");
    await send("What is the capital of France?");
    await done();
    const reasoning = page.locator("article .fold");
    expect(await reasoning.locator("p").isVisible()).toBe(false);
    await reasoning.locator("summary").press("Enter");
    expect(await reasoning.locator("p").isVisible()).toBe(true);
  });

  test("the model picker offers what the service lists, and the choice counts from the next question on", async () => {
    const picker = page.getByLabel("Model");
    await expect
      .poll(() => picker.locator("option").allTextContents(), patient)
      .toEqual(["deepseek-v3", "gpt-4o", "deepseek-r1"]);
    await send("Hello");
    await done();
    await picker.selectOption("gpt-4o");
    await send("Hello");
    await sees(/^gpt-4o · /);
    const models = chatRequests().map(({ body }) => (body as { model: string }).model);
    expect(models).toEqual(["deepseek-v3", "gpt-4o"]);
  });

  describe("under a rate limit", () => {
    let limited: RunningApp;

    beforeEach(async () => {
      limited = await startApp({ CELUXE_API_KEY: canary, CELUXE_BASE_URL: emulator.url });
      await page.goto(limited.url);
    });

    afterEach(() => limited.stop());

    async function askUnderLimit(seconds: number): Promise<void> {
      const headers = { "retry-after": String(seconds) };
      emulator.faults.add({ match: "capital", times: 1, fault: { type: "status", status: 429, headers } });
      await send("What is the capital of France?");
    }

    test("a rate limit counts down and goes on by itself; what is written meanwhile stays", async () => {
      await askUnderLimit(5);
      await alert().getByText("Too many requests just now").waitFor();
      await page.getByLabel("Message").fill("A draft");
      const seconds = page.getByRole("timer");
      const first = Number(await seconds.textContent());
      expect(first).toBeGreaterThan(2);
      expect(first).toBeLessThan(7);
      await expect.poll(async () => Number(await seconds.textContent()), patient).toBeLessThan(first);
      await sees("The capital of France is Paris.");
      expect(await page.locator(".notice").count()).toBe(0);
      expect(await page.locator(".user").count()).toBe(1);
      expect(await page.getByLabel("Message").inputValue()).toBe("A draft");
    });

    test("the countdown is accessible and can be looked at", async () => {
      await askUnderLimit(60);
      await page.getByRole("timer").waitFor();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `rate-limit-${colorScheme}`);
        expect(await accessibilityProblems(page)).toEqual([]);
      }
    });

    test("the countdown can be cancelled; then nothing is sent until the reader says so", async () => {
      await page.clock.install();
      await askUnderLimit(60);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.clock.fastForward(120_000);
      await page.getByRole("button", { name: "Try again" }).click();
      // The server knows of the limit: it counts down again without asking the service.
      await page.getByRole("timer").waitFor();
      expect(chatRequests()).toHaveLength(1);
    });
  });

  test("an empty balance says so with the remedy, and the question is still there after a top-up", async () => {
    accountOf(emulator).balance = 0;
    await send("What is the capital of France?");
    await alert().getByText("The balance is used up").waitFor();
    expect(await alert().textContent()).toContain("Top up");
    await picture(page, "balance-light");
    expect(await accessibilityProblems(page)).toEqual([]);
    accountOf(emulator).balance = undefined;
    await page.getByRole("button", { name: "Try again" }).click();
    await sees("The capital of France is Paris.");
  });

  test("a wrong key says so with the remedy, and the question can be taken back to be edited", async () => {
    accountOf(emulator).revoked = true;
    await send("What is the capital of Spain?");
    await alert().getByText("The API key was not accepted").waitFor();
    expect(await alert().textContent()).toContain("CELUXE_API_KEY");
    await page.getByText("Details").click();
    await picture(page, "key-light");
    accountOf(emulator).revoked = false;
    await page.getByRole("button", { name: "Edit" }).click();
    expect(await page.getByLabel("Message").inputValue()).toBe("What is the capital of Spain?");
    expect(await page.locator("article").count()).toBe(0);
    await page.getByLabel("Message").fill("What is the capital of France?");
    await page.keyboard.press("Enter");
    await sees("The capital of France is Paris.");
  });

  test("a connection that breaks in the middle keeps what came and offers another try", async () => {
    emulator.faults.add({ times: 1, fault: { type: "reset", afterChunks: 4 } });
    await send("What is the capital of France?");
    await alert().getByText("The service did not answer as it should").waitFor();
    expect(await answerText()).toContain("The");
    await page.getByRole("button", { name: "Try again" }).click();
    await sees("The capital of France is Paris.");
    expect(await page.locator(".assistant").count()).toBe(1);
  });

  test("an answer that the service cut short is not shown as a whole one", async () => {
    emulator.faults.add({ times: 1, fault: { type: "close", afterChunks: 4 } });
    await send("What is the capital of France?");
    await alert().getByText("The service did not answer as it should").waitFor();
    await sees("Not complete");
  });

  test("without a network the question waits for another try", async () => {
    await page.route("**/api/chat", (route) => route.abort("internetdisconnected"), { times: 1 });
    await send("What is the capital of France?");
    await alert().getByText("No connection").waitFor();
    // The browser notes a failed request by itself.
    expect(reader.complaints.splice(0)).toEqual(["Failed to load resource: net::ERR_INTERNET_DISCONNECTED"]);
    await page.getByRole("button", { name: "Try again" }).click();
    await sees("The capital of France is Paris.");
  });

  test("a reload keeps the conversation, the model and the draft", async () => {
    await page.getByLabel("Model").selectOption("gpt-4o");
    await send("What is the capital of France?");
    await done();
    await page.getByLabel("Message").fill("A draft");
    await page.reload();
    await sees("The capital of France is Paris.");
    expect(await page.getByLabel("Model").inputValue()).toBe("gpt-4o");
    expect(await page.getByLabel("Message").inputValue()).toBe("A draft");
    await page.getByRole("button", { name: "New chat" }).click();
    await page.getByRole("heading", { name: "What shall we look into?" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "What shall we look into?" }).waitFor();
  });

  test("a reload in the middle of an answer keeps what came, and asks again on request", async () => {
    emulator.replies.add({ call: 1, reply: { text: "A long answer. ".repeat(500) } });
    await send("What is the capital of France?");
    await sees("A long answer.");
    await page.reload();
    await sees("Not complete");
    expect(await answerText()).toContain("A long answer.");
    await page.getByRole("button", { name: "Try again" }).click();
    await sees("The capital of France is Paris.");
  });

  test("what a model writes is text, never a part of the page", async () => {
    const text = "<img src=x onerror=alert(1)> ![chart](https://example.com/a.png) [go](javascript:alert(1)) **bold**";
    emulator.replies.add({ reply: { text } });
    await send("Hello");
    await done();
    expect(await page.locator("main img").count()).toBe(0);
    expect(await page.getByRole("link", { name: "chart" }).getAttribute("rel")).toBe("noreferrer");
    expect(await page.locator("main a[href^='javascript']").count()).toBe(0);
    expect(await page.locator("main strong").textContent()).toBe("bold");
  });

  test("the page follows the answer, until the reader scrolls up", async () => {
    emulator.replies.add({ reply: { text: "One more paragraph.\n\n".repeat(60) } });
    await send("Write a lot");
    await expect.poll(() => page.evaluate(() => window.scrollY), patient).toBeGreaterThan(200);
    await page.mouse.wheel(0, -400);
    await page.getByRole("button", { name: "Go to the end" }).waitFor();
    const before = await page.evaluate(() => window.scrollY);
    await sleep(300);
    expect(await page.evaluate(() => window.scrollY)).toBe(before);
    await page.getByRole("button", { name: "Go to the end" }).click();
    await done();
    await expect.poll(toEnd, patient).toBeLessThan(2);

    function toEnd() {
      return page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight - window.scrollY);
    }
  });

  test("code can be copied", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    emulator.replies.add({ reply: { text: "Here:\n\n```ts\nconst answer: number = 42;\n```" } });
    await send("Show me code");
    await done();
    await page.getByRole("button", { name: "Copy the code" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("const answer: number = 42;\n");
  });

  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    test("everything is accessible and can be looked at", async () => {
      await page.emulateMedia({ colorScheme });
      await check("empty");
      emulator.replies.add({ match: "Explain", reply: { reasoning: "First the basics.", text: everything } });
      await send("What time is it in Tokyo?");
      await done();
      await check("tool");
      await send("Explain");
      await done();
      await page.locator("article .fold summary").click();
      await check("answer");

      async function check(name: string) {
        await picture(page, `${name}-${colorScheme}`);
        expect(await accessibilityProblems(page)).toEqual([]);
      }
    });
  });

  test("fits a phone, by day and by night", async () => {
    const phone = await visit(browser, app.url, {
      viewport: { width: 360, height: 740 },
      deviceScaleFactor: 2,
      isMobile: true,
      hasTouch: true,
    });
    emulator.replies.add({ match: "Explain", reply: { reasoning: "First the basics.", text: everything } });
    await fits("phone-empty");
    await phone.page.getByRole("button", { name: /Use a tool/ }).tap();
    await phone.page.locator(".usage").waitFor();
    await fits("phone-tool");
    await phone.page.getByLabel("Message").fill("Explain");
    await phone.page.getByRole("button", { name: "Send" }).tap();
    await phone.page.locator(".usage").nth(1).waitFor();
    await fits("phone-answer");
    emulator.faults.add({ times: 1, fault: { type: "status", status: 402 } });
    await phone.page.getByLabel("Message").fill("What is the capital of France?");
    await phone.page.getByRole("button", { name: "Send" }).tap();
    await phone.page.locator("footer").getByRole("alert").waitFor();
    await phone.page.emulateMedia({ colorScheme: "dark" });
    await fits("phone-balance-dark");
    expect(phone.complaints).toEqual([]);
    await phone.close();

    async function fits(name: string) {
      await picture(phone.page, name);
      expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      expect(await accessibilityProblems(phone.page)).toEqual([]);
    }
  });

  test("says on arrival that the key is wrong", async () => {
    const wrong = { CELUXE_API_KEY: "sk-canary-of-another-service", CELUXE_BASE_URL: emulator.url };
    await withApp(wrong, async ({ url }) => {
      const stranger = await visit(browser, url);
      await stranger.page.locator("footer").getByRole("alert").getByText("The API key was not accepted").waitFor();
      // The browser notes a failed request by itself.
      expect(stranger.complaints).toEqual([expect.stringContaining("503 (Service Unavailable)")]);
      expect(await stranger.traffic()).not.toContain("sk-canary");
      await stranger.close();
    });
  });

  test("the emulator's banner and suggestions work without a key", async () => {
    await withApp({}, async ({ url }) => {
      const guest = await visit(browser, url);
      await guest.page.getByText("Emulator – set CELUXE_API_KEY for the real service").waitFor();
      await picture(guest.page, "emulator-light");
      await guest.page.getByRole("button", { name: /Compare two things/ }).click();
      await guest.page.getByRole("table").waitFor();
      await guest.page.locator(".usage").waitFor();
      await picture(guest.page, "emulator-answer-light");
      expect(await accessibilityProblems(guest.page)).toEqual([]);
      expect(guest.complaints).toEqual([]);
      await guest.close();
    });
  });

  async function send(text: string): Promise<void> {
    await page.getByLabel("Message").fill(text);
    await page.getByLabel("Message").press("Enter");
  }

  /** Waits until the conversation shows this. */
  async function sees(text: string | RegExp): Promise<void> {
    await page.locator("main").getByText(text).first().waitFor();
  }

  /** What a screen reader says at once; Next keeps one of its own for the address. */
  function alert() {
    return page.locator("footer").getByRole("alert");
  }

  /** Waits until the answer to the last question is complete. */
  async function done(): Promise<void> {
    await page.getByRole("button", { name: "Send" }).waitFor();
    await page.locator(".assistant .usage").last().waitFor();
  }

  async function answerText(): Promise<string> {
    return (await page.locator(".assistant .markdown").allInnerTexts()).at(-1) ?? "";
  }
});

const everything = `### A heading

Some **bold** and *light* text with \`code\`, and [a link](https://example.com).

- one
- two
  - [x] done
  - [ ] not yet

\`\`\`ts
// A comment
const answer: number = await ask("What is the capital of France?", { model: "deepseek-v3", temperature: 0.2 });
\`\`\`

| Name  | Value                          | A long column for narrow screens |
| ----- | ------------------------------ | -------------------------------- |
| one   | a value that needs some space  | and another one beside it        |

> A quotation.`;

/** A server of its own: what it learns of a rate limit must not slow down the others. */
async function withApp(env: Record<string, string>, use: (app: RunningApp) => Promise<void>): Promise<void> {
  const own = await startApp(env);
  try {
    await use(own);
  } finally {
    await own.stop();
  }
}

/** What the service was asked, without the model list. */
function chatRequests() {
  return emulator.journal.requests.filter(({ path }) => path.endsWith("/chat/completions"));
}

function accountOf({ keys }: RunningEmulator): KeyOptions {
  const [key] = keys;
  if (!key) throw new Error("The emulator has no key");
  return key;
}

function question(text: string) {
  return { id: "1", role: "user", parts: [{ type: "text", text }] };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
