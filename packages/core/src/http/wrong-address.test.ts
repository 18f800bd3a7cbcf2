import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@celuxe/emulator";
import { describe, expect, test } from "vitest";
import { canaryKey, createCanaryClient, rejection, startCanaryEmulator } from "../../test/canary.ts";
import type { CeluxeClientOptions } from "../index.ts";

// An address that has never answered this process and refuses a connection twice is wrong, and stays so.

const body = { model: "deepseek-v3", messages: [{ role: "user" as const, content: "Hello" }] };

const attempts = (client: ReturnType<typeof createCanaryClient>) =>
  client.events.filter(({ type }) => type === "attempt").length;

/** The address of a server that is gone. */
async function deadAddress(): Promise<string> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

describe("no such host, no server, no TLS: two tries, however many are allowed", () => {
  test("nothing listens: the error says that the address is wrong, how to set it, and names the emulator", async () => {
    const client = createCanaryClient({ url: await deadAddress() }, { maxRetries: 9 });
    const began = performance.now();
    const error = await rejection(client.chat(body));
    expect(error).toMatchObject({ name: "ConnectionError", code: "ECONNREFUSED", retryable: false });
    expect(error).toHaveProperty(
      "message",
      expect.stringMatching(/ECONNREFUSED.*address is wrong.*baseURL.*CELUXE_BASE_URL.*npx @celuxe\/emulator/),
    );
    expect(attempts(client)).toBe(2);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(client.events.at(-1)).toMatchObject({ type: "error", code: "ECONNREFUSED" });
  });

  test("an unknown host", async () => {
    const client = createCanaryClient({ url: "https://nowhere.invalid/v1" }, { maxRetries: 9 });
    const error = await rejection(client.chat(body));
    expect(error).toHaveProperty("message", expect.stringMatching(/(ENOTFOUND|EAI_AGAIN)\).*address is wrong/));
    expect(error).not.toHaveProperty("message", expect.stringContaining("emulator"));
    expect(attempts(client)).toBe(2);
  });

  test("https:// to a server that speaks none", async () => {
    await using emulator = await startEmulator();
    const url = emulator.url.replace("http:", "https:");
    const client = createCanaryClient({ url }, { maxRetries: 9 });
    const error = await rejection(client.chat(body));
    expect(error).toHaveProperty("message", expect.stringMatching(/SSL.*speaks no TLS/));
    expect(attempts(client)).toBe(2);
  });
});

/** A call as a framework makes it, which tries again by itself. */
async function tryOnce(url: string, options: CeluxeClientOptions = {}) {
  const client = createCanaryClient({ url }, { maxRetries: 0, ...options });
  return (await rejection(client.chat(body))) as { name: string; message: string; code?: string; retryable?: boolean };
}

test("the tries of one framework's call are calls of this client: the second is final", async () => {
  const url = await deadAddress();
  expect(await tryOnce(url)).toMatchObject({ retryable: true });
  expect(await tryOnce(url)).toMatchObject({ retryable: false });
});

test("calls side by side are one try, and each is made twice at most", async () => {
  const url = await deadAddress();
  // Of more than eleven the rest would wait for what becomes of those.
  const first = await Promise.all(Array.from({ length: 11 }, () => tryOnce(url)));
  expect(first.map(({ retryable }) => retryable)).toEqual(Array.from(first, () => true));
  const second = await Promise.all(Array.from({ length: 11 }, () => tryOnce(url)));
  expect(second.map(({ retryable }) => retryable)).toEqual(Array.from(second, () => false));
});

test("an origin that has answered before, if only with an error, is tried as often as is allowed", async () => {
  const emulator = await startCanaryEmulator({ faults: [{ fault: { type: "status", status: 400 } }] });
  const client = createCanaryClient(emulator, { maxRetries: 3 });
  await rejection(client.chat(body));
  await emulator.close();
  const error = await rejection(client.chat(body));
  expect(error).toMatchObject({ code: "ECONNREFUSED", retryable: true });
  expect(error).toHaveProperty("message", expect.stringMatching(/Check the network and baseURL/));
  expect(attempts(client)).toBe(1 + 4);
});

