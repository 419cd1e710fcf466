import { configDefaults, defineConfig } from "vitest/config"

const isLong = process.env.CICDSTATEMGR_TEST_LONG === "1"

export default defineConfig({
  define: { __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/**/*.test.ts"],
    // Hundreds of processes each: minutes.
    exclude: [
      ...configDefaults.exclude,
      ...(isLong
        ? []
        : ["ids", "process", "replies", "templates", "yaml"].map((name) => `test/hostile/${name}.test.ts`)),
    ],
    testTimeout: isLong ? 300_000 : 30_000,
    hookTimeout: 30_000,
  },
})
