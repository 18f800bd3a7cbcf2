import { ChevronDown, SquarePen } from "lucide-react";
import { Logo } from "./logo";

/** The title, the model picker, and where the answers come from if not from a model. */
export function Header(props: {
  emulated: boolean;
  model: string;
  models: string[];
  onModel: (model: string) => void;
  onNewChat: (() => void) | undefined;
}) {
  const { emulated, model, models, onModel, onNewChat } = props;
  return (
    <header>
      {emulated && (
        <p className="banner">
          <strong>Emulator</strong> – set <code>CELUXE_API_KEY</code> for the real service
        </p>
      )}
      <div className="bar">
        <h1>
          <Logo />
          <span>
            Celuxe <span className="wide">Chat</span>
          </span>
        </h1>
        <label className="model-picker">
          <span className="visually-hidden">Model</span>
          <select value={model} onChange={(event) => onModel(event.target.value)}>
            {[...new Set([...models, model])].map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
          <ChevronDown aria-hidden="true" />
        </label>
        <button type="button" className="quiet" aria-label="New chat" onClick={onNewChat} disabled={!onNewChat}>
          <SquarePen aria-hidden="true" />
          <span className="wide">New chat</span>
        </button>
      </div>
    </header>
  );
}
