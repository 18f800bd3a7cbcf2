import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

/** Text that opens under its title. */
export function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="fold">
      <summary>
        <ChevronRight aria-hidden="true" />
        {title}
      </summary>
      <p>{children}</p>
    </details>
  );
}
