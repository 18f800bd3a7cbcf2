export interface Consumer {
  title: string;
  /** The scenarios that the framework by itself does otherwise, and how. They are not checked. */
  limits?: Record<string, string>;
}

/** By the name of its folder. */
export const consumers: Record<string, Consumer> = {
  mastra: { title: "Mastra" },
  "openai-agents": { title: "OpenAI Agents SDK" },
  langchain: { title: "LangChain agents with middleware" },
  langgraph: {
    title: "LangGraph with a checkpointer and interrupts",
    limits: { "structured output": "not a part of LangGraph; `withStructuredOutput` of the model gives it" },
  },
  "ai-retry": { title: "ai-retry" },
  "ai-fallback": { title: "ai-fallback" },
  otel: { title: "The AI SDK's OpenTelemetry" },
};
