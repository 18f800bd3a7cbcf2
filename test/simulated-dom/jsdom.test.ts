// @vitest-environment jsdom
import { describeSimulatedDom } from "./scenarios.ts";

describeSimulatedDom("jsdom");
