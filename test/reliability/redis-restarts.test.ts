/** Redis is killed and started again while many write: what was acknowledged is there once, what was refused is not. */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it, onTestFinished } from "vitest"
import { cli, cliAsync, tempDir } from "../support/cli.js"
import { redisMissing, startRedis } from "../support/redis-server.js"
import { LONG } from "./primaries.js"

const WRITERS = LONG ? 200 : 50
const RESTARTS = LONG ? 10 : 3
const TIMEOUT = LONG ? 600_000 : 120_000
const name = `${WRITERS} writers while Redis restarts${redisMissing ? ` (${redisMissing})` : ""}`

it.skipIf(redisMissing)(name, { timeout: TIMEOUT }, async () => {
  const redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] })
  onTestFinished(redis.stop)
  const datasources = { redis: { host: redis.host, port: redis.port, isPrimary: true } }
  const folder = tempDir({ "config.json": JSON.stringify({ cicdstatemgr: { datasources } }) })
  const common = ["--id", "c", "--config", join(folder, "config.json"), "--log-level", "error"]
  expect(cli(folder, ["init", ...common]).status).toBe(0)

  let working = WRITERS
  const writers = Array.from({ length: WRITERS }, async (_, i) => {
    const outcome = await cliAsync(folder, ["set", `state.list[]=${i}`, "--increment", "state.n", ...common])
    working--
    return { item: String(i), ...outcome }
  })
  await Promise.race(writers)
  for (let i = 0; i < RESTARTS && working > 0; i++) {
    await redis.restart()
    await sleep(Math.random() * 1000)
  }
  const outcomes = await Promise.all(writers)

  const { stdout } = cli(folder, ["get", "state", "-o", "json", ...common])
  const { list, n } = JSON.parse(stdout) as { list: string[]; n: number }
  expect(n).toBe(list.length)
  expect(new Set(list).size).toBe(list.length)
  for (const { item, status, stderr } of outcomes) {
    if (status === 0) expect(list).toContain(item)
    else
      expect({ status, stderr }).toMatchObject({ status: 7, stderr: expect.stringMatching(/^cicdstatemgr: .*\)\n$/) })
    if (status !== 0 && !stderr.includes("It is not known whether this was stored")) expect(list).not.toContain(item)
  }
})
