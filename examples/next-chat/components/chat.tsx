"use client";

import { useChat } from "@ai-sdk/react";
import { ArrowDown } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { readFailure } from "@/lib/chat-failure";
import type { ChatMessage } from "@/lib/chat-message";
import { useModels } from "@/lib/use-models";
import { useSavedChat } from "@/lib/use-saved-chat";
import { useStickToEnd } from "@/lib/use-stick-to-end";
import { Composer } from "./composer";
import { EmptyState } from "./empty-state";
import { Header } from "./header";
import { Message, textOf } from "./message";
import { Notice } from "./notice";

/** How often in a row a rate limit is waited out without the reader; a full service must not be asked for ever. */
const MOST_AUTOMATIC_TRIES = 5;

/** The whole chat: its state, and what each control does. */
export function Chat({ emulated }: { emulated: boolean }) {
  const [model, setModel] = useState("deepseek-v3");
  const [draft, setDraft] = useState("");
  const [automaticTries, setAutomaticTries] = useState(0);
  const [spoken, setSpoken] = useState("");
  const main = useRef<HTMLElement>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const models = useModels();
  const chat = useChat<ChatMessage>({
    throttle: 50,
    onFinish({ message, isAbort, isError }) {
      if (!isError) setAutomaticTries(0);
      setSpoken(isAbort ? "Stopped." : isError ? "" : textOf(message));
    },
  });
  const { messages, status, error } = chat;
  const restored = useSavedChat({ messages, model, draft }, (saved) => {
    chat.setMessages(saved.messages);
    setModel(saved.model);
    setDraft(saved.draft);
  });
  const failure = useMemo(() => error && readFailure(error), [error]);
  const { atEnd, stickToEnd } = useStickToEnd(messages, failure, status);
  const busy = status === "submitted" || status === "streaming";
  const last = messages.at(-1);
  const writing = last?.role === "assistant" && ["text", "reasoning"].includes(last.parts.at(-1)?.type ?? "");

  /** A control that goes away must not take the focus with it; on a phone the keyboard stays shut. */
  function keepFocus() {
    const target = matchMedia("(pointer: coarse)").matches ? main.current : input.current;
    target?.focus({ preventScroll: true });
  }

  useEffect(() => {
    if (!matchMedia("(pointer: coarse)").matches) input.current?.focus();
  }, []);

  function send(text: string) {
    setAutomaticTries(0);
    setDraft("");
    stickToEnd();
    keepFocus();
    void chat.sendMessage({ text }, { body: { model } });
  }

  function retry() {
    stickToEnd();
    keepFocus();
    void chat.regenerate({ body: { model } });
  }

  /** Takes the last question back into the composer. */
  function edit() {
    const index = messages.findLastIndex(({ role }) => role === "user");
    const question = messages[index];
    if (!question) return;
    chat.clearError();
    chat.setMessages(messages.slice(0, index));
    setDraft(textOf(question));
    input.current?.focus();
  }

  function stop() {
    void chat.stop();
    keepFocus();
  }

  function startAnew() {
    void chat.stop();
    chat.clearError();
    chat.setMessages([]);
    setSpoken("");
    input.current?.focus();
  }

  return (
    <div className="chat">
      <Header
        emulated={emulated}
        model={model}
        models={models.ids}
        onModel={setModel}
        onNewChat={messages.length > 0 ? startAnew : undefined}
      />

      <main ref={main} tabIndex={-1} aria-label="Conversation" aria-busy={busy}>
        {restored && messages.length === 0 && <EmptyState onPick={send} />}
        {messages.map((message) => (
          <Message
            key={message.id}
            message={message}
            streaming={busy && message === last}
            onRetry={message === last && !busy && !failure ? retry : undefined}
          />
        ))}
        {busy && !writing && (
          <p className="waiting" aria-hidden="true">
            <span />
            <span />
            <span />
          </p>
        )}
      </main>

      <footer>
        {!atEnd && (
          <button type="button" className="to-end" aria-label="Go to the end" onClick={stickToEnd}>
            <ArrowDown aria-hidden="true" />
          </button>
        )}
        {failure ? (
          <Notice
            failure={failure}
            automatic={automaticTries < MOST_AUTOMATIC_TRIES}
            onRetry={(automatically) => {
              setAutomaticTries(automatically ? automaticTries + 1 : 0);
              retry();
            }}
            onEdit={edit}
          />
        ) : (
          models.failure && <Notice failure={models.failure} automatic={false} onRetry={models.reload} />
        )}
        <Composer input={input} draft={draft} busy={busy} onDraft={setDraft} onSend={send} onStop={stop} />
      </footer>

      {/* One voice for what happens: reading every token aloud as it comes would drown everything else. */}
      <p role="status" className="visually-hidden">
        {status === "submitted" ? "Waiting for the answer." : busy ? "" : spoken}
      </p>
    </div>
  );
}
