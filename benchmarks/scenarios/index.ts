import type { Scenario } from "../measure.ts";
import { readerScenarios } from "./reader.ts";

export const scenarios: Scenario[] = [...readerScenarios];
