/** A limit that rate-limit headers name: OpenAI's form, the common one, and the IETF draft's (`10, 10;w=60`). */
export function limitFromHeaders(headers: { get(name: string): string | null }): number | undefined {
  for (const name of ["x-ratelimit-limit-requests", "x-ratelimit-limit", "ratelimit-limit"]) {
    const match = /^\s*(\d+)\b/.exec(headers.get(name) ?? "");
    if (match && Number(match[1]) > 0) return Number(match[1]);
  }
  return undefined;
}
