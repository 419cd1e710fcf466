/** The soak for a short while: kill -9 at random moments over a mixed load, against a ledger of what was acknowledged. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { LONG } from "./primaries.js"

const MINUTES = LONG ? 5 : 0.15

it(`a mixed load of ${MINUTES} minutes under kills and restarts`, { timeout: LONG ? 900_000 : 120_000 }, async () => {
  // Rejects unless it exits 0.
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/soak.mjs", "--minutes", String(MINUTES)])
  const [, acknowledged] = /: (\d+) acknowledged updates/.exec(stdout) ?? []
  expect(Number(acknowledged)).toBeGreaterThan(0)
  for (const fault of ["lost", "doubled", "phantom", "torn", "stale", "resent", "unexpected"]) {
    expect(stdout).toMatch(new RegExp(`^${fault} +0 `, "m"))
  }
})
