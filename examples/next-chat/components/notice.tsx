import { CircleAlert, KeyRound, type LucideIcon, Wallet, WifiOff } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import type { ChatFailure } from "@/lib/chat-failure";
import { Fold } from "./fold";

interface NoticeProps {
  failure: ChatFailure;
  /** Whether a rate limit is waited out without the reader. */
  automatic: boolean;
  onRetry: (automatically: boolean) => void;
  onEdit?: () => void;
}

/** Says what happened and what helps; after a rate limit it goes on by itself. */
export function Notice({ failure, automatic, onRetry, onEdit }: NoticeProps) {
  const [cancelled, setCancelled] = useState(false);
  const { kind, message, retryAfterMs } = failure;
  const waits = kind === "rate-limit" && automatic && retryAfterMs !== undefined && !cancelled;
  const { title, remedy, Icon } = EXPLANATIONS[kind];
  return (
    <section className={kind === "rate-limit" ? "notice calm" : "notice"} aria-label="Problem">
      {waits ? <Countdown milliseconds={retryAfterMs} onEnd={() => onRetry(true)} /> : <Icon aria-hidden="true" />}
      <div>
        {/* Said once when it appears: the ticking number stays outside. */}
        <div role="alert">
          <h2>{title}</h2>
          <p>
            {waits ? "Nothing is lost: it goes on by itself" : remedy}
            {waits && <span className="visually-hidden"> in about {toSeconds(retryAfterMs)} seconds</span>}
            {waits && "."}
          </p>
        </div>
        <Fold title="Details">{message}</Fold>
      </div>
      <div className="actions">
        {waits ? (
          <button type="button" onClick={() => setCancelled(true)}>
            Cancel
          </button>
        ) : (
          <button type="button" className="primary" onClick={() => onRetry(false)}>
            Try again
          </button>
        )}
        {onEdit && (
          <button type="button" onClick={onEdit}>
            Edit
          </button>
        )}
      </div>
    </section>
  );
}

const EXPLANATIONS: Record<ChatFailure["kind"], { title: string; remedy: string; Icon: LucideIcon }> = {
  "rate-limit": {
    title: "Too many requests just now",
    remedy: "Wait a moment, then try again.",
    Icon: CircleAlert,
  },
  balance: {
    title: "The balance is used up",
    remedy: "Top up the Celuxe account or raise the key's spending limit, then try again.",
    Icon: Wallet,
  },
  key: {
    title: "The API key was not accepted",
    remedy: "Set CELUXE_API_KEY on the server to a valid key and restart it.",
    Icon: KeyRound,
  },
  permission: {
    title: "The API key may not do this",
    remedy: "Check its IP whitelist and its limits in the Celuxe account, then try again.",
    Icon: KeyRound,
  },
  model: {
    title: "This model is not available",
    remedy: "Choose another one above, then try again.",
    Icon: CircleAlert,
  },
  request: {
    title: "The request was not accepted",
    remedy: "Change the message, or begin a new chat if this one has become very long.",
    Icon: CircleAlert,
  },
  unavailable: {
    title: "The service did not answer as it should",
    remedy: "That usually passes: try again in a moment.",
    Icon: CircleAlert,
  },
  offline: {
    title: "No connection",
    remedy: "Check the network, then try again.",
    Icon: WifiOff,
  },
  unknown: {
    title: "That did not work",
    remedy: "Try again; if it stays so, the server's log says more.",
    Icon: CircleAlert,
  },
};

/** A ring that empties, with the seconds left. */
function Countdown({ milliseconds, onEnd }: { milliseconds: number; onEnd: () => void }) {
  const [until] = useState(() => Date.now() + milliseconds);
  const [left, setLeft] = useState(milliseconds);
  const end = useEffectEvent(onEnd);
  useEffect(() => {
    const timer = setInterval(() => {
      // By the clock: timers of a hidden tab are late.
      const remaining = until - Date.now();
      setLeft(Math.max(0, remaining));
      if (remaining > 0) return;
      clearInterval(timer);
      end();
    }, 200);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span className="countdown" role="timer">
      <svg viewBox="0 0 36 36" aria-hidden="true">
        <circle cx="18" cy="18" r="16" pathLength="1" />
        <circle cx="18" cy="18" r="16" pathLength="1" style={{ strokeDashoffset: 1 - left / milliseconds }} />
      </svg>
      <span>{toSeconds(left)}</span>
    </span>
  );
}

function toSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}
