// Single values of the wire in the forms that servers give them: `undefined` where a value is none of these.

import { isObject, type JsonObject } from "../wire.ts";

/** A text that is not empty; a number as its digits. */
export function readString(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number from 0, also as text. */
export function readCount(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number < Infinity ? number : undefined;
}

/** A whole number from 0, also as text. */
export function readIndex(value: unknown): number | undefined {
  const index = readCount(value);
  return Number.isInteger(index) ? index : undefined;
}

/** The objects of a list. */
export function readObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
