import { testInstalledTemplates } from "./installed-templates.ts";

// Each template by one package manager, in turn; every template by every one takes minutes.
testInstalledTemplates((_, position) => [position % 2 === 0 ? "npm" : "pnpm"]);
