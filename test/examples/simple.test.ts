/** The README is played against the echo server: every output is what it shows. */
import { join } from "node:path"
import { expect, it } from "vitest"
import { examplesOnFreePorts, playReadme } from "./session.js"

it("simple prints what its README shows", async () => {
  const { shown, played } = await playReadme(join(await examplesOnFreePorts([8099]), "simple"))
  expect(shown.length).toBeGreaterThan(4)
  expect(played).toEqual(shown)
})
