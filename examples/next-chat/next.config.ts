import type { NextConfig } from "next";

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Only loaded where no key is set; a bundled copy would be dead weight everywhere else.
  serverExternalPackages: ["@celuxe/emulator"],
  // `next dev` writes no files for coding agents into the project.
  agentRules: false,
};

export default config;
