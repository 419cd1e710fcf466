import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { RedisSentinel } from "../../src/core/config/redis-source.js"
import type { Store } from "../../src/core/ports.js"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis-store.js"
import { MASTER_NAME, type Sentinels, startSentinels } from "../support/redis-sentinels.js"
import { freePort, redisMissing, startRedis } from "../support/redis-server.js"
import { addItem, create, itemsOf } from "./changes.js"
import { bundle, start } from "./child-process.js"
import { jsonText } from "./json-text.js"
import { expectEachOnce, startWriters } from "./writers.js"

const suite = `redis sentinel${redisMissing ? ` (${redisMissing})` : ""}`
const HOST = "127.0.0.1"

describe.skipIf(redisMissing)(suite, () => {
  const cleanups: (() => Promise<unknown> | unknown)[] = []
  const consoles = (["log", "warn", "error"] as const).map((method) => vi.spyOn(console, method))

  beforeEach(() => {
    for (const spy of consoles) spy.mockReset()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    for (const spy of consoles) expect(spy).not.toHaveBeenCalled()
  })

  type Options = Partial<Omit<RedisStoreOptions, "sentinel" | "cluster" | "host">>
  const open = (sentinel: Partial<RedisSentinel> & Pick<RedisSentinel, "nodes">, options: Options = {}): Store => {
    const store = redisStore({ sentinel: { masterName: MASTER_NAME, ...sentinel }, format: jsonText, ...options })
    cleanups.push(() => store.close())
    return store
  }

  describe("a primary with two replicas and three Sentinels", () => {
    let group: Sentinels
    beforeAll(async () => {
      group = await startSentinels()
    }, 60_000)
    afterAll(() => group?.stop())

    it("is found through any Sentinel", async () => {
      const dead = { host: HOST, port: await freePort() }
      await open({ nodes: [dead, group.nodes[1]!] }).commit("a", create("a"))
      const store = open({ nodes: group.nodes })
      expect(itemsOf(await store.commit("a", addItem("x")))).toEqual(["x"])
      expect(await store.list()).toEqual(["a"])
      const nodes = group.nodes.map(({ host, port }) => `${host}:${port}`).join(",")
      expect(store.name).toBe(`redis+sentinel://${nodes}/${MASTER_NAME}/0`)
      expect(await store.delete("a")).toBe(true)
    })

    it("that the Sentinels do not know is an error at once", async () => {
      const { port } = group.nodes[0]!
      await expect(open({ nodes: group.nodes, masterName: "other" }).read("a")).rejects.toMatchObject({
        code: "STORE_FAILED",
        message: expect.stringContaining(`: sentinel ${HOST}:${port}: it knows no primary "other"`),
        hint: "Check sentinel.masterName of the redis datasource.",
      })
    })

    it("of which the primary is killed during writes: nothing acknowledged is lost, nothing doubled", {
      timeout: 60_000,
    }, async () => {
      await open({ nodes: group.nodes }).commit("a", create("a"))
      const writers = startWriters(3, () => open({ nodes: group.nodes }, { waitForReplicas: 1 }), "a")
      await writers.acknowledged(5)
      const old = await group.primary()
      await old.stop()
      await writers.acknowledged(5)
      const acknowledged = await writers.stop()
      expect(await group.primary()).not.toBe(old)
      expectEachOnce(await open({ nodes: group.nodes }).read("a"), acknowledged)
    })

    it("of which the primary falls silent is left in time", { timeout: 60_000 }, async () => {
      const store = open({ nodes: group.nodes }, { connectTimeoutMs: 1000 })
      await store.commit("b", create("b"))
      const old = await group.primary()
      old.pause()
      try {
        expect(itemsOf(await store.commit("b", addItem("x")))).toEqual(["x"])
        expect(await group.primary()).not.toBe(old)
      } finally {
        old.resume()
      }
    })
  })

  it("a primary that became a replica is left for the one that the Sentinels name now", async () => {
    const quickly = { args: ["--repl-diskless-sync-delay", "0"] }
    const [first, second] = [await startRedis(quickly), await startRedis(quickly)]
    cleanups.push(first.stop, second.stop)
    let named = first.port
    const sentinel = await fakeSentinel(() => named)
    const store = open({ nodes: [sentinel] }, { timeoutMs: 5000 })
    await store.commit("a", create("a"))

    await second.cli("REPLICAOF", HOST, String(first.port))
    while (!(await second.cli("INFO", "replication")).includes("master_link_status:up")) await sleep(20)
    await second.cli("REPLICAOF", "NO", "ONE")
    await first.cli("REPLICAOF", HOST, String(second.port))
    named = second.port
    // The connection to the first is still open, and answers READONLY.
    expect(itemsOf(await store.commit("a", addItem("x")))).toEqual(["x"])
    await first.cli("REPLICAOF", "NO", "ONE")

    // A Sentinel that is behind names a replica: it is asked again.
    await first.cli("REPLICAOF", HOST, String(second.port))
    named = first.port
    setTimeout(() => {
      named = second.port
    }, 300)
    expect(itemsOf(await open({ nodes: [sentinel] }).commit("a", addItem("y")))).toEqual(["x", "y"])

    named = first.port
    await expect(open({ nodes: [sentinel] }, { timeoutMs: 400 }).read("a")).rejects.toMatchObject({
      message: expect.stringContaining(`${HOST}:${first.port}: it is a read-only replica`),
    })
  })

  it("a commit that too few replicas confirm is told as such", async () => {
    const server = await startRedis()
    cleanups.push(server.stop)
    const store = open({ nodes: [await fakeSentinel(() => server.port)] }, { waitForReplicas: 1, timeoutMs: 600 })
    await expect(store.commit("a", create("a"))).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("it was stored, but only 0 of 1 replicas confirmed it in time"),
      hint: expect.stringContaining("waitForReplicas"),
    })
    expect(await server.cli("EXISTS", "a")).toBe("1")
  })

  it("Sentinels that ask for a password get it", async () => {
    const server = await startRedis()
    cleanups.push(server.stop)
    const sentinelConfig = `sentinel monitor ${MASTER_NAME} ${HOST} ${server.port} 1\nrequirepass s3cret-pass`
    const sentinel = await startRedis({ sentinelConfig })
    cleanups.push(sentinel.stop)
    await open({ nodes: [sentinel], password: "s3cret-pass" }).commit("a", create("a"))
    await expect(open({ nodes: [sentinel] }).read("a")).rejects.toMatchObject({
      message: expect.stringContaining(`sentinel ${HOST}:${sentinel.port}: it asks for a password`),
      hint: "Check sentinel (nodes, username, password, tls) of the redis datasource.",
    })
  })

  it("Sentinels of which none answers are an error at once, and keep no process alive", async () => {
    const port = await freePort()
    await expect(open({ nodes: [{ host: HOST, port }] }).read("a")).rejects.toMatchObject({
      message: `Reading "a" failed on redis+sentinel://${HOST}:${port}/${MASTER_NAME}/0: sentinel ${HOST}:${port}: nothing listens there (connection refused)`,
    })
    const silent = await listen(() => {})
    const script = await bundle(`
      import { redisStore } from "./src/stores/redis-store.ts"
      import { jsonText } from "./test/stores/json-text.ts"
      const sentinel = { masterName: "m", nodes: [{ host: "${HOST}", port: ${silent} }] }
      const store = redisStore({ sentinel, timeoutMs: 500, connectTimeoutMs: 400, format: jsonText })
      store.read("a").catch((error) => console.log(error.message.replace(/.*sentinel /, ""))).finally(() => store.close())`)
    cleanups.push(script.remove)
    expect(await start(script).ended).toEqual({
      code: 0,
      stdout: `${HOST}:${silent}: no answer within 400 ms\n`,
      stderr: "",
    })
  })

  async function listen(answer: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => answer(socket.on("error", () => {}))).listen(0, HOST)
    await once(server, "listening")
    cleanups.push(() => server.close())
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    return address.port
  }

  /** Names whatever port the test says, at once; a real one takes seconds to change its mind. */
  async function fakeSentinel(portOf: () => number) {
    const port = await listen((socket) => {
      socket.on("data", () => {
        const named = String(portOf())
        socket.write(`*2\r\n$${HOST.length}\r\n${HOST}\r\n$${named.length}\r\n${named}\r\n`)
      })
    })
    return { host: HOST, port }
  }
})
