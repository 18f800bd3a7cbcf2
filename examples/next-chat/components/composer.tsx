import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, type RefObject, useLayoutEffect } from "react";

/** The box to write in. Enter sends, Shift+Enter begins a new line, Escape stops the answer. */
export function Composer(props: {
  input: RefObject<HTMLTextAreaElement | null>;
  draft: string;
  busy: boolean;
  onDraft: (draft: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const { input, draft, busy, onDraft, onSend, onStop } = props;

  // As high as its text, up to the height that the style sheet allows.
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [input, draft]);

  function submit() {
    // While an answer is coming, what is written stays where it is.
    if (!busy && draft.trim() !== "") onSend(draft.trim());
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape" && busy) onStop();
    // Enter also confirms a candidate of an input method; that one is not ours.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={input}
        rows={1}
        value={draft}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Ask anything"
        aria-label="Message"
        aria-describedby="composer-keys"
        enterKeyHint="send"
      />
      <div className="composer-row">
        <p id="composer-keys">
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd> + <kbd>Enter</kbd> begins a new line
        </p>
        {busy ? (
          <button type="button" className="round stop" aria-label="Stop" onClick={onStop}>
            <Square aria-hidden="true" fill="currentColor" />
          </button>
        ) : (
          <button type="submit" className="round" aria-label="Send" disabled={draft.trim() === ""}>
            <ArrowUp aria-hidden="true" />
          </button>
        )}
      </div>
    </form>
  );
}
