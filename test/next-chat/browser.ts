import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where Debian, Ubuntu, macOS and Windows keep a Chromium or Chrome. */
const PATHS = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The Chromium of this machine, if it has one. */
export const chromiumPath = PATHS.find((path) => path !== "" && existsSync(path));

const artifacts = join(import.meta.dirname, "../artifacts/next-chat");

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Visit {
  page: Page;
  /** Warnings, errors and uncaught exceptions of the page. */
  complaints: string[];
  /** The bodies and headers of all responses so far, in full once they have ended. */
  traffic: () => Promise<string>;
  close: () => Promise<void>;
}

/** Opens the page as a reader with a browser of their own does. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 820 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const responses: Promise<string>[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (response) => {
    const head = JSON.stringify(response.headers());
    // A stopped answer has no body to read any more.
    const body = response.text().catch(() => "");
    responses.push(body.then((text) => `${response.url()}\n${head}\n${text}`));
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  // What the server sends can be seen but not used; this is drawn by the running page.
  await page.locator("main").locator("section, article").first().waitFor();
  return {
    page,
    complaints,
    traffic: async () => (await Promise.all(responses)).join("\n"),
    close: () => context.close(),
  };
}

/** Keeps a picture of what the reader sees, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`), animations: "disabled" });
}

/** What axe-core finds wrong for people who use assistive technology, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<axe.AxeResults> } };
    return axe.run({ resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
  });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
