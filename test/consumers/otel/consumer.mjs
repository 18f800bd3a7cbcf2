import { OpenTelemetry } from "@ai-sdk/otel";
import { createCeluxe } from "@celuxe/ai-sdk-provider";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { registerTelemetry } from "ai";
import { operations } from "./shared/ai-sdk.mjs";

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
registerTelemetry(new OpenTelemetry());

export const { ask, stream, object } = operations((settings) => createCeluxe(settings)("deepseek-v3"));

/** What a collector would have got since it was last asked. */
export function takeTrace() {
  const spans = exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  exporter.reset();
  return JSON.stringify(spans);
}
