import { fork } from "node:child_process";

/**
 * Calls the default export of a task's module in a process of its own, so that it meets no other's memory, compiled code
 * or patched globals.
 *
 * @throws Error if the process ended without a result.
 */
export function inChild<Result>(
  module: string,
  argument: unknown,
  execArgv: string[] = process.execArgv,
): Promise<Result> {
  const child = fork(import.meta.filename, [module, JSON.stringify(argument)], { execArgv });
  return new Promise((resolve, reject) => {
    child.on("message", (result) => {
      resolve(result as Result);
      child.disconnect();
    });
    child.on("exit", () => reject(new Error(`${module} ended without a result.`)));
  });
}

// Not awaited here: the task's module imports this one, which would then wait for itself.
if (process.argv[1] === import.meta.filename) void runTask(process.argv[2]!, process.argv[3]!);

async function runTask(module: string, argument: string): Promise<void> {
  const { default: run } = (await import(module)) as { default: (argument: unknown) => Promise<unknown> };
  const result = await run(JSON.parse(argument));
  process.on("disconnect", () => process.exit());
  process.send?.(result);
}
