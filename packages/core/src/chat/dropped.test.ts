import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { WirePiece } from "@celuxe/emulator";
import { expect, test } from "vitest";
import { canaryKey, startCanaryEmulator, until } from "../../test/canary.ts";
import { finish, role, text } from "../../test/scripted.ts";

function* endless(): Generator<WirePiece> {
  yield role;
  for (;;) yield text("x".repeat(1_000));
}

test("a stream that nobody holds any more is closed, and every call reports one end", async () => {
  const modelOf = (body: unknown) => (body as { model: string }).model;
  await using emulator = await startCanaryEmulator({
    faults: [
      { match: ({ body }) => modelOf(body).startsWith("endless"), fault: { type: "script", chunks: () => endless() } },
      {
        match: ({ body }) => modelOf(body).startsWith("whole"),
        fault: { type: "script", chunks: [role, text("Hi"), text(" there"), finish()] },
      },
      {
        match: ({ body }) => modelOf(body).startsWith("broken"),
        fault: { type: "script", chunks: [role, text("Hi"), { waitMs: 50 }], end: "reset" },
      },
    ],
  });
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--conditions=@celuxe/source", join(import.meta.dirname, "../../test/dropped-streams.ts")],
    {
      env: { ...process.env, CELUXE_API_KEY: canaryKey, CELUXE_BASE_URL: emulator.url },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  expect(JSON.parse(line)).toEqual({
    "endless, never read": ["done early"],
    "endless, read once": ["done early"],
    "endless, waited for elsewhere": ["done early"],
    "endless, in a ReadableStream": ["done early"],
    "endless, left": ["done early"],
    "whole, never read": ["done early"],
    "whole, read to its finish": ["done stop"],
    "whole, read to its end": ["done stop"],
    "broken, never read": ["done early"],
    "broken, read": ["error ConnectionError"],
  });
  const open = () =>
    emulator.journal.requests
      .filter(({ bytes, body, clientGone }) => bytes > 0 && modelOf(body).startsWith("endless") && !clientGone)
      .map(({ body }) => modelOf(body));
  await until(() => open().length <= 1);
  expect(open()).toEqual(["endless, kept"]);
  child.stdin.end();
  expect(await once(child, "close")).toEqual([0, null]);
});
