import { defineConfig } from "vitest/config"

export default defineConfig({
  define: { __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/**/*.test.ts"],
    // Only what hangs takes so long: a busy machine must not fail a test.
    testTimeout: process.env.CICDSTATEMGR_TEST_LONG === "1" ? 300_000 : 120_000,
    hookTimeout: 60_000,
  },
})
