// The tour: every subject once. Each is a program of its own, too: `npm run stream`.
import "./service.ts";

for (const subject of ["models", "text", "stream", "tools", "structured", "batch"]) {
  console.log(`--- src/${subject}.ts ---\n`);
  try {
    await import(`./${subject}.ts`);
  } catch (error) {
    console.error(`${String(error)}\n\n\`npm run ${subject}\` shows where.`);
    process.exit(1);
  }
  console.log();
}
