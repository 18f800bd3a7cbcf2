import { modelCapabilities } from "@celuxe/core";
import type { ModelProfile } from "@langchain/core/language_models/profile";

/**
 * What is known of a model, in LangChain's words; what is not known is left out. Agents choose by it how to get
 * structured output and when to summarise.
 */
export function toProfile(modelId: string): ModelProfile {
  const { reasoning, jsonSchema, forcedToolChoice, images, contextWindow, maxOutputTokens } =
    modelCapabilities(modelId);
  return {
    // Also where it is unknown: without the field, LangChain would take 4,097 for the window of a model it does not know.
    maxInputTokens: contextWindow,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(images !== undefined && { imageInputs: images, imageUrlInputs: images }),
    ...(reasoning !== undefined && { reasoningOutput: reasoning }),
    ...(jsonSchema !== undefined && { structuredOutput: jsonSchema }),
    // Who knows how a model takes a forced choice knows that it calls tools.
    ...(forcedToolChoice !== undefined && { toolCalling: true, toolChoice: forcedToolChoice }),
  };
}
