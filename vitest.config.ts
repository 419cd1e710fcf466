import { defineConfig } from "vitest/config"

export default defineConfig({
  define: { __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: process.env.CICDSTATEMGR_TEST_LONG === "1" ? 300_000 : 30_000,
    hookTimeout: 30_000,
  },
})
