// @vitest-environment happy-dom
import { describeSimulatedDom } from "./scenarios.ts";

describeSimulatedDom("happy-dom");
