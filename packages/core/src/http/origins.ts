const policy = {
  // Frameworks try again after some seconds; whoever comes later may have started the server by then.
  rowMs: 60_000,
  // An app knows a few addresses; one that takes them from its users must not grow for ever.
  maxOrigins: 1_000,
};

// Copies of this module (ESM and CommonJS, two bundles) share what they know: a framework's second try may be another's.
const registry = Symbol.for("celuxe.origins.v1");

/** Of each origin: `true` if it has ever answered, else when it first refused a connection in this row of refusals. */
function origins(): Map<string, true | number> {
  const scope = globalThis as { [registry]?: Map<string, true | number> };
  return (scope[registry] ??= new Map());
}

function remember(origin: string, fact: true | number): void {
  const known = origins();
  if (known.size >= policy.maxOrigins) known.delete(known.keys().next().value!);
  known.set(origin, fact);
}

/** Whether an origin has ever answered this process. */
export function hasAnswered(origin: string): boolean {
  return origins().get(origin) === true;
}

/** Notes an answer, of whatever status. */
export function noteAnswer(origin: string): void {
  if (!hasAnswered(origin)) remember(origin, true);
}

/**
 * Notes that a connection was refused. True where the origin has never answered and this was at least its second try,
 * whichever call made the first: an address that is wrong stays so. Requests side by side are one try.
 */
export function noteRefusal(origin: string, startedAt: number): boolean {
  const known = origins().get(origin);
  if (known === true) return false;
  const now = performance.now();
  if (known !== undefined && now - known < policy.rowMs) return startedAt > known;
  remember(origin, now);
  return false;
}
