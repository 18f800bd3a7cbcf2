import type { DocumentInterface } from "@langchain/core/documents";
import { BaseRetriever } from "@langchain/core/retrievers";
import MiniSearch from "minisearch";

/**
 * Finds documents by their words (BM25), ordered by how well they fit. Celuxe documents no embeddings; with those of
 * another provider, `vectorStore.asRetriever()` takes the place of this class and nothing else changes.
 */
export class KeywordRetriever extends BaseRetriever {
  lc_namespace = ["retrievers"];
  readonly #documents: DocumentInterface[];
  readonly #limit: number;
  readonly #index = new MiniSearch({ fields: ["title", "text"], searchOptions: { boost: { title: 2 }, prefix: true } });

  constructor({ documents, limit }: { documents: DocumentInterface[]; limit: number }) {
    super();
    this.#documents = documents;
    this.#limit = limit;
    this.#index.addAll(
      documents.map(({ metadata, pageContent }, id) => ({ id, title: metadata.title, text: pageContent })),
    );
  }

  override async _getRelevantDocuments(question: string): Promise<DocumentInterface[]> {
    const found = this.#index.search(question).slice(0, this.#limit);
    return found.flatMap(({ id }) => this.#documents[id] ?? []);
  }
}
