import { readFileSync } from "node:fs"
import { afterEach, describe, expect, it } from "vitest"
import type { Store } from "../../src/core/ports.js"
import { StateError } from "../../src/errors.js"
import { redisKeys } from "../../src/stores/redis-keys.js"
import { redisStore } from "../../src/stores/redis-store.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { addItem, create, itemsOf } from "./changes.js"
import { jsonText } from "./json-text.js"

const suite = `redis access rights${redisMissing ? ` (${redisMissing})` : ""}`
const LINE = /^ACL SETUSER (\S+) (.*)$/m.exec(readFileSync("docs/operations.md", "utf8"))
const [, USER = "", RULES = ""] = LINE ?? []
const rules = RULES.split(" ")
const rights = rules.filter((rule) => rule.startsWith("+"))
const IDS = ["a", "a{b}c", "}", "{}"]

describe.skipIf(redisMissing)(suite, () => {
  const cleanups: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  async function serverWith(userRules: readonly string[]): Promise<RedisServer> {
    const server = await startRedis()
    cleanups.push(server.stop)
    await server.cli("ACL", "SETUSER", USER, ...userRules)
    return server
  }
  function open(port: number, ttl?: number): Store {
    const login = { username: USER, password: "change-me", db: 1, keyPrefix: "ci:", ttl }
    const store = redisStore({ host: "127.0.0.1", port, format: jsonText, ...login })
    cleanups.push(() => store.close())
    return store
  }

  /** Every path through the scripts. */
  async function useAll(server: RedisServer, id: string): Promise<void> {
    const store = open(server.port)
    await store.commit(id, create(id))
    await server.cli("-n", "1", "SET", redisKeys(`ci:${id}`).lease, "dead", "PX", "100")
    await store.commit(id, addItem("x"))
    await open(server.port, 500).commit(id, addItem("y"))
    expect(itemsOf(await store.read(id))).toEqual(["x", "y"])
    expect(await store.history(id)).toHaveLength(3)
    expect(await store.list()).toEqual([id])
    expect(await store.delete(id)).toBe(true)
    expect(await server.cli("-n", "1", "DBSIZE")).toBe("0")
  }

  it("that the documentation names are enough for everything", async () => {
    const server = await serverWith(rules)
    expect(await server.cli("ACL", "LIST")).toContain("-@all")
    for (const id of IDS) await useAll(server, id)
  })

  it("end at the keys of the prefix", async () => {
    const server = await serverWith(rules)
    const options = { username: USER, password: "change-me", format: jsonText, host: "127.0.0.1", port: server.port }
    const store = redisStore({ ...options, keyPrefix: "other:" })
    cleanups.push(() => store.close())
    for (const work of [store.read("a"), store.commit("a", create("a")), store.history("a"), store.delete("a")]) {
      await expect(work).rejects.toMatchObject({
        code: "STORE_FAILED",
        exitCode: 7,
        message: expect.stringMatching(/: the Redis user may not use the key$/),
        hint: expect.stringContaining("~PREFIX*"),
      })
    }
  })

  it.each(rights)("are all needed, and each one that is missing names itself: %s", async (right) => {
    const server = await serverWith(rules.filter((rule) => rule !== right))
    const error = await useAll(server, "a").catch((reason: unknown) => reason)
    if (!(error instanceof StateError)) throw error
    const command = right.slice(1).toUpperCase()
    expect(error.message).toMatch(new RegExp(`: the Redis user lacks the right to run ${command}$`))
    expect(error.hint).toContain(`Grant it ${right};`)
    expect([error.code, error.exitCode]).toEqual(["STORE_FAILED", 7])
    expect(error.message + error.hint).not.toContain(USER)
  })

  it.each(rights)("that are missing leave a refused commit undone: %s", async (right) => {
    const server = await serverWith(rules)
    const store = open(server.port)
    await store.commit("a", create("a"))
    await store.commit("a", addItem("x"))
    const before = { snapshot: await store.read("a"), history: await store.history("a") }
    await server.cli("SCRIPT", "FLUSH")
    await server.cli("ACL", "SETUSER", USER, `-${right.slice(1)}`)
    const refused = [store.commit("a", addItem("y")), open(server.port, 60_000).commit("b", create("b"))]
    const outcomes = await Promise.allSettled(refused)
    await server.cli("ACL", "SETUSER", USER, right)
    // Where a right is needed at the end of an abandoned turn or of a list only, both are stored.
    if (outcomes[0]?.status === "rejected")
      expect({ snapshot: await store.read("a"), history: await store.history("a") }).toEqual(before)
    expect((await store.list()).includes("b")).toBe(outcomes[1]?.status === "fulfilled")
    await store.commit("a", addItem("z"))
    const kept = outcomes[0]?.status === "fulfilled" ? ["x", "y", "z"] : ["x", "z"]
    expect(itemsOf(await store.read("a"))).toEqual(kept)
  })

  it("of which all are missing are all in the hint", async () => {
    const server = await serverWith(["reset", "on", ">change-me"])
    const error = await open(server.port)
      .read("a")
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message: expect.stringMatching(/lacks the right to run (SELECT|EVALSHA)$/),
      hint: expect.stringContaining(`Every commit needs ${rights.join(" ")}.`),
    })
  })

  describe("with Sentinel and waitForReplicas", () => {
    const SENTINEL_USER = ["asker", "on", ">ask-me", "-@all", "+sentinel|get-master-addr-by-name"]

    it.each([
      ["+role", ["+wait"]],
      ["+wait", ["+role"]],
      ["", ["+role", "+wait"]],
    ])("need more, and the one that is missing names itself: %s", async (missing, more) => {
      const server = await serverWith([...rules, ...more])
      await server.cli("CONFIG", "SET", "repl-diskless-sync-delay", "0")
      const replica = await startRedis({ args: ["--replicaof", server.host, String(server.port)] })
      const sentinelConfig = `sentinel monitor state ${server.host} ${server.port} 1`
      const sentinel = await startRedis({ sentinelConfig, users: [SENTINEL_USER.join(" ")] })
      cleanups.push(replica.stop, sentinel.stop)
      const store = redisStore({
        ...{ username: USER, password: "change-me", keyPrefix: "ci:", waitForReplicas: 1, format: jsonText },
        sentinel: { masterName: "state", nodes: [sentinel], username: "asker", password: "ask-me" },
      })
      cleanups.push(() => store.close())
      const work = store.commit("a", create("a"))
      if (missing === "") await work
      else {
        const right = missing.slice(1).toUpperCase()
        await expect(work).rejects.toMatchObject({
          message: expect.stringMatching(new RegExp(`lacks the right to run ${right}$`)),
        })
      }
    })
  })

  it.each([
    ["+cluster|slots", []],
    ["", ["+cluster|slots", "+asking"]],
  ])("with Cluster need more, and the one that is missing names itself: %s", async (missing, more) => {
    const node = await startRedis({ args: ["--cluster-enabled", "yes"] })
    cleanups.push(node.stop)
    await node.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    while (!(await node.cli("CLUSTER", "INFO")).includes("cluster_state:ok")) {}
    await node.cli("ACL", "SETUSER", USER, ...rules.filter((rule) => rule !== "+select"), ...more)
    const login = { username: USER, password: "change-me", keyPrefix: "ci:", format: jsonText }
    const store = redisStore({ ...login, cluster: [{ host: node.host, port: node.port }] })
    cleanups.push(() => store.close())
    const work = store.commit("a", create("a"))
    if (missing === "") await work
    else await expect(work).rejects.toMatchObject({ message: expect.stringMatching(/lacks the right to run CLUSTER/) })
  })
})
