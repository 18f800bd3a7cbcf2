// The tour. Each file is a program of its own, too: `npm run chain`, `npm run retrieval -- "your question"`.
import "./service.ts";

for (const subject of ["chain", "retrieval"]) {
  console.log(`--- src/${subject}.ts ---\n`);
  try {
    await import(`./${subject}.ts`);
  } catch (error) {
    console.error(`${String(error)}\n\n\`npm run ${subject}\` shows where.`);
    process.exit(1);
  }
  console.log();
}
