// A process of its own, so that its CPU time is not counted: streams the payload that the model id names.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { blockBytes, eventsOf, type Payload } from "./payloads.ts";
import { scenarios } from "./scenarios/index.ts";

const payloads = new Map<string, Payload>(scenarios.map(({ name, payload }) => [name, payload]));
const writes = new Map<string, Buffer[]>();

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse) {
  let body = "";
  for await (const piece of request) body += String(piece);
  const { model } = JSON.parse(body) as { model: string };
  const payload = payloads.get(model);
  if (!payload) return void response.writeHead(404).end();
  if (!writes.has(model)) writes.set(model, writesOf(payload, model));
  response.writeHead(200, { "content-type": "text/event-stream" });
  // Without this, small writes would wait for the acknowledgement of those before.
  response.socket?.setNoDelay(true);
  for (const bytes of writes.get(model)!) await write(response, bytes, payload.writes === "events" ? 1 : 0);
  response.end();
}

async function write(response: ServerResponse, bytes: Buffer, pauseMs: number) {
  if (!response.write(bytes)) await once(response, "drain");
  if (pauseMs > 0) await sleep(pauseMs);
}

function writesOf(payload: Payload, model: string): Buffer[] {
  const events = [...eventsOf(payload, model)].map((event) => Buffer.from(event));
  if (payload.writes === "events") return events;
  const all = Buffer.concat(events);
  return Array.from({ length: Math.ceil(all.length / blockBytes) }, (_, index) =>
    all.subarray(index * blockBytes, (index + 1) * blockBytes),
  );
}

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
