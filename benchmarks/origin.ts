// A process of its own, so that its CPU time is not counted: answers as the model id of a request says.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { blockBytes } from "./payloads.ts";
import { completionOf, type Exchange, exchangeOf, fingerprint, wireEventsOf } from "./wire.ts";

const writes = new Map<string, Buffer[]>();
/** When the last request's connection was closed by its client, on the clock that all processes share. */
let closedAt: string | undefined;

const server = createServer((request, response) => {
  if (request.url === "/closed") return void response.end(closedAt);
  void answer(request, response);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = JSON.parse(Buffer.concat(pieces).toString()) as {
    model: string;
    stream?: boolean;
    messages: Parameters<typeof fingerprint>[0];
  };
  const { model, stream } = body;
  const exchange = exchangeOf(model);
  if (!stream) {
    response.writeHead(200, { "content-type": "application/json" });
    const content = exchange.kind === "echo" ? fingerprint(body.messages) : exchange.pieces.join("");
    return void response.end(completionOf(model, content));
  }
  closedAt = undefined;
  response.on("close", () => {
    if (!response.writableFinished) closedAt = String(process.hrtime.bigint());
  });
  if (!writes.has(model)) writes.set(model, writesOf(exchange, model));
  response.writeHead(200, { "content-type": "text/event-stream" });
  // Without this, small writes would wait for the acknowledgement of those before.
  response.socket?.setNoDelay(true);
  const start = performance.now();
  let wake = () => {};
  response.on("drain", () => wake()).on("close", () => wake());
  for (const [index, bytes] of writes.get(model)!.entries()) {
    if (response.destroyed) return;
    if (!response.write(bytes)) await new Promise<void>((resolve) => (wake = resolve));
    // By the clock, not by the last event: timers are late, and lateness would add up.
    const early = exchange.pauseMs * (index + 1) - (performance.now() - start);
    if (early >= 1) await sleep(early);
  }
  response.end();
}

function writesOf(exchange: Exchange, model: string): Buffer[] {
  const events = wireEventsOf(exchange, model).map((event) => Buffer.from(event));
  if (exchange.writes === "events") return events;
  const all = Buffer.concat(events);
  return Array.from({ length: Math.ceil(all.length / blockBytes) }, (_, index) =>
    all.subarray(index * blockBytes, (index + 1) * blockBytes),
  );
}

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
