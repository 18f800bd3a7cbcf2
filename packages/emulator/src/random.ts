/** Numbers from 0 (included) to 1 (excluded), the same for the same seed. */
export type Random = () => number;

/** The xorshift generator of G. Marsaglia (2003), 32 bits: small, and good enough for jitter and choices. */
export function createRandom(seed: number): Random {
  // A state of 0 would stay 0, and neighbouring seeds must not begin alike.
  let state = hash(String(seed)) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A 32-bit FNV-1a hash of a text: a seed out of a prompt, not a secret. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/** Letters and digits that look like an id and are the same for the same text. */
export function identifier(text: string): string {
  let id = "";
  for (let part = 0; id.length < 24; part++) id += hash(`${part} ${text}`).toString(36);
  return id.slice(0, 24);
}
