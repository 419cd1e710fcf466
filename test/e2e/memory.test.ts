/** How much memory a command takes at most, as Linux tells it. */
import { expect, it } from "vitest"
import { peakOf } from "../../scripts/measure.mjs"
import { COMMAND, tempDir } from "../support/cli.js"

const MANY_TEXTS = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key-${i}`, `value ${i} `.repeat(16)]))

it.skipIf(process.platform !== "linux")("no command takes 300 MiB for 10 MB of texts, with four caches", async () => {
  const cwd = tempDir({ "value.json": JSON.stringify(MANY_TEXTS) })
  for (const args of [
    ["init", "c", "state.value=v", "--set-file", "state.doc=value.json"],
    ["get", "state.value"],
    ["set", "state.value=w"],
    ["load"],
  ]) {
    const peak = await peakOf([...COMMAND, ...args], { cwd, env: { CICDSTATEMGR_CONTEXT_DATA_ID: "c" } })
    expect(peak, args.join(" ")).toBeLessThan(300)
    // It was measured at all.
    expect(peak).toBeGreaterThan(30)
  }
})
