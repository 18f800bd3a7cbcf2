import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { EmulatorOptions, RunningEmulator } from "@celuxe/emulator";
import { createHandler } from "../../emulator/src/emulator.ts";

/** Whether the emulators of the tests speak HTTP/2: http2.long.test.ts runs the suites again so. */
export const http2 = process.env["TEST_HTTP2"] === "1";

export interface Http2Emulator extends RunningEmulator {
  /** Those that are open, in the order in which they came. */
  sessions: ServerHttp2Session[];
  /** Those whose answers have not come to their ends. */
  streams: ServerHttp2Stream[];
  /** Below TLS. */
  sockets: Socket[];
}

/** Milliseconds between the last write and a reset, as the emulator's own server takes them. */
const resetGraceMs = 20;

/** The emulator behind TLS and HTTP/2. What resets a connection elsewhere resets a stream here. */
export async function startHttp2Emulator(options: EmulatorOptions): Promise<Http2Emulator> {
  const { handle, ...controls } = createHandler(options);
  // Key and certificate stand in one file, which Node takes the certificate from.
  const pem = readFileSync(process.env["NODE_EXTRA_CA_CERTS"]!);
  const server = createSecureServer({ key: pem, cert: pem, maxSessionMemory: 1_000 });
  const ids = new WeakMap<object, number>();
  let lastId = 0;
  const open = new Set<ServerHttp2Session>();
  const streams = new Set<ServerHttp2Stream>();
  const sockets = new Set<Socket>();

  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    ids.set(session, ++lastId);
    open.add(session);
    session.on("close", () => open.delete(session));
    session.on("error", () => {});
  });
  server.on("stream", (stream, headers) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    stream.on("error", () => {});
    void answer(stream, headers).catch((error: Error) => stream.destroy(error));
  });

  async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const gone = new AbortController();
    stream.once("close", () => gone.abort());
    const { ":method": method, ":path": path, ":authority": authority, ...rest } = headers;
    const request = new Request(`https://${String(authority)}${String(path)}`, {
      method: String(method),
      headers: Object.entries(rest).filter(([name]) => !name.startsWith(":")) as [string, string][],
      ...(method === "POST" && { body: await text(stream) }),
      signal: gone.signal,
    });
    const nothing = new Response();
    const response = await handle(request, {
      id: ids.get(stream.session!)!,
      nothing,
      async reset() {
        await new Promise((resolve) => setTimeout(resolve, resetGraceMs));
        // `close` would end the body first.
        stream.destroy(new Error("reset"));
      },
    });
    if (response === nothing || stream.destroyed) return void response.body?.cancel();
    const { "transfer-encoding": _, ...sent } = Object.fromEntries(response.headers);
    stream.respond({ ":status": response.status, ...sent });
    await write(stream, response.body, gone.signal);
  }

  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const session of open) session.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    ...controls,
    url: `https://127.0.0.1:${port}/v1`,
    get sessions() {
      return [...open];
    },
    get streams() {
      return [...streams];
    },
    get sockets() {
      return [...sockets];
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function write(
  stream: ServerHttp2Stream,
  body: ReadableStream<Uint8Array> | null,
  gone: AbortSignal,
): Promise<void> {
  const reader = body?.getReader();
  for (;;) {
    const read = await reader?.read();
    if (stream.destroyed) return void reader?.cancel();
    if (!read || read.done) return void stream.end();
    if (!stream.write(read.value)) await once(stream, "drain", { signal: gone }).catch(() => {});
  }
}
