import { isObject } from "./wire.ts";

/**
 * The id of a model. The ones that Celuxe's documentation names are suggested; any other string is as good, since the
 * catalogue is open-ended and `listModels()` tells what a key may use.
 */
export type CeluxeModelId = "deepseek-v3" | "gpt-4o" | (string & {});

/** An entry of the model list. Fields that are not named here are kept as sent. */
export interface CeluxeModel {
  id: string;
  /** Unix seconds. */
  created?: number;
  ownedBy?: string;
  [extra: string]: unknown;
}

/** How long a list stands for the service's own, in milliseconds: catalogues change by the day. */
export const modelListLifetimeMs = 300_000;

/** Reads a model list: OpenAI's list object, or a bare array. One bad entry does not lose the rest; undefined if it is no list. */
export function readModelList(json: unknown): CeluxeModel[] | undefined {
  const list: unknown = Array.isArray(json) ? json : isObject(json) ? (json["data"] ?? json["models"]) : undefined;
  if (!Array.isArray(list)) return undefined;
  const models: CeluxeModel[] = [];
  for (const entry of list as unknown[]) {
    if (typeof entry === "string" && entry !== "") models.push({ id: entry });
    if (!isObject(entry) || typeof entry["id"] !== "string" || entry["id"] === "") continue;
    const { id, created, owned_by: ownedBy, ...extra } = entry;
    models.push({
      ...extra,
      id,
      ...(isCount(created) && { created: Number(created) }),
      ...(typeof ownedBy === "string" && { ownedBy }),
    });
  }
  return models;
}

function isCount(value: unknown): boolean {
  return (typeof value === "number" || (typeof value === "string" && value !== "")) && Number.isFinite(Number(value));
}
