import { once } from "node:events"
import { mkdir } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Store } from "../../src/core/ports.js"
import { StateError } from "../../src/errors.js"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis-store.js"
import { freePort, type RedisServerOptions, redisMissing, startRedis } from "../support/redis-server.js"
import { addItem, create, itemsOf } from "./changes.js"
import { bundle, start } from "./child-process.js"
import { jsonText } from "./json-text.js"

const suite = `redis failures${redisMissing ? ` (${redisMissing})` : ""}`
const SECRET = "s3cret-pass"
const USER = "ann-the-user"

describe.skipIf(redisMissing)(suite, () => {
  const cleanups: (() => Promise<unknown> | unknown)[] = []
  const consoles = (["log", "warn", "error"] as const).map((method) => vi.spyOn(console, method))

  beforeEach(() => {
    for (const spy of consoles) spy.mockReset()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  const redis = async (options?: RedisServerOptions) => {
    const server = await startRedis(options)
    cleanups.push(server.stop)
    return server
  }
  const listening = async (server: Server) => {
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    cleanups.push(() => server.close())
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    return address.port
  }
  const open = (options: Partial<RedisStoreOptions> & { port: number }): Store => {
    const store = redisStore({ host: "127.0.0.1", format: jsonText, ...options })
    cleanups.push(() => store.close())
    return store
  }

  /** The failure of the work, after checks that hold for each. */
  async function failureOf(store: Store, work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => "it did not fail",
      (reason: unknown) => reason,
    )
    if (!(error instanceof StateError)) throw error
    expect([error.code, error.exitCode]).toEqual(["STORE_FAILED", 7])
    expect(error.hint).toMatch(/^[A-Z].*\.$/)
    expect(error.message).toMatch(/^(Reading|Storing|Deleting|Listing) .* failed on rediss?:\/\/[^/]+\/\d+: [^\n]+$/)
    expect(error.message).toContain(store.name)
    const everything = JSON.stringify([error.message, error.hint, error.stack, String(error.cause)])
    for (const secret of [SECRET, USER]) expect(everything).not.toContain(secret)
    for (const spy of consoles) expect(spy).not.toHaveBeenCalled()
    return error.message.slice(error.message.indexOf(`${store.name}: `) + store.name.length + 2)
  }

  describe("of the way to it", () => {
    it("nothing listens", async () => {
      const store = open({ port: await freePort() })
      expect(await failureOf(store, store.read("a"))).toBe("nothing listens there (connection refused)")
    })

    it("the host is not known", async () => {
      const store = open({ host: "no-such-host.invalid", port: 6379 })
      expect(await failureOf(store, store.list())).toMatch(/the host name (is not known|could not be looked up)/)
    })

    it.each([undefined, SECRET])("it accepts and is silent, with password %s", async (password) => {
      const port = await listening(createServer((socket) => socket.on("error", () => {})))
      const store = open({ port, timeoutMs: 300, password })
      expect(await failureOf(store, store.read("a"))).toBe("no answer within 300 ms")
    })

    it("it closes each connection", async () => {
      const port = await listening(createServer((socket) => socket.destroy()))
      const store = open({ port, timeoutMs: 1000 })
      expect(await failureOf(store, store.read("a"))).toBe("the connection was closed")
    })

    it("a web server answers", async () => {
      const port = await listening(createHttpServer((_, response) => response.end("hello")))
      const store = open({ port })
      expect(await failureOf(store, store.commit("a", create("a")))).toBe("what answers there is not Redis")
    })

    it.each(["SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "+OK POP3 ready\r\n"])("%j greets", async (greeting) => {
      const greet = (socket: Socket) => socket.on("error", () => {}).end(greeting)
      const store = open({ port: await listening(createServer(greet)) })
      expect(await failureOf(store, store.read("a"))).toBe("what answers there is not Redis")
    })

    it("TLS is spoken to a server without it", async () => {
      const store = open({ port: (await redis()).port, tls: true, timeoutMs: 2000 })
      expect(store.name).toMatch(/^rediss:/)
      expect(await failureOf(store, store.read("a"))).toMatch(/closed|SSL|TLS|no answer/)
    })
  })

  describe("a server that is stopped", () => {
    it.each([true, false])("is an error in time, connected before: %s, and works when it goes on", async (before) => {
      const server = await redis()
      const store = open({ port: server.port, timeoutMs: 500 })
      if (before) await store.commit("a", create("a"))
      server.pause()
      expect(await failureOf(store, store.read("a"))).toBe("no answer within 500 ms")
      expect(await failureOf(store, store.commit("a", addItem("x")))).toBe("no answer within 500 ms")
      server.resume()
      await store.commit("b", create("b"))
      if (before) expect(itemsOf(await store.commit("a", addItem("y")))).toContain("y")
    })

    it("does not keep the process alive", async () => {
      const server = await redis()
      const script = await bundle(`
        import { redisStore } from "./src/stores/redis-store.ts"
        import { jsonText } from "./test/stores/json-text.ts"
        const store = redisStore({ host: "127.0.0.1", port: ${server.port}, timeoutMs: 300, format: jsonText })
        store.read("a").catch((error) => console.log(error.code)).finally(() => store.close())`)
      cleanups.push(script.remove)
      server.pause()
      expect(await start(script).ended).toEqual({ code: 0, stdout: "STORE_FAILED\n", stderr: "" })
    })
  })

  describe("of the login", () => {
    const users = [`${USER} on >${SECRET} ~* +@all`, "default on >other ~* +@all"]
    it.each([
      ["none given", {}, "it asks for a password"],
      ["wrong password", { password: "wrong" }, "the user name or password is wrong"],
      ["wrong password of a user", { username: USER, password: `not-${SECRET}` }, "the user name or password is wrong"],
      ["unknown user", { username: "bob", password: SECRET }, "the user name or password is wrong"],
    ])("%s", async (_, given, problem) => {
      const server = await redis({ users })
      const store = open({ port: server.port, ...given })
      expect(await failureOf(store, store.read("a"))).toBe(problem)
    })

    it("is none with the right ones", async () => {
      const server = await redis({ users })
      const store = open({ port: server.port, username: USER, password: SECRET, db: 2 })
      expect(await store.commit("a", create("a"))).toMatchObject({ revision: 1 })
      expect(store.name).toBe(`redis://127.0.0.1:${server.port}/2`)
    })

    it("a password where none is set", async () => {
      const store = open({ port: (await redis()).port, password: SECRET })
      for (let i = 0; i < 2; i++) {
        expect(await failureOf(store, store.read("a"))).toBe("a password is configured here, but the server has none")
      }
    })

    it("a server without AUTH, which echoes what it was sent", async () => {
      const server = await redis({ args: ["--rename-command", "AUTH", ""] })
      const store = open({ port: server.port, password: SECRET, username: USER })
      expect(await failureOf(store, store.read("a"))).toBe("it lacks a command")
    })

    it("a db that is not there", async () => {
      const store = open({ port: (await redis()).port, db: 99 })
      expect(await failureOf(store, store.read("a"))).toBe("it has no such db")
    })
  })

  describe("a server that refuses writes", () => {
    it("for want of memory, until there is some", async () => {
      const server = await redis()
      const store = open({ port: server.port })
      const before = await store.commit("a", create("a"))
      await server.cli("CONFIG", "SET", "maxmemory", "1")
      expect(await failureOf(store, store.commit("a", addItem("x")))).toBe("its memory is full (maxmemory)")
      expect(await failureOf(store, store.commit("b", create("b")))).toBe("its memory is full (maxmemory)")
      expect(await store.read("a")).toEqual(before)
      expect(await store.history("a")).toHaveLength(1)
      await server.cli("CONFIG", "SET", "maxmemory", "0")
      expect(itemsOf(await store.commit("a", addItem("y")))).toEqual(["y"])
    })

    it("as a replica, which still reads", async () => {
      const server = await redis()
      const store = open({ port: server.port })
      const before = await store.commit("a", create("a"))
      await server.cli("REPLICAOF", "127.0.0.1", String(await freePort()))
      expect(await failureOf(store, store.commit("a", addItem("x")))).toBe("it is a read-only replica")
      expect(await failureOf(store, store.delete("a"))).toBe("it is a read-only replica")
      expect(await store.read("a")).toEqual(before)
    })

    it("as it cannot save them", async () => {
      const server = await redis({ args: ["--save", "3600", "1", "--dbfilename", "taken"] })
      await mkdir(join(server.folder, "taken"))
      const store = open({ port: server.port })
      await store.commit("a", create("a"))
      await server.cli("BGSAVE")
      while (!(await server.cli("INFO", "persistence")).includes("rdb_last_bgsave_status:err")) {}
      expect(await failureOf(store, store.commit("a", addItem("x")))).toMatch(/cannot save to its disk/)
    })
  })

  describe("a server that is loading its data", () => {
    it("is named", async () => {
      const first = await redis()
      await first.cli("EVAL", "for i = 1, 30000 do redis.call('SET', i, 'x') end", "0")
      await first.cli("SAVE")
      const slow = ["--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024"]
      const second = await redis({ args: ["--dir", first.folder, ...slow], isLoading: true })
      while (!(await second.cli("PING").catch(() => "")).includes("LOADING")) {}
      const store = open({ port: second.port, timeoutMs: 2000 })
      expect(await failureOf(store, store.read("a"))).toBe("it is still loading its data")
    })

    it("after it lost a commit leaves open what was stored", async () => {
      let commands = 0
      const answer = (socket: Socket) =>
        socket.on("data", () => {
          // The first commit is not answered, and then the server is found starting.
          if (++commands === 2) socket.destroy()
          else socket.write(commands === 1 ? "$-1\r\n" : "-LOADING Redis is loading the dataset\r\n")
        })
      const store = open({ port: await listening(createServer(answer)), timeoutMs: 500 })
      await expect(store.commit("a", create("a"))).rejects.toMatchObject({
        message: expect.stringContaining("it is still loading its data"),
        hint: expect.stringContaining("It is not known whether this was stored"),
      })
    })

    it("is waited for", async () => {
      let commands = 0
      const answer = (socket: Socket) =>
        socket.on("data", () => socket.write(++commands < 3 ? "-LOADING Redis is loading the dataset\r\n" : "$-1\r\n"))
      const store = open({ port: await listening(createServer(answer)) })
      expect(await store.read("a")).toBeUndefined()
      expect(commands).toBe(3)
    })
  })

  it("a server that is full of clients", async () => {
    const server = await redis()
    await server.cli("CONFIG", "SET", "maxclients", "1")
    await open({ port: server.port }).list()
    const store = open({ port: server.port })
    expect(await failureOf(store, store.list())).toBe("it has too many clients")
  })

  it("a server that refuses the connection before it is asked anything", async () => {
    const refuse = (socket: Socket) =>
      socket.on("error", () => {}).end("-DENIED Redis is running in protected mode\r\n")
    const store = open({ port: await listening(createServer(refuse)) })
    expect(await failureOf(store, store.read("a"))).toBe("it is in protected mode and refuses other hosts")
  })

  it("a server that is too old", async () => {
    const server = await redis({ args: ["--rename-command", "EVAL", ""] })
    const store = open({ port: server.port })
    expect(await failureOf(store, store.read("a"))).toBe("it lacks a command")
  })

  it("a cluster node without slots", async () => {
    const store = open({ port: (await redis({ args: ["--cluster-enabled", "yes"] })).port })
    expect(await failureOf(store, store.read("a"))).toBe("its Cluster does not serve all slots now")
  })

  it("is over when the server is: the same store works again", async () => {
    const server = await redis({ users: ["default on >other ~* +@all"] })
    const store = open({ port: server.port, password: SECRET })
    expect(await failureOf(store, store.read("a"))).toBe("the user name or password is wrong")
    await server.cli("--pass", "other", "ACL", "SETUSER", "default", `>${SECRET}`)
    expect(await store.read("a")).toBeUndefined()
  })

  it("a store that is closed while it tries again", async () => {
    const sockets: Socket[] = []
    const port = await listening(createServer((socket) => void sockets.push(socket)))
    const answer = (socket: Socket) => socket.write("-LOADING Redis is loading the dataset\r\n")
    const store = open({ port })
    const reading = store.read("a")
    while (sockets.length === 0) await new Promise((done) => setTimeout(done, 10))
    sockets[0]?.on("data", () => answer(sockets[0]!))
    setTimeout(() => store.close(), 150)
    expect(await failureOf(store, reading)).toBe("the store is closed")
    expect(sockets).toHaveLength(1)
  })

  it("a store that was closed", async () => {
    const store = open({ port: (await redis()).port })
    await store.commit("a", create("a"))
    await store.close()
    expect(await failureOf(store, store.read("a"))).toBe("the store is closed")
  })
})
