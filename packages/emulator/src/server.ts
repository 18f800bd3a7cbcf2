import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { checkServerOptions } from "./check-options.ts";
import { createHandler, type EmulatorControls } from "./emulator.ts";
import type { Connection } from "./exchange.ts";
import type { EmulatorOptions } from "./options.ts";

export interface ServerOptions extends EmulatorOptions {
  /** Default: 0, any free port. */
  port?: number;
  /** The address to listen on. Default: "127.0.0.1", this machine only. */
  host?: string;
}

export interface RunningEmulator extends EmulatorControls, AsyncDisposable {
  /** The base URL for clients; ends in `/v1`. */
  readonly url: string;
  /** Closes every connection at once and frees the port. */
  close(): Promise<void>;
}

/** Times of the HTTP server, in milliseconds. */
const TIMES = {
  // Longer than any test: a connection that a client keeps for later must not close under it.
  keepAliveTimeout: 10 * 60_000,
  // Clients may be slow on purpose.
  requestTimeout: 0,
};

/** Milliseconds between the last write and a reset: at once, the reset could overtake it. */
const RESET_GRACE_MS = 20;

/** Connections that may wait to be accepted: hundreds come at once in load tests. */
const BACKLOG = 4096;

/**
 * A local Celuxe on a socket.
 *
 * ```ts
 * const emulator = await startEmulator();
 * const client = new OpenAI({ baseURL: emulator.url, apiKey: emulator.apiKey });
 * // …
 * await emulator.close();
 * ```
 *
 * @throws ConfigurationError for an option that does not exist or cannot work
 * @throws Error (`EADDRINUSE`, …) where the port cannot be had
 */
export async function startEmulator(options: ServerOptions = {}): Promise<RunningEmulator> {
  const { port = 0, host = "127.0.0.1", ...rest } = checkServerOptions(options);
  const { handle, ...controls } = createHandler(rest);
  const connectionId = createConnectionIds();
  const listener = getRequestListener(
    (request, env) => {
      const { outgoing } = env as HttpBindings;
      const { socket } = outgoing;
      return handle(request, socket ? toConnection(socket, connectionId(socket)) : undefined);
    },
    // The emulator lives in its user's process: its globals are not ours to replace.
    { overrideGlobalObjects: false },
  );
  const server = createServer(TIMES, (incoming, outgoing) => void listener(incoming, outgoing));
  await listen(server, port, host);

  let closed: Promise<void> | undefined;
  const close = () => (closed ??= closeServer(server));
  return { ...controls, url: urlOf(server, host), close, [Symbol.asyncDispose]: close };
}

function toConnection(socket: Socket, id: number): Connection {
  return {
    id,
    nothing: RESPONSE_ALREADY_SENT,
    async reset() {
      await new Promise((resolve) => setTimeout(resolve, RESET_GRACE_MS));
      socket.resetAndDestroy();
    },
  };
}

function createConnectionIds(): (socket: Socket) => number {
  const ids = new WeakMap<Socket, number>();
  let last = 0;
  return (socket) => {
    const id = ids.get(socket) ?? ++last;
    ids.set(socket, id);
    return id;
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  // Who listens on all addresses is reached at this machine's own.
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/v1`;
}
