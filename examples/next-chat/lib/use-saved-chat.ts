import { useEffect, useEffectEvent, useState } from "react";
import type { ChatMessage } from "./chat-message";

interface SavedChat {
  messages: ChatMessage[];
  model: string;
  draft: string;
}

const STORAGE_KEY = "celuxe-chat";

/** Keeps the chat of this tab over a reload. Gives whether what was there has been restored. */
export function useSavedChat(chat: SavedChat, restore: (saved: SavedChat) => void): boolean {
  const { messages, model, draft } = chat;
  const [restored, setRestored] = useState(false);
  const onRestore = useEffectEvent(restore);

  useEffect(() => {
    const saved = read();
    if (saved) onRestore(saved);
    setRestored(true);
  }, []);

  useEffect(() => {
    if (restored) write({ messages, model, draft });
  }, [restored, messages, model, draft]);

  return restored;
}

function read(): SavedChat | undefined {
  try {
    const saved = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") as Partial<SavedChat> | null;
    if (!Array.isArray(saved?.messages) || !saved.model) return undefined;
    return { messages: saved.messages, model: saved.model, draft: saved.draft ?? "" };
  } catch {
    return undefined;
  }
}

function write(chat: SavedChat): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(chat));
  } catch {
    // No storage in this browser, or full: the chat goes on and is only lost with the page.
  }
}
