import { spawnSync } from "node:child_process"
import { afterAll, beforeAll, describe } from "vitest"
import { redisStore } from "../../src/stores/redis-store.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { textOf } from "../support/text-of.js"
import { jsonText } from "./json-text.js"
import { testStore } from "./store-contract.js"

const SERVER = process.env.VALKEY_SERVER ?? "valkey-server"
const isMissing = redisMissing !== undefined || spawnSync(SERVER, ["--version"]).status !== 0
const why = ` (skipped: ${SERVER} is not installed; from Debian 13 on there is a package)`

describe.skipIf(isMissing)(`valkey${isMissing ? why : ""}`, () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis({ program: SERVER })
  })
  afterAll(() => server.stop())

  const open = () => redisStore({ host: server.host, port: server.port, format: jsonText })
  const fixture = async () => {
    await server.cli("FLUSHALL")
    return {
      open,
      writeForeign: async (id: string, document: Parameters<typeof jsonText.write>[0]["document"]) => {
        await server.cli("SET", id, textOf(jsonText, { id, document }))
      },
      close: async () => {},
    }
  }
  const source = `
    import { redisStore } from "./src/stores/redis-store.ts"
    import { textOf } from "../support/text-of.js"
import { jsonText } from "./test/stores/json-text.ts"
    const open = (port: string) => redisStore({ host: "127.0.0.1", port: Number(port), format: jsonText })`
  testStore("valkey", fixture, { source, place: () => String(server.port) })
})
