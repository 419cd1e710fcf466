import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import fc from "fast-check"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Store } from "../../src/core/ports.js"
import { hashSlot, redisKeys } from "../../src/stores/redis-keys.js"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis-store.js"
import { type Cluster, startCluster } from "../support/redis-cluster.js"
import { freePort, type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { addItem, create, itemsOf } from "./changes.js"
import { jsonText } from "./json-text.js"
import { expectEachOnce, startWriters } from "./writers.js"

const suite = `redis cluster${redisMissing ? ` (${redisMissing})` : ""}`

describe.skipIf(redisMissing)(suite, () => {
  let cluster: Cluster
  const opened: Store[] = []

  beforeAll(async () => {
    cluster = await startCluster()
  }, 60_000)
  afterAll(() => cluster?.stop())
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
    for (const node of cluster.nodes) await node.cli("FLUSHALL").catch(() => {})
  })

  const open = (options: Partial<RedisStoreOptions> = {}): Store => {
    const { host, port } = cluster.nodes[0]!
    const store = redisStore({ cluster: [{ host, port }], format: jsonText, ...options } as RedisStoreOptions)
    opened.push(store)
    return store
  }
  const otherThan = (node: RedisServer) => cluster.nodes.find((other) => other !== node)!

  it("keeps each context whole, whatever its id, and lists them all", async () => {
    const odd = ["a{b}c", "{b}", "a}b", "}{", "{}", "{}{b}", "{{a}}", "a{b", "{", "}", "grüße-😀", "x".repeat(500)]
    const ids = [...Array.from({ length: 20 }, (_, i) => `build-${i}`), ...odd]
    const store = open()
    expect(store.name).toBe(`redis+cluster://127.0.0.1:${cluster.nodes[0]!.port}/0`)
    for (const id of ids) await store.commit(id, create(id))
    for (const id of ids) expect(await open().commit(id, addItem("x"))).toMatchObject({ revision: 2 })
    const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    expect(await store.list()).toEqual([...ids].sort(byBytes))
    const sizes = await Promise.all(cluster.nodes.map((node) => node.cli("DBSIZE")))
    expect(sizes).not.toContain("0")
    for (const id of ids) {
      expect(itemsOf(await store.read(id))).toEqual(["x"])
      expect(await store.history(id)).toHaveLength(2)
      expect(await store.delete(id)).toBe(true)
    }
    expect(await store.list()).toEqual([])
  })

  it("has one slot for all keys of any id, as the server counts", async () => {
    const node = cluster.nodes[0]!
    const unit = fc.oneof(fc.constantFrom("{", "}", ":", "\n", "\u0000"), fc.string({ unit: "binary", maxLength: 3 }))
    const ids = fc.array(unit, { maxLength: 8 }).map((parts) => parts.join("").toWellFormed())
    // The server is asked for many at once: a process for each would take minutes.
    const samples = fc.sample(ids, 300).filter((id) => !id.includes("\u0000"))
    for (const id of samples) {
      const slots = new Set(Object.values(redisKeys(id)).map(hashSlot))
      expect([id, slots.size]).toEqual([id, 1])
    }
    const asked = samples.slice(0, 40)
    const counted = await Promise.all(asked.map((id) => node.cli("CLUSTER", "KEYSLOT", id)))
    expect(counted.map(Number)).toEqual(asked.map(hashSlot))
  })

  it.each([1, 2])("finds the others through whichever node answers: %i is gone", async (gone) => {
    const dead = Array.from({ length: gone }, async () => ({ host: "127.0.0.1", port: await freePort() }))
    const { host, port } = cluster.nodes[2]!
    const store = open({ cluster: [...(await Promise.all(dead)), { host, port }] })
    for (const id of ["a", "b", "c", "d"]) await store.commit(id, create(id))
    expect(await store.list()).toEqual(["a", "b", "c", "d"])
  })

  it("is not held up by a node that is silent", async () => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1")
    await new Promise((done) => silent.on("listening", done))
    const address = silent.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    const { host, port } = cluster.nodes[1]!
    const store = open({
      cluster: [
        { host, port: address.port },
        { host, port },
      ],
    })
    expect(await store.list()).toEqual([])
    await store.close()
    silent.close()
  })

  it("that nobody answers for is an error at once", async () => {
    const port = await freePort()
    await expect(open({ cluster: [{ host: "127.0.0.1", port }] }).read("a")).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: `Reading "a" failed on redis+cluster://127.0.0.1:${port}/0: 127.0.0.1:${port}: nothing listens there (connection refused)`,
    })
  })

  it("is named where it is taken for a single server", async () => {
    const { node } = await cluster.nodeOf("a")
    const { host, port } = otherThan(node)
    const store = redisStore({ host, port, format: jsonText })
    opened.push(store)
    await expect(store.commit("a", create("a"))).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("it is a Redis Cluster node that does not serve this key"),
      hint: "Set cluster: true in the redis datasource.",
    })
  })

  it("that is one server without Cluster is an error", async () => {
    const server = await startRedis()
    const store = open({ cluster: [{ host: server.host, port: server.port }] })
    const reading = store.read("a")
    await expect(reading).rejects.toMatchObject({ message: expect.stringContaining("it is no Redis Cluster") })
    await server.stop()
  })

  describe("a slot that moves", () => {
    it("loses and doubles nothing of what is written meanwhile", async () => {
      const { node, slot } = await cluster.nodeOf("a")
      const to = otherThan(node)
      await open().commit("a", create("a"))
      const writers = startWriters(3, () => open(), "a")
      await writers.acknowledged(5)
      // Long enough for each to meet the open slot.
      await cluster.moveSlot(slot, node, to, { before: () => sleep(400), after: () => sleep(400) })
      await writers.acknowledged(5)
      await cluster.moveSlot(slot, to, node)
      await writers.acknowledged(5)
      const acknowledged = await writers.stop()
      expectEachOnce(await open().read("a"), acknowledged)
    })

    it("can be read while it is open, and waits to be written", async () => {
      const { node, slot } = await cluster.nodeOf("a")
      const to = otherThan(node)
      await open().commit("a", create("a"))
      const stale = open({ timeoutMs: 600 })
      await stale.commit("a", addItem("x"))
      await cluster.moveSlot(slot, node, to, {
        async after() {
          expect(itemsOf(await open().read("a"))).toEqual(["x"])
          expect(await open().history("a")).toHaveLength(2)
          await expect(stale.commit("a", addItem("never"))).rejects.toMatchObject({
            message: expect.stringContaining("moving the key's slot"),
          })
        },
      })
      expect(itemsOf(await stale.commit("a", addItem("y")))).toEqual(["x", "y"])
      await cluster.moveSlot(slot, to, node)
    })
  })

  describe("a primary with a replica", () => {
    it("hands over during writes and loses nothing; killed, it is followed", { timeout: 60_000 }, async () => {
      const { node } = await cluster.nodeOf("a")
      const replica = await cluster.addReplica(node)
      await open().commit("a", create("a"))
      const writers = startWriters(3, () => open({ connectTimeoutMs: 1000 }), "a")
      await writers.acknowledged(5)
      await replica.cli("CLUSTER", "FAILOVER")
      while (!(await replica.cli("ROLE")).startsWith("master")) await sleep(20)
      await writers.acknowledged(5)
      const acknowledged = await writers.stop()
      expectEachOnce(await open().read("a"), acknowledged)

      // Confirmed by the old primary, which is the replica now: it is no matter of luck what is found after the crash.
      const following = open()
      const before = await open({ waitForReplicas: 1 }).commit("a", addItem("last"))
      expect(await following.read("a")).toEqual(before)
      await replica.stop()
      const after = await following.commit("a", addItem("after"))
      expect(itemsOf(after)).toEqual([...itemsOf(before), "after"])
    })
  })

  it("says what is wrong when a slot has no server", { timeout: 30_000 }, async () => {
    const { node } = await cluster.nodeOf("b")
    const store = open({ timeoutMs: 3000, connectTimeoutMs: 500 })
    await store.commit("b", create("b"))
    node.pause()
    try {
      await expect(store.commit("b", addItem("x"))).rejects.toMatchObject({
        code: "STORE_FAILED",
        message: expect.stringMatching(/:\d+: (no answer within 500 ms|its Cluster does not serve all slots now)$/),
      })
    } finally {
      node.resume()
    }
    while (!(await node.cli("CLUSTER", "INFO")).includes("cluster_state:ok")) await sleep(50)
    expect(itemsOf(await open().commit("b", addItem("y")))).toEqual(["y"])
  })
})
