import { Logo } from "./logo";

const SUGGESTIONS = [
  { title: "Explain streaming", prompt: "How does HTTP streaming work?" },
  { title: "Compare two things", prompt: "Compare REST and GraphQL in a table." },
  { title: "Use a tool", prompt: "What time is it in Tokyo?" },
  { title: "Plan a weekend", prompt: "Plan a weekend in Lisbon for two people." },
];

/** What stands there before the first message. */
export function EmptyState({ onPick }: { onPick: (prompt: string) => void }) {
  return (
    <section className="empty">
      <Logo />
      <h2>What shall we look into?</h2>
      <p>Pick a suggestion, or write your own question below.</p>
      <ul>
        {SUGGESTIONS.map(({ title, prompt }) => (
          <li key={title}>
            <button type="button" onClick={() => onPick(prompt)}>
              <strong>{title}</strong>
              <span>{prompt}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