test("a wrong address that is put right works at once", async () => {
  const url = await deadAddress();
  await tryOnce(url);
  await tryOnce(url);
  await using emulator = await startEmulator({ port: Number(new URL(url).port), keys: [{ key: canaryKey }] });
  await createCanaryClient(emulator, { maxRetries: 0 }).chat(body);
  await emulator.close();
  expect(await tryOnce(url)).toMatchObject({ retryable: true });
});

describe("what runtimes throw", () => {
  const failed = (cause: unknown) => new TypeError("fetch failed", { cause });
  const coded = (code: string, message = "") => Object.assign(new Error(message), { code });
  const deno = (words: string) =>
    failed(
      new Error(`error sending request for url (https://h.test/v1/x?sig=secret): client error (Connect): ${words}`),
    );
  let hosts = 0;
  const url = () => `https://host-${++hosts}.test/v1?sig=secret`;
  async function secondTry(thrown: unknown) {
    const baseURL = url();
    // oxlint-disable-next-line only-throw-error -- a fetch of somebody else throws what it likes
    const fetch = async () => Promise.reject(thrown);
    await tryOnce(baseURL, { fetch });
    return tryOnce(baseURL, { fetch });
  }

  test.each<[string, unknown, string]>([
    ["Node: no such host", failed(coded("ENOTFOUND")), "ENOTFOUND"],
    ["Node: no name server", failed(coded("EAI_AGAIN")), "EAI_AGAIN"],
    [
      "Node: all addresses of a host",
      failed(new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")])),
      "ECONNREFUSED",
    ],
    [
      "Node: each address for another reason",
      failed(new AggregateError([coded("ENETUNREACH"), coded("ECONNREFUSED")])),
      "ENETUNREACH, ECONNREFUSED",
    ],
    ["Node: a certificate of nobody", failed(coded("SELF_SIGNED_CERT_IN_CHAIN")), "SELF_SIGNED_CERT_IN_CHAIN"],
    [
      "Node: a certificate of another host",
      failed(coded("ERR_TLS_CERT_ALTNAME_INVALID")),
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    ["Node: a port that browsers block", failed(new Error("bad port")), "bad port"],
    ["Node: no HTTP", failed(new Error("Response does not match the HTTP/1.1 protocol (Expected HTTP/)")), "HTTP/1.1"],
    ["Bun", Object.assign(new TypeError("ECONNREFUSED: Unable to connect."), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    ["Bun, older", Object.assign(new Error("Unable to connect."), { code: "ConnectionRefused" }), "ConnectionRefused"],
    ["Bun: no TLS", Object.assign(new TypeError("no"), { code: "EPROTO" }), "EPROTO"],
    ["Deno", deno("tcp connect error: Connection refused (os error 111)"), "Connection refused"],
    ["Deno: no such host", deno("dns error: failed to lookup address information"), "dns error"],
    ["Deno: a certificate of nobody", deno("invalid peer certificate: UnknownIssuer"), "certificate"],
    ["workerd", new Error("Network connection lost."), "Network connection lost"],
    ["workerd: no such host", new Error("internal error; reference = abc"), "internal error"],
    ["Chromium", new TypeError("Failed to fetch"), "Failed to fetch"],
    ["Firefox", new TypeError("NetworkError when attempting to fetch resource."), "NetworkError"],
    ["Safari", new TypeError("Load failed"), "Load failed"],
  ])("%s: the second is final, and its reason is named", async (_, thrown, reason) => {
    const error = await secondTry(thrown);
    expect(error).toMatchObject({ name: "ConnectionError", retryable: false });
    expect(error.message).toContain(reason);
    expect(JSON.stringify([error.message, String((error as Error).cause), (error as Error).stack])).not.toContain(
      "sig=",
    );
  });

  test.each<[string, unknown]>([
    ["a reset", failed(coded("ECONNRESET"))],
    ["a socket that was closed", failed(coded("UND_ERR_SOCKET"))],
    ["a slow network", failed(coded("UND_ERR_CONNECT_TIMEOUT"))],
    ["a bug in a fetch of one's own", new TypeError("x is not a function")],
  ])("%s says nothing of the address", async (_, thrown) => {
    expect(await secondTry(thrown)).toMatchObject({ name: "ConnectionError", retryable: true });
  });
});
