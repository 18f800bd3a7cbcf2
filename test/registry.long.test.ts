import { testInstalledTemplates } from "./installed-templates.ts";

testInstalledTemplates(() => ["npm", "pnpm"]);
