export interface Consumer {
  title: string;
  /** Whether its types are checked, too: what its types say of a model is what ours must be. */
  typed?: boolean;
  /** The scenarios that the framework by itself does otherwise, and how. They are not checked. */
  limits?: Record<string, string>;
}

/** By the name of its folder. */
export const consumers: Record<string, Consumer> = {
  mastra: { title: "Mastra", typed: true },
  "openai-agents": { title: "OpenAI Agents SDK", typed: true },
  langchain: { title: "LangChain agents with middleware", typed: true },
  langgraph: {
    title: "LangGraph with a checkpointer and interrupts",
    limits: { "structured output": "not a part of LangGraph; `withStructuredOutput` of the model gives it" },
  },
  deepagents: { title: "deepagents", typed: true },
  "langchain-mcp": { title: "MCP tools in LangChain", typed: true },
  langsmith: { title: "Traces of LangChain, to LangSmith" },
  "ai-sdk-langchain": {
    title: "LangChain behind the AI SDK's pages",
    limits: { "structured output": "not a part of it; the agent's `responseFormat` gives it" },
  },
  "ai-sdk-mcp": { title: "MCP tools in the AI SDK" },
  "use-chat": { title: "`useChat` in React", limits: { "structured output": "not a part of it; `useObject` has it" } },
  copilotkit: { title: "CopilotKit's runtime", limits: { "structured output": "not a part of the runtime" } },
  "ai-retry": { title: "ai-retry", typed: true },
  "ai-fallback": { title: "ai-fallback", typed: true },
  otel: { title: "The AI SDK's OpenTelemetry" },
};
