import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

/** Copies what `read` gives, and shows for a moment that it did. */
export function CopyButton({ label, read }: { label: string; read: () => string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    // Refused in a page without TLS or permission: then nothing was copied and nothing is claimed.
    await navigator.clipboard.writeText(read()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  }

  return (
    <button type="button" className="quiet" aria-label={copied ? "Copied" : label} onClick={() => void copy()}>
      {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      {copied ? "Copied" : "Copy"}
    </button>
  );
}
