// A server that takes what the client of LangSmith sends.
import { createServer } from "node:http";

export async function startCollector() {
  let received = "";
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received += `${request.method} ${request.url}\n${Buffer.concat(chunks)}\n`;
    response.setHeader("content-type", "application/json");
    // Without compression and multipart, so that what comes is readable.
    const info = { version: "0.12.0", instance_flags: {}, batch_ingest_config: { use_multipart_endpoint: false } };
    response.end(JSON.stringify(request.url?.endsWith("/info") ? info : {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    take() {
      const taken = received;
      received = "";
      return taken;
    },
  };
}
