/** The session at the top of the README does what it shows, and the tour runs to its end. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { examplesOnFreePorts, playReadme } from "../examples/session.js"

it("the README's session prints what it shows", async () => {
  const section = /^## Ten lines\n[\s\S]*?(?=^## )/m.exec(readFileSync("README.md", "utf8"))?.[0] ?? ""
  const { shown, played } = await playReadme(join(await examplesOnFreePorts([8099]), "simple"), section)
  expect(shown.length).toBeGreaterThan(4)
  expect(played).toEqual(shown)
})

it("the tour runs to its end", { timeout: 60_000 }, () => {
  const tour = spawnSync(process.execPath, ["scripts/quickstart.mjs"], { encoding: "utf8" })
  expect(tour.stdout).toContain("That was the tour.")
  expect(tour.status).toBe(0)
})
