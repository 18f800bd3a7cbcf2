/** Why rows miss their target or are behind a peer; shown only where they do. */
export function reasonFor(section: string, name: string): string {
  return reasons[`${section}: ${name}`] ?? "Not explained yet.";
}

const reasons: Record<string, string> = {};
