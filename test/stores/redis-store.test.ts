import { execFileSync } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { Store } from "../../src/core/ports.js"
import { parseJsonMap } from "../../src/data/json.js"
import type { ValueMap } from "../../src/data/value.js"
import { redisKeys } from "../../src/stores/redis-keys.js"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis-store.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { tcpProxy } from "../support/tcp-proxy.js"
import { textOf } from "../support/text-of.js"
import { addItem, change, create, documentOf, itemsOf, setKey, stateOf } from "./changes.js"
import { jsonText } from "./json-text.js"
import { testStore } from "./store-contract.js"

const suite = `redis store${redisMissing ? ` (${redisMissing})` : ""}`

describe.skipIf(redisMissing)(suite, () => {
  let server: RedisServer
  const opened: Store[] = []

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(() => server.cli("FLUSHALL"))
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })

  const open = (options: Partial<RedisStoreOptions> = {}) => {
    const store = redisStore({ host: server.host, port: server.port, format: jsonText, ...options })
    opened.push(store)
    return store
  }
  // From within `apply`, which cannot wait: what happens between the read and the commit of another writer.
  const cliNow = (...args: string[]) => {
    execFileSync("redis-cli", ["-p", String(server.port), ...args], { stdio: "ignore" })
  }
  const jsonOf = (id: string, document: ValueMap) => textOf(jsonText, { id, document })

  const source = `
    import { redisStore } from "./src/stores/redis-store.ts"
    import { jsonText } from "./test/stores/json-text.ts"
    const open = (port: string) => redisStore({ host: "127.0.0.1", port: Number(port), format: jsonText })`
  const fixture = async () => {
    await server.cli("FLUSHALL")
    return {
      open: () => redisStore({ host: server.host, port: server.port, format: jsonText }),
      writeForeign: async (id: string, document: ValueMap) => {
        await server.cli("SET", id, jsonOf(id, document))
      },
      close: async () => {},
    }
  }
  testStore("redis", fixture, { source, place: () => String(server.port) })

  describe("a write of another tool between read and commit", () => {
    it("is built on", async () => {
      await open().commit("a", create("a"))
      let calls = 0
      const apply = (document: ValueMap | undefined) => {
        if (++calls === 1) cliNow("SET", "a", jsonOf("a", documentOf("a", [["foreign", "x"]])))
        return addItem("ours").apply(document)
      }
      const after = await open().commit("a", change({ apply }))
      expect(calls).toBe(2)
      expect(after.revision).toBe(3)
      expect(stateOf(after).get("foreign")).toBe("x")
      expect(await open().read("a")).toEqual(after)
    })

    it("that deletes the document is noticed", async () => {
      await open().commit("a", create("a"))
      const apply = (document: ValueMap | undefined) => {
        cliNow("DEL", "a")
        return addItem("ours").apply(document)
      }
      await expect(open().commit("a", change({ apply }))).rejects.toMatchObject({ code: "CONTEXT_NOT_FOUND" })
      expect(await server.cli("EXISTS", "a")).toBe("0")
    })

    it("leaves nothing of the old lineage when the document was deleted", async () => {
      await open().commit("a", create("a", [], { commitId: "old" }))
      await server.cli("DEL", "a")
      expect(await open().history("a")).toBeUndefined()
      expect(await open().commit("a", create("a", [], { commitId: "new" }))).toMatchObject({
        revision: 1,
        lineage: "new",
      })
      expect((await open().history("a"))?.map((entry) => entry.commitId)).toEqual(["new"])
    })
  })

  describe("a text that came back", () => {
    it("does not make a retry apply twice", async () => {
      await open().commit("a", create("a"))
      const old = await server.cli("GET", "a")
      const append = addItem("x")
      await open().commit("a", append)
      await server.cli("SET", "a", old)
      const again = await open().commit("a", append)
      expect(itemsOf(again)).toEqual([])
      expect(await server.cli("GET", "a")).toBe(old)
    })

    it("does not take back revisions", async () => {
      await open().commit("a", create("a", [["k", "old"]]))
      const other = open()
      let reads = 0
      const read = async (text: string) => {
        if (++reads === 1) {
          await other.commit("a", setKey("k", "new"))
          await other.commit("a", setKey("k", "old"))
        }
        return parseJsonMap(text)
      }
      const after = await open({ format: { ...jsonText, read } }).commit("a", addItem("x"))
      expect(after.revision).toBe(4)
      expect((await other.history("a"))?.map((entry) => entry.revision)).toEqual([1, 2, 3, 4])
    })
  })

  describe("a connection that breaks in the midst of a commit", () => {
    it("before the commit is sent is opened again", async () => {
      await open().commit("a", create("a"))
      let calls = 0
      const apply = (document: ValueMap | undefined) => {
        if (++calls === 1) cliNow("CLIENT", "KILL", "TYPE", "normal")
        return addItem("x").apply(document)
      }
      expect(itemsOf(await open().commit("a", change({ apply })))).toEqual(["x"])
    })

    it("after it was done, before the reply came, does not make it apply twice", async () => {
      await open().commit("a", create("a"))
      let cuts = 0
      const proxy = await tcpProxy(server, (reply) => {
        if (!reply.includes("written") || ++cuts > 1) return false
        // What is done needs no turn: another writer may have it, and keep it.
        cliNow("SET", redisKeys("a").lease, "other")
        return true
      })
      try {
        const after = await open({ port: proxy.port }).commit("a", addItem("x"))
        expect(cuts).toBe(1)
        expect(itemsOf(after)).toEqual(["x"])
        expect(after.revision).toBe(2)
        expect(await open().read("a")).toEqual(after)
      } finally {
        await proxy.close()
      }
    })

    it("and cannot be opened again is an error that leaves open whether it was stored", async () => {
      await open().commit("a", create("a"))
      const proxy = await tcpProxy(server, (reply) => reply.includes("written") && proxy.refuse())
      try {
        const store = open({ port: proxy.port, timeoutMs: 1000 })
        await expect(store.commit("a", addItem("x"))).rejects.toMatchObject({
          code: "STORE_FAILED",
          message: `Storing "a" failed on redis://127.0.0.1:${proxy.port}/0: nothing listens there (connection refused)`,
          hint: expect.stringContaining("not known whether this was stored"),
        })
      } finally {
        await proxy.close()
      }
    })

    it("is not tried again by delete, which could not tell what it did", async () => {
      await open().commit("a", create("a"))
      const proxy = await tcpProxy(server, (reply) => reply.includes("deleted"))
      try {
        await expect(open({ port: proxy.port }).delete("a")).rejects.toMatchObject({ code: "STORE_FAILED" })
        expect(await open().read("a")).toBeUndefined()
      } finally {
        await proxy.close()
      }
    })
  })

  describe("turns", () => {
    const { lease } = redisKeys("a")

    it("of a writer that died end by themselves", async () => {
      await open().commit("a", create("a"))
      await server.cli("SET", lease, "dead", "PX", "500")
      expect(itemsOf(await open().commit("a", addItem("x")))).toEqual(["x"])
      expect(await server.cli("EXISTS", lease)).toBe("0")
    })

    it("are respected while they last, and taken next", async () => {
      await open().commit("a", create("a"))
      await server.cli("SET", lease, "other")
      const commit = open().commit("a", addItem("x"))
      await sleep(50)
      expect(itemsOf(await open().read("a"))).toEqual([])
      await server.cli("DEL", lease)
      expect(itemsOf(await commit)).toEqual(["x"])
    })

    it("bring every writer through where another tool overwrites the document again and again", async () => {
      await open().commit("a", create("a"))
      let calls = 0
      const apply = (document: ValueMap | undefined) => {
        if (++calls <= 12) cliNow("SET", "a", jsonOf("a", documentOf("a", [["round", BigInt(calls)]])))
        return addItem("x").apply(document)
      }
      const after = await open().commit("a", change({ apply }))
      expect([stateOf(after).get("round"), itemsOf(after), calls]).toEqual([12n, ["x"], 13])
      expect(await server.cli("EXISTS", lease)).toBe("0")
    })

    it("that never come are an error in the end", async () => {
      const store = open({ timeoutMs: 1_000_000 })
      await store.commit("a", create("a"))
      await server.cli("SET", lease, "other")
      // The clock runs 10,000 times as fast.
      const [now, start] = [performance.now.bind(performance), performance.now()]
      const clock = vi.spyOn(performance, "now").mockImplementation(() => start + (now() - start) * 10_000)
      try {
        await expect(store.commit("a", addItem("x"))).rejects.toMatchObject({
          code: "STORE_FAILED",
          message: `Storing "a" failed on ${store.name}: other writers always came first`,
        })
      } finally {
        clock.mockRestore()
      }
      expect(itemsOf(await store.read("a"))).toEqual([])
    })
  })

  describe("an expiry", () => {
    const { meta, log } = redisKeys("a")
    const expiries = async () => Promise.all(["a", meta, log].map(async (key) => Number(await server.cli("PTTL", key))))

    it("is kept, and given to what stands beside the document", async () => {
      await open().commit("a", create("a"))
      await server.cli("PEXPIRE", "a", "500000")
      await open().commit("a", addItem("x"))
      for (const ttl of await expiries()) expect(ttl).toBeGreaterThan(100_000)
    })

    it("that was taken off is taken off everywhere", async () => {
      await server.cli("SET", "a", jsonOf("a", documentOf("a")), "PX", "500000")
      await open().commit("a", addItem("x"))
      await server.cli("PERSIST", "a")
      await open().commit("a", addItem("y"))
      expect(await expiries()).toEqual([-1, -1, -1])
    })
  })

  describe("a key that holds something else", () => {
    it.each(["read", "update", "create", "replace", "delete", "history"] as const)(
      "is left alone by %s",
      async (action) => {
        await server.cli("RPUSH", "a", "not ours")
        const store = open()
        const actions = {
          read: () => store.read("a"),
          update: () => store.commit("a", addItem("x")),
          create: () => store.commit("a", create("a")),
          replace: () => store.commit("a", create("a", [], { mode: "replace" })),
          delete: () => store.delete("a"),
          history: () => store.history("a"),
        }
        await expect(actions[action]()).rejects.toMatchObject({
          code: "STORE_FAILED",
          message: expect.stringContaining("something other than text"),
        })
        expect(await server.cli("LRANGE", "a", "0", "-1")).toBe("not ours")
      },
    )
  })

  describe("delete", () => {
    it.each<[string, string, RegExp]>([
      ["no document", "hello: [1", /is not a document/],
      ["no context data", '{"k": 1}', /is no context data/],
      ["another context", jsonOf("b", documentOf("b")), /says that it is "b"/],
    ])("leaves the text of another program alone: %s", async (_, text, message) => {
      const refused = { code: "STORE_FAILED", message: expect.stringMatching(message), hint: expect.any(String) }
      await server.cli("SET", "a", text)
      await expect(open().delete("a")).rejects.toMatchObject(refused)
      expect(await server.cli("GET", "a")).toBe(text)
      // Also where there was a context before.
      await open().commit("a", create("a", [], { mode: "replace" }))
      await server.cli("SET", "a", text)
      await expect(open().delete("a")).rejects.toMatchObject(refused)
      expect(await server.cli("GET", "a")).toBe(text)
    })

    it("judges the text that it deletes", async () => {
      await server.cli("SET", "a", jsonOf("a", documentOf("a")))
      const texts = ["of another program", jsonOf("a", documentOf("a", [["k", "v"]]))]
      let reads = 0
      const read = async (text: string) => {
        cliNow("SET", "a", texts[reads++] ?? text)
        return parseJsonMap(text)
      }
      await expect(open({ format: { ...jsonText, read } }).delete("a")).rejects.toMatchObject({ code: "STORE_FAILED" })
      expect(await server.cli("GET", "a")).toBe(texts[1])
      expect(await open().delete("a")).toBe(true)
      expect(await server.cli("DBSIZE")).toBe("0")
    })

    it("comes through where another tool overwrites the document again and again", async () => {
      await server.cli("SET", "a", jsonOf("a", documentOf("a")))
      let reads = 0
      const read = async (text: string) => {
        if (++reads <= 12) cliNow("SET", "a", jsonOf("a", documentOf("a", [["round", BigInt(reads)]])))
        return parseJsonMap(text)
      }
      expect(await open({ format: { ...jsonText, read } }).delete("a")).toBe(true)
      expect([reads, await server.cli("DBSIZE")]).toEqual([13, "0"])
    })

    it("takes what was written here as it is, and what is left beside a document that is gone", async () => {
      await open({ format: { ...jsonText, write: (_, text) => text.add("no longer readable") } }).commit(
        "a",
        create("a"),
      )
      expect(await open().delete("a")).toBe(true)
      await open().commit("a", create("a"))
      await server.cli("DEL", "a")
      expect(await open().delete("a")).toBe(false)
      expect(await server.cli("DBSIZE")).toBe("0")
    })
  })

  describe("what a hand has damaged beside a document", () => {
    const { meta, log } = redisKeys("a")

    it("is skipped in the log", async () => {
      await open().commit("a", create("a"))
      await server.cli("RPUSH", log, "{", "[]", "null", '{"commitId":"x"}', '{"commitId":1,"revision":"1"}', "")
      await open().commit("a", addItem("x"))
      expect((await open().history("a"))?.map((entry) => entry.revision)).toEqual([1, 2])
    })

    it.each(["x", "", "-1", "1e999"])("counts for nothing in the revision: %j", async (revision) => {
      await open().commit("a", create("a"))
      await server.cli("HSET", meta, "revision", revision)
      expect((await open().read("a"))?.revision).toBe(0)
      expect(await open().commit("a", addItem("x"))).toMatchObject({ revision: 1 })
    })
  })

  describe("a text that is not a document", () => {
    beforeEach(() => server.cli("SET", "a", '{"k": 1,\n  oops}'))

    it.each(["read", "update"] as const)("is an error with its place, and stays, on %s", async (action) => {
      const store = open()
      await expect(action === "read" ? store.read("a") : store.commit("a", addItem("x"))).rejects.toMatchObject({
        code: "STORE_FAILED",
        message: `"a" in ${store.name} is not a document: expected a key in double quotes (line 2, column 3)`,
      })
      expect(await server.cli("GET", "a")).toContain("oops")
    })

    it("is refused by create and delete, put right by replace", async () => {
      const store = open()
      await expect(store.commit("a", create("a"))).rejects.toMatchObject({ code: "CONTEXT_EXISTS" })
      await expect(store.delete("a")).rejects.toMatchObject({ code: "STORE_FAILED" })
      await store.commit("a", create("a", [["k", "v"]], { mode: "replace" }))
      expect(stateOf(await store.read("a")).get("k")).toBe("v")
      expect(await store.delete("a")).toBe(true)
    })

    it("is an error when it is not UTF-8", async () => {
      cliNow("EVAL", "return redis.call('SET', 'a', '{\"k\": \"\\255\"}')", "0")
      await expect(open().read("a")).rejects.toMatchObject({
        code: "STORE_FAILED",
        message: expect.stringContaining("is not UTF-8"),
      })
    })
  })

  describe("list", () => {
    it("gives texts only, without what is the store's own, from any number of keys", async () => {
      const foreign = Array.from({ length: 3000 }, (_, i) => `python-${i}`)
      await server.cli("MSET", ...foreign.flatMap((id) => [id, "k: v"]))
      await server.cli("RPUSH", "a list", "x")
      await open().commit("ours", create("ours"))
      await server.cli("SET", redisKeys("ours").lease, "x")
      expect(await open().list()).toEqual(["ours", ...foreign].sort())
    })

    it("sorts by code point", async () => {
      await server.cli("MSET", "\u{1F600}", "k: v", "\uFF5E", "k: v", "a", "k: v")
      expect(await open().list()).toEqual(["a", "\uFF5E", "\u{1F600}"])
    })

    it.each(["p:", "*", "[a-z]", "x?", "\\", "{ci}:", "^-"])(
      "gives what stands under the prefix %j",
      async (keyPrefix) => {
        const store = open({ keyPrefix })
        await server.cli("MSET", "other", "k: v", "zz", "k: v", "p", "k: v", "xy", "k: v")
        await store.commit("a", create("a"))
        await server.cli("SET", redisKeys(`${keyPrefix}a`).lease, "x", "PX", "300")
        expect(await store.list()).toEqual(["a"])
        expect(await server.cli("EXISTS", `${keyPrefix}a`)).toBe("1")
        await store.commit("a", addItem("x"))
        expect(await store.delete("a")).toBe(true)
        expect(await server.cli("DBSIZE")).toBe("4")
      },
    )
  })

  it("refuses an id that it needs for itself", async () => {
    const { meta } = redisKeys("a")
    await expect(open().commit(meta, create(meta))).rejects.toMatchObject({ code: "INPUT_INVALID" })
    await expect(open().read(meta)).rejects.toMatchObject({ code: "INPUT_INVALID" })
  })

  it("keeps to its db", async () => {
    await open({ db: 3 }).commit("a", create("a"))
    expect(await open().read("a")).toBeUndefined()
    expect(await server.cli("-n", "3", "EXISTS", "a")).toBe("1")
  })

  describe("an expiry", () => {
    const ttls = async (id: string) => {
      const { document, meta, log } = redisKeys(id)
      const seconds = await Promise.all([document, meta, log].map((key) => server.cli("TTL", key)))
      return seconds.map(Number)
    }
    const about = (seconds: number) => [0, 1, 2].map(() => expect.closeTo(seconds, -2))

    it("of the config is set anew by each commit, on all that belongs to the document, and by no read", async () => {
      const store = open({ ttl: 1000 })
      await store.commit("a", create("a"))
      expect(await ttls("a")).toEqual(about(1000))
      for (const key of Object.values(redisKeys("a"))) await server.cli("EXPIRE", key, "400")
      await store.read("a")
      await store.history("a")
      expect(await ttls("a")).toEqual(about(400))
      await store.commit("a", addItem("x"))
      expect(await ttls("a")).toEqual(about(1000))
    })

    it("ends a context with all that belongs to it", async () => {
      await open({ ttl: 1 }).commit("a", create("a"))
      while ((await server.cli("DBSIZE")) !== "0") await sleep(50)
      expect(await open().read("a")).toBeUndefined()
    })

    it("stays where the config has none", async () => {
      await open().commit("a", create("a"))
      expect(await ttls("a")).toEqual([-1, -1, -1])
      await server.cli("EXPIRE", "a", "400")
      await open().commit("a", addItem("x"))
      expect(await ttls("a")).toEqual(about(400))
      await server.cli("PERSIST", "a")
      await open().commit("a", addItem("y"))
      expect(await ttls("a")).toEqual([-1, -1, -1])
    })
  })

  it("works after SCRIPT FLUSH", async () => {
    const store = open()
    await store.commit("a", create("a"))
    await server.cli("SCRIPT", "FLUSH")
    expect(itemsOf(await store.commit("a", addItem("x")))).toEqual(["x"])
  })

  it("takes a document of 10 MB", async () => {
    const text = "0123456789abcdef".repeat(655_360)
    await open().commit("a", create("a", [["text", text]]))
    const after = await open().commit("a", addItem("x"))
    expect(await open().read("a")).toEqual(after)
    expect(stateOf(after).get("text")).toHaveLength(10_485_760)
  })

  it("serves a cluster node, whose scripts must keep to one slot", async () => {
    const node = await startRedis({ args: ["--cluster-enabled", "yes"] })
    try {
      await node.cli("CLUSTER", "ADDSLOTS", ...Array.from({ length: 16384 }, (_, slot) => String(slot)))
      while (!(await node.cli("CLUSTER", "INFO")).includes("cluster_state:ok")) await sleep(20)
      for (const id of ["plain", "a{b}c", "{b}", "a}b", "}{", "{}", "{}{b}", "{{a}}", "a{b", "{", "}"]) {
        const store = open({ port: node.port })
        await store.commit(id, create(id))
        expect(await store.commit(id, addItem("x"))).toMatchObject({ revision: 2 })
        expect(await store.history(id)).toHaveLength(2)
        const { document, ...beside } = redisKeys(id)
        const slots = [document, ...Object.values(beside)].map((key) => node.cli("CLUSTER", "KEYSLOT", key))
        expect(new Set(await Promise.all(slots)).size).toBe(1)
        expect(await store.delete(id)).toBe(true)
      }
    } finally {
      await node.stop()
    }
  })
})
