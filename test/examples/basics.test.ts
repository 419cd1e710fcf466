/** The README is played against a real Redis with its user and the echo server: every output is what it shows. */
import { join } from "node:path"
import { expect, it } from "vitest"
import { redisMissing } from "../support/redis-server.js"
import { examplesOnFreePorts, playReadme } from "./session.js"

const name = `basics prints what its README shows${redisMissing ? ` (${redisMissing})` : ""}`

it.skipIf(redisMissing)(name, { timeout: 120_000 }, async () => {
  const { shown, played } = await playReadme(join(await examplesOnFreePorts([6390, 8099]), "basics"))
  expect(shown.length).toBeGreaterThan(40)
  expect(played).toEqual(shown)
})
