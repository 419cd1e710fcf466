import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import type { RedisTls } from "../../src/core/config/redis-source.js"
import type { Store } from "../../src/core/ports.js"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis-store.js"
import { type Authority, certificateAuthority, opensslMissing } from "../support/certificates.js"
import { MASTER_NAME } from "../support/redis-sentinels.js"
import { freePort, type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { addItem, create } from "./changes.js"
import { jsonText } from "./json-text.js"

const missing = redisMissing ?? opensslMissing
const suite = `redis over TLS${missing ? ` (${missing})` : ""}`
const HOST = "127.0.0.1"

describe.skipIf(missing)(suite, () => {
  const cleanups: (() => Promise<unknown> | unknown)[] = []
  const consoles = (["log", "warn", "error"] as const).map((method) => vi.spyOn(console, method))
  let authority: Authority
  let other: Authority
  let files: readonly string[]
  let server: RedisServer
  let port: number
  let full: RedisTls

  beforeAll(async () => {
    authority = certificateAuthority()
    other = certificateAuthority()
    // The certificate does not name the address that the tests connect to.
    const { certFile, keyFile } = authority.sign("redis", "DNS:redis.test")
    files = ["--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", authority.caFile]
    full = { caFile: authority.caFile, ...authority.sign("client", "DNS:client.test"), serverName: "redis.test" }
    port = await freePort()
    server = await startRedis({ args: ["--tls-port", String(port), ...files] })
  })
  afterAll(async () => {
    await server?.stop()
    authority?.remove()
    other?.remove()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    for (const spy of consoles) expect(spy).not.toHaveBeenCalled()
  })

  const open = (options: Partial<RedisStoreOptions> = {}): Store => {
    const store = redisStore({ host: HOST, port, format: jsonText, tls: full, ...options } as RedisStoreOptions)
    cleanups.push(() => store.close())
    return store
  }

  it("works with authority, client certificate and server name", async () => {
    const store = open()
    expect(store.name).toBe(`rediss://${HOST}:${port}/0`)
    expect(await store.commit("a", create("a"))).toMatchObject({ revision: 1 })
    expect(await open().commit("a", addItem("x"))).toMatchObject({ revision: 2 })
  })

  it.each<[string, () => RedisTls | boolean, RegExp, RegExp]>([
    ["no client certificate", () => without("certFile", "keyFile"), /it asks for a client certificate$/, /certFile/],
    ["a client certificate of another authority", stranger, /does not trust the client certificate$/, /certFile/],
    ["another authority", () => ({ ...full, caFile: other.caFile }), /certificate/, /caFile/],
    ["Node's authorities", () => without("caFile"), /certificate/, /caFile/],
    ["no settings", () => true, /certificate/, /caFile/],
    ["another name", () => ({ ...full, serverName: "db.test" }), /altnames/, /serverName/],
    ["no server name", () => without("serverName"), /altnames/, /serverName/],
    ["none at all", () => false, /the connection was closed|not Redis/, /tls/],
  ])("refuses: %s", async (_, tls, problem, hint) => {
    await expect(open({ tls: tls(), timeoutMs: 3000 }).read("a")).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringMatching(problem),
      hint: expect.stringMatching(hint),
    })
  })

  it.each(["caFile", "certFile", "keyFile"] as const)(
    "a %s that is not there is an error of the config",
    async (key) => {
      await expect(open({ tls: { ...full, [key]: "/nowhere.pem" } }).read("a")).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        exitCode: 6,
        message: `tls.${key} "/nowhere.pem" of the redis datasource cannot be read: ENOENT`,
      })
    },
  )

  it("a file that is no certificate is an error that shows nothing of it", async () => {
    const path = join(server.folder, "no.pem")
    copyFileSync("package.json", path)
    await expect(open({ tls: { ...full, certFile: path } }).read("a")).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: `Reading "a" failed on rediss://${HOST}:${port}/0: TLS failed: no start line`,
    })
  })

  it("takes a certificate that was renewed at the next connection", async () => {
    const { certFile, keyFile } = other.sign("renewed", "DNS:client.test")
    const store = open({ tls: { ...full, certFile, keyFile } })
    await expect(store.read("a")).rejects.toThrow("does not trust")
    copyFileSync(full.certFile!, certFile)
    copyFileSync(full.keyFile!, keyFile)
    await store.read("a")
  })

  it("reaches the nodes of a Cluster by it", async () => {
    const tlsPort = await freePort()
    const args = ["--tls-port", String(tlsPort), ...files, "--tls-cluster", "yes", "--cluster-enabled", "yes"]
    const node = await startRedis({ args })
    cleanups.push(node.stop)
    await node.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    while (!(await node.cli("CLUSTER", "INFO")).includes("cluster_state:ok")) {}
    const store = open({ cluster: [{ host: HOST, port: tlsPort }], host: undefined } as Partial<RedisStoreOptions>)
    expect(await store.commit("a", create("a"))).toMatchObject({ revision: 1 })
  })

  it("reaches Sentinels by it, unless they speak plainly", async () => {
    const sentinelPort = await freePort()
    const sentinelConfig = `sentinel monitor ${MASTER_NAME} ${HOST} ${port} 1\n`
    const sentinel = await startRedis({ sentinelConfig, args: ["--tls-port", String(sentinelPort), ...files] })
    cleanups.push(sentinel.stop)
    for (const [node, tls] of [[sentinelPort, full] as const, [sentinel.port, false] as const]) {
      const nodes = [{ host: HOST, port: node }]
      const store = redisStore({ sentinel: { masterName: MASTER_NAME, nodes, tls }, tls: full, format: jsonText })
      cleanups.push(() => store.close())
      await store.commit(`by-${node}`, create(`by-${node}`))
    }
  })

  function without(...keys: (keyof RedisTls)[]): RedisTls {
    return Object.fromEntries(Object.entries(full).filter(([key]) => !keys.includes(key as keyof RedisTls)))
  }
  function stranger(): RedisTls {
    return { ...full, ...other.sign("stranger", "DNS:client.test") }
  }
})
