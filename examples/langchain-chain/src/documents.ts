import { Document } from "@langchain/core/documents";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../documents");

/** The Markdown files of `documents/`, one document for each `##` section: small enough to fit many into a prompt. */
export function loadDocuments(): Document<{ source: string; title: string }>[] {
  return readdirSync(folder)
    .filter((source) => source.endsWith(".md"))
    .flatMap((source) => {
      const [page = "", ...sections] = readFileSync(join(folder, source), "utf8").split(/^## /m);
      const pageTitle = page.replace(/^# /, "").trim();
      return sections.map((section) => {
        const [title = "", ...lines] = section.split("\n");
        const pageContent = lines.join("\n").trim();
        return new Document({ pageContent, metadata: { source, title: `${pageTitle}: ${title}` } });
      });
    });
}
