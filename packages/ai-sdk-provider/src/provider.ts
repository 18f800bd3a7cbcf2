import { NoSuchModelError, type ProviderV4 } from "@ai-sdk/provider";
import type { CeluxeClient, CeluxeModel, CeluxeModelId } from "@celuxe/core";
import { CeluxeLanguageModel } from "./language-model.ts";
import { type CeluxeProviderSettings, createModelConfig } from "./settings.ts";

/** Gives the language models of Celuxe; call it with a model id. */
export interface CeluxeProvider extends ProviderV4 {
  (modelId: CeluxeModelId): CeluxeLanguageModel;
  /** The same as calling the provider. */
  chat(modelId: CeluxeModelId): CeluxeLanguageModel;
  /** The same as calling the provider. */
  languageModel(modelId: CeluxeModelId): CeluxeLanguageModel;
  /**
   * Lists the models that the key may use, from a cache of 5 minutes unless `refresh` is set.
   *
   * @throws {CeluxeError} of the class that fits; the signal's reason after an abort.
   */
  listModels(options?: Parameters<CeluxeClient["listModels"]>[0]): Promise<CeluxeModel[]>;
  /** @throws {NoSuchModelError} always: Celuxe documents no embeddings. */
  embeddingModel(modelId: string): never;
  /** @throws {NoSuchModelError} always: Celuxe documents no image models. */
  imageModel(modelId: string): never;
}

/**
 * Makes a provider with settings of its own. Nothing is sent, and the environment is not read, before the first request.
 *
 * @throws {ConfigurationError} for a setting that cannot work.
 * @example
 * const celuxe = createCeluxe({ apiKey: process.env.MY_KEY, rateLimit: "pro" });
 * const { text } = await generateText({ model: celuxe("deepseek-v3"), prompt: "Hello" });
 */
export function createCeluxe(settings: CeluxeProviderSettings = {}): CeluxeProvider {
  const config = createModelConfig(settings);
  const languageModel = (modelId: CeluxeModelId) => new CeluxeLanguageModel(modelId, config);
  return Object.assign((modelId: CeluxeModelId) => languageModel(modelId), {
    specificationVersion: "v4" as const,
    chat: languageModel,
    languageModel,
    listModels: (options: Parameters<CeluxeClient["listModels"]>[0]) => config.client.listModels(options),
    embeddingModel: (modelId: string) => refuse(modelId, "embeddingModel", "embeddings"),
    imageModel: (modelId: string) => refuse(modelId, "imageModel", "image models"),
  });
}

/** The provider with default settings; the key is `CELUXE_API_KEY` of the environment. */
export const celuxe: CeluxeProvider = /* @__PURE__ */ createCeluxe();

function refuse(modelId: string, modelType: "embeddingModel" | "imageModel", what: string): never {
  throw new NoSuchModelError({
    modelId,
    modelType,
    message: `Celuxe documents no ${what}, so there is no ${modelType} "${modelId}". Use another provider for it.`,
  });
}
