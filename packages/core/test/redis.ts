import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

/** Sends any command. */
export type Send = (...command: string[]) => Promise<unknown>;

/** Whether this machine has Redis. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis of its own on a free port, without a disk; a cluster of one node where that is asked for. */
export async function startRedis({ cluster = false } = {}) {
  const port = await freePort();
  const parameters = ["--port", String(port), "--save", "", "--appendonly", "no"];
  if (cluster) {
    parameters.push("--cluster-enabled", "yes", "--cluster-config-file", `${tmpdir()}/celuxe-cluster-${port}.conf`);
    parameters.push("--cluster-announce-ip", "127.0.0.1", "--cluster-port", String(await freePort()));
  }
  const server: ChildProcess = spawn("redis-server", parameters, { stdio: "ignore" });
  const connection = await connectRedis(port);
  if (cluster) {
    await connection.send("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    while (!String(await connection.send("CLUSTER", "INFO")).includes("cluster_state:ok")) await pause(50);
  }
  return {
    port,
    ...connection,
    /** Makes it hang, as an overloaded machine does. */
    pause: () => server.kill("SIGSTOP"),
    resume: () => server.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      connection.close();
      server.kill("SIGKILL");
      await once(server, "exit");
      rmSync(`${tmpdir()}/celuxe-cluster-${port}.conf`, { force: true });
    },
  };
}

/** The least client that there can be: one connection, answers in the order of the commands. */
export async function connectRedis(port: number): Promise<{ send: Send; close: () => void }> {
  const socket = await open(port);
  const waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  let received = "";
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    for (let answer = parse(received, 0); answer; answer = parse(received, 0)) {
      received = received.slice(answer.end);
      const { resolve, reject } = waiting.shift()!;
      if (answer.value instanceof Error) reject(answer.value);
      else resolve(answer.value);
    }
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The connection to Redis is closed.")));
  return {
    close: () => socket.destroy(),
    send: (...command) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error("The connection to Redis is closed."));
        waiting.push({ resolve, reject });
        const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
        socket.write(`*${command.length}\r\n${parts.join("")}`);
      }),
  };
}

/** One answer of the Redis protocol (RESP 2), if all of it has come. */
function parse(text: string, from: number): { value: unknown; end: number } | undefined {
  const lineEnd = text.indexOf("\r\n", from);
  if (lineEnd < 0) return undefined;
  const line = text.slice(from + 1, lineEnd);
  const end = lineEnd + 2;
  switch (text[from]) {
    case "+":
      return { value: line, end };
    case "-":
      return { value: new Error(line), end };
    case ":":
      return { value: Number(line), end };
    case "$": {
      const length = Number(line);
      if (length < 0) return { value: null, end };
      return text.length < end + length + 2
        ? undefined
        : { value: text.slice(end, end + length), end: end + length + 2 };
    }
    default: {
      const values: unknown[] = [];
      let next = end;
      for (let left = Number(line); left > 0; left--) {
        const item = parse(text, next);
        if (!item) return undefined;
        values.push(item.value);
        next = item.end;
      }
      return { value: values, end: next };
    }
  }
}

async function open(port: number): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("There is no free port.");
  return address.port;
}
