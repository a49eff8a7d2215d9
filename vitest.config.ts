import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { testEnv } from "./test/support/test-env.ts";

// The plugin takes required secrets from the environment: a developer's own must not reach a test.
Object.assign(process.env, testEnv);

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: { bindings: { ...testEnv } },
    }),
  ],
  test: {
    include: ["test/**/*.test.ts"],
    // Tests of the stack's own parts run on Bun; see dev/test.ts.
    exclude: ["test/dev/**"],
    globalSetup: ["./test/support/global-setup.ts"],
    setupFiles: ["./test/support/setup.ts"],
    silent: "passed-only",
    reporters: ["default", "./test/support/tally.ts"],
    maxWorkers: 2,
    // A shared machine may be slow; nothing waits on purpose.
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
});
