import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A package registry on this machine: it keeps what `npm publish` sends and gives it to any package manager. */
export interface Registry {
  url: string;
  /** What was asked for: `GET /@celuxe/core`, … */
  requests: string[];
  close(): Promise<void>;
}

interface Published {
  name: string;
  versions: Record<string, { dist: { tarball: string } }>;
  _attachments?: Record<string, { data: string }>;
}

/** Starts an empty registry. It keeps everything in memory, and takes any token. */
export async function startRegistry(): Promise<Registry> {
  const packages = new Map<string, Published>();
  const tarballs = new Map<string, Buffer>();
  const requests: string[] = [];

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://registry").pathname);
    requests.push(`${request.method} ${path}`);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const tarball = tarballs.get(path);
    if (request.method === "PUT") {
      void readJson(request).then(({ _attachments: attachments = {}, ...published }) => {
        const [attachment] = Object.values(attachments);
        for (const { dist } of Object.values(published.versions)) {
          tarballs.set(
            decodeURIComponent(new URL(dist.tarball).pathname),
            Buffer.from(attachment?.data ?? "", "base64"),
          );
        }
        packages.set(path.slice(1), published);
        answer(201, { ok: true });
      });
    } else if (tarball) response.writeHead(200, { "content-type": "application/octet-stream" }).end(tarball);
    else if (packages.has(path.slice(1))) answer(200, packages.get(path.slice(1)));
    else answer(404, { error: "Not found" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readJson(request: IncomingMessage): Promise<Published> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Published;
}
