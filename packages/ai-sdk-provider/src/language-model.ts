import type {
  JSONObject,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import { WORKFLOW_DESERIALIZE, WORKFLOW_SERIALIZE } from "@ai-sdk/provider-utils";
import { type CeluxeModelId, type ModelCapabilities, modelCapabilities } from "@celuxe/core";
import { toAISDKError } from "./errors.ts";
import { callHeaders, chatURL, type PreparedRequest, prepareRequest } from "./request.ts";
import { type GenerateResult, toGenerateResult } from "./result.ts";
import {
  createModelConfig,
  deserializeSettings,
  type ModelConfig,
  type PortableSettings,
  serializeSettings,
} from "./settings.ts";
import { type StreamPart, toPartStream } from "./stream.ts";

type StreamResult = Omit<LanguageModelV4StreamResult, "stream"> & { stream: ReadableStream<StreamPart> };

/** A language model of Celuxe, as `celuxe("deepseek-v3")` gives it. */
export class CeluxeLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly modelId: CeluxeModelId;
  readonly provider: string;
  /** Images and videos are passed on as URLs; everything else is downloaded by the AI SDK and sent as bytes. */
  readonly supportedUrls: Record<string, RegExp[]> = { "image/*": [webAddress], "video/*": [webAddress] };
  private readonly config: ModelConfig;
  private capabilities: ModelCapabilities | undefined;

  constructor(modelId: CeluxeModelId, config: ModelConfig) {
    this.modelId = modelId;
    this.provider = `${config.name}.chat`;
    this.config = config;
  }

  /**
   * For steps of a workflow. Key, headers, fetch and the query of `baseURL` stay here. There, the key comes from
   * `CELUXE_API_KEY`, and the query from `CELUXE_BASE_URL` where that is the same address.
   */
  static [WORKFLOW_SERIALIZE](model: CeluxeLanguageModel): { modelId: string; config: JSONObject } {
    return { modelId: model.modelId, config: serializeSettings(model.config.portable) };
  }

  static [WORKFLOW_DESERIALIZE](serialized: { modelId: string; config: PortableSettings }): CeluxeLanguageModel {
    return new CeluxeLanguageModel(serialized.modelId, createModelConfig(deserializeSettings(serialized.config)));
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<GenerateResult> {
    const { client } = this.config;
    const { body, priority, warnings } = this.prepare(options, false);
    try {
      const answer = await client.chat(body, {
        signal: options.abortSignal,
        headers: callHeaders(options.headers),
        priority,
      });
      const request = { url: chatURL(client), body };
      return toGenerateResult(answer, { request, warnings, rateLimit: client.rateLimit.state() });
    } catch (error) {
      throw toAISDKError(error, { client, body, signal: options.abortSignal });
    }
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<StreamResult> {
    const { client } = this.config;
    const signal = options.abortSignal;
    const { body, priority, warnings } = this.prepare(options, true);
    const context = { client, body, signal };
    try {
      const stream = await client.streamChat(body, {
        signal,
        headers: callHeaders(options.headers),
        priority,
        includeRaw: options.includeRawChunks,
      });
      return {
        stream: toPartStream(stream, warnings, context),
        request: { url: chatURL(client), body },
        response: { headers: stream.response.headers },
      };
    } catch (error) {
      throw toAISDKError(error, context);
    }
  }

  private prepare(options: LanguageModelV4CallOptions, stream: boolean): PreparedRequest {
    this.capabilities ??= modelCapabilities(this.modelId);
    return prepareRequest(this.modelId, this.capabilities, options, this.config, stream);
  }
}

const webAddress = /^https?:\/\/.+$/;
