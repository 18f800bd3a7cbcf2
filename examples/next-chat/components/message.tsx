import { RotateCw } from "lucide-react";
import { memo } from "react";
import type { AnswerInfo, ChatMessage } from "@/lib/chat-message";
import { ClockCard } from "./clock-card";
import { CopyButton } from "./copy-button";
import { Fold } from "./fold";
import { Markdown } from "./markdown";

interface MessageProps {
  message: ChatMessage;
  /** Whether it is still being written. */
  streaming: boolean;
  /** Asks for this answer again; only where that makes sense. */
  onRetry: (() => void) | undefined;
}

/** One message: a question as it was typed, an answer with all its parts. Unchanged ones are not rendered again. */
export const Message = memo(function Message({ message, streaming, onRetry }: MessageProps) {
  const text = textOf(message);
  return (
    <article className={message.role}>
      <h2 className="visually-hidden">{message.role === "user" ? "You" : "Answer"}</h2>
      {message.role === "user" ? (
        <p className="bubble">{text}</p>
      ) : (
        message.parts.map((part, index) => <Part key={index} part={part} />)
      )}
      {!streaming && (message.role === "assistant" || onRetry) && (
        <div className="below">
          {message.role === "assistant" && text !== "" && <CopyButton label="Copy the answer" read={() => text} />}
          {onRetry && (
            <button type="button" className="quiet" onClick={onRetry}>
              <RotateCw aria-hidden="true" />
              Try again
            </button>
          )}
          <Usage message={message} />
        </div>
      )}
    </article>
  );
});

/** The text of a message, without reasoning and tools. */
export function textOf(message: ChatMessage): string {
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function Part({ part }: { part: ChatMessage["parts"][number] }) {
  switch (part.type) {
    case "text":
      return <Markdown text={part.text} />;
    case "reasoning":
      if (part.text === "") return null;
      return <Fold title={part.state === "streaming" ? "Thinking…" : "Reasoning"}>{part.text}</Fold>;
    case "tool-currentTime":
      return <ClockCard part={part} />;
    default:
      return null;
  }
}

/** Ends that a reader should know of; the usual one is not worth a word. */
const ENDS: Partial<Record<AnswerInfo["finishReason"], string>> = {
  length: "cut at the length limit",
  "content-filter": "held back by a content filter",
  error: "broken off by an error",
};

function Usage({ message }: { message: ChatMessage }) {
  if (message.role === "user") return <p className="usage">Not answered yet</p>;
  if (!message.metadata) return <p className="usage">Not complete</p>;
  const { model, seconds, inputTokens, outputTokens, finishReason } = message.metadata;
  const tokens = inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
  const facts = [
    model,
    tokens && `${tokens.inputTokens} tokens in, ${tokens.outputTokens} out`,
    `${seconds.toFixed(1)} s`,
    ENDS[finishReason],
  ];
  return <p className="usage">{facts.filter(Boolean).join(" · ")}</p>;
}
