/** Connections are cut before a reply, or in the midst of one: no append is lost or doubled by the tries that follow. */
import { expect, it, onTestFinished } from "vitest"
import { redisStore } from "../../src/stores/redis-store.js"
import { addItem, create, itemsOf } from "../stores/changes.js"
import { jsonText } from "../stores/json-text.js"
import { redisMissing, startRedis } from "../support/redis-server.js"
import { tcpProxy } from "../support/tcp-proxy.js"
import { LONG } from "./primaries.js"

const WRITERS = 5
const APPENDS = LONG ? 200 : 60
const name = `${WRITERS * APPENDS} appends over connections that are cut${redisMissing ? ` (${redisMissing})` : ""}`

it.skipIf(redisMissing)(name, { timeout: LONG ? 600_000 : 60_000 }, async () => {
  const server = await startRedis()
  onTestFinished(server.stop)
  let cuts = 0
  const proxy = await tcpProxy(server, () => {
    if (Math.random() > 0.1) return false
    cuts++
    return Math.random() < 0.5 ? "half way" : true
  })
  onTestFinished(proxy.close)
  const direct = redisStore({ host: server.host, port: server.port, format: jsonText })
  onTestFinished(direct.close)
  await direct.commit("a", create("a"))

  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const store = redisStore({ host: "127.0.0.1", port: proxy.port, format: jsonText, timeoutMs: 30_000 })
    onTestFinished(store.close)
    for (let i = 0; i < APPENDS; i++) await store.commit("a", addItem(`${writer}-${i}`))
  })
  await Promise.all(writers)

  const items = itemsOf(await direct.read("a"))
  const all = Array.from({ length: WRITERS }, (_, writer) =>
    Array.from({ length: APPENDS }, (_, i) => `${writer}-${i}`),
  )
  expect([...items].sort()).toEqual(all.flat().sort())
  expect(cuts).toBeGreaterThan(0)
})
