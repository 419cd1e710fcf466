import { describe, expect, it } from "vitest"
import { parseConfig } from "../../src/core/config.js"
import { defaultConfig, withOutputDir } from "../../src/core/default-config.js"
import { fromJs } from "../../src/data/value.js"

const parse = (datasources: unknown, secrets?: unknown) =>
  parseConfig(
    fromJs({ cicdstatemgr: { datasources } }),
    secrets === undefined ? undefined : fromJs({ cicdstatemgr: { datasources: secrets } }),
  )
const redis = { host: "h", isPrimary: true }

describe("parseConfig", () => {
  it("reads a Redis primary with its defaults, and credentials from the secrets", () => {
    const { primary, caches } = parse(
      { redis, jsonfile: { path: "c.json" }, shellfile: { path: "c.sh", excludeKeyNames: ["x"], mode: "0640" } },
      { redis: { username: "u", password: 12345 } },
    )
    expect(primary).toMatchObject({
      driver: "redis",
      host: "h",
      port: 6379,
      db: 0,
      username: "u",
      password: "12345",
      keyPrefix: "",
      ttl: undefined,
      waitForReplicas: 0,
    })
    expect(caches).toMatchObject([
      { driver: "jsonfile", path: "c.json", mode: 0o600 },
      { driver: "shellfile", excludeKeyNames: ["x"], mode: 0o640 },
    ])
  })

  it.each([
    [{}, "No datasource"],
    [{ yamlfile: { path: "x" } }, "No datasource"],
    [{ yamlfile: { path: "x", isPrimary: true }, redis }, "yamlfile, redis"],
    [{ shellfile: { path: "x", isPrimary: true } }, "datasources.shellfile"],
    [{ idfile: { path: "x", isPrimary: true } }, "datasources.idfile"],
    [{ redis: { isPrimary: true } }, "datasources.redis.host"],
    [{ redis: { ...redis, port: "x" } }, "datasources.redis.port"],
    [{ redis: { ...redis, port: 70000 } }, "datasources.redis.port"],
    [{ redis: { ...redis, isPrimary: "yes" } }, "datasources.redis.isPrimary"],
    [{ redis: null }, "datasources.redis"],
    [{ redis, jsonfile: {} }, "datasources.jsonfile.path"],
    [{ redis, jsonfile: { path: ["x"] } }, "datasources.jsonfile.path"],
    [{ redis, jsonfile: { path: "x", mode: "999" } }, "datasources.jsonfile.mode"],
    [{ redis, jsonfile: { path: "x", mode: 440 } }, "datasources.jsonfile.mode"],
    [{ redis: { ...redis, host: "redis://:hunter22@h" } }, "datasources.redis.host"],
    [{ redis: { ...redis, timeoutMs: 0 } }, "datasources.redis.timeoutMs"],
    [{ redis, shellfile: { path: "x", excludeKeyNames: "x" } }, "excludeKeyNames"],
    ["x", "datasources"],
  ])("%j is refused, naming the key", (datasources, named) =>
    expect(() => parse(datasources)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", exitCode: 6, message: expect.stringContaining(named) }),
    ),
  )

  it.each([null, [], "x", { foo: 1 }, { cicdstatemgr: null }])("a file that holds %j has no root", (document) => {
    expect(() => parseConfig(fromJs(document))).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }))
    const good = fromJs({ cicdstatemgr: { datasources: { redis } } })
    expect(() => parseConfig(good, fromJs(document))).toThrow(
      expect.objectContaining({ message: expect.stringContaining("secrets") }),
    )
  })

  it.each([
    [{ redis: { ...redis, pasword: "x" } }, "datasources.redis.pasword", 'did you mean "password"'],
    [{ redis, jsonfil: { path: "x" } }, "datasources.jsonfil", 'did you mean "jsonfile"'],
    [{ redis, memcached: {} }, "datasources.memcached", "ignored"],
    [{ redis, constructor: {} }, "datasources.constructor", "ignored"],
    [{ redis, jsonfile: { path: "c/{id}.json" } }, "datasources.jsonfile.path", "only the path of a primary"],
    [{ redis: { host: "h" }, jsonfile: { path: "x", isPrimary: true } }, "datasources.redis", "only be the primary"],
  ])("%j works with a warning", (datasources, named, advice) => {
    const { warnings } = parse(datasources)
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`${named.replaceAll(".", "\\.")}.*${advice}`))])
  })

  it("secrets of a datasource that the config lacks are ignored with a warning", () => {
    const { warnings, primary } = parse({ yamlfile: { path: "p", isPrimary: true } }, { redis: { password: "x" } })
    expect(primary).toMatchObject({ driver: "yamlfile" })
    expect(warnings).toEqual([expect.stringContaining("datasources.redis")])
  })

  it("secrets of another type than the config's value are a conflict", () =>
    expect(() => parse({ redis: { ...redis, port: 6379 } }, { redis: { port: "6379" } })).toThrow(
      expect.objectContaining({ message: expect.stringContaining("datasources.redis.port") }),
    ))
})

describe("the place of Redis", () => {
  const place = (options: object, secrets?: object) => {
    const { primary, warnings } = parse({ redis: { isPrimary: true, ...options } }, secrets && { redis: secrets })
    expect(warnings).toEqual([])
    return primary
  }

  it.each<[object, object]>([
    [{ url: "redis://h" }, { host: "h", port: 6379, db: 0, username: undefined, password: undefined, tls: false }],
    [{ url: "rediss://h:7000/3" }, { host: "h", port: 7000, db: 3, tls: true }],
    [{ url: "redis://ann:p%40%2Fs%3As@h/" }, { host: "h", username: "ann", password: "p@/s:s" }],
    [{ url: "redis://:pass@[::1]:7000" }, { host: "::1", port: 7000, username: undefined, password: "pass" }],
    [
      { url: "redis://ann@h", password: "pass" },
      { username: "ann", password: "pass" },
    ],
    [
      { url: "rediss://h", tls: { caFile: "ca" } },
      { host: "h", tls: { caFile: "ca" } },
    ],
    [
      { url: "redis://h", tls: true },
      { host: "h", tls: true },
    ],
    [{ host: "h", tls: { certFile: "c", keyFile: "k" } }, { tls: { certFile: "c", keyFile: "k" } }],
    [{ url: "redis://h:7000", cluster: true }, { cluster: [{ host: "h", port: 7000 }] }],
    [{ host: "h", port: 7000, cluster: true }, { cluster: [{ host: "h", port: 7000 }] }],
    [
      { host: "h", cluster: false },
      { host: "h", port: 6379 },
    ],
    [
      { cluster: { nodes: ["h", "i:7000", "[::1]:7001"] } },
      {
        cluster: [
          { host: "h", port: 6379 },
          { host: "i", port: 7000 },
          { host: "::1", port: 7001 },
        ],
      },
    ],
    [
      { sentinel: { masterName: "m", nodes: ["s", "t:5000"], password: 123456 }, tls: true, db: 2 },
      {
        db: 2,
        tls: true,
        sentinel: {
          masterName: "m",
          nodes: [
            { host: "s", port: 26379 },
            { host: "t", port: 5000 },
          ],
          password: "123456",
          tls: true,
        },
      },
    ],
    [
      { sentinel: { masterName: "m", nodes: ["s"], tls: false }, tls: true },
      { tls: true, sentinel: { tls: false } },
    ],
    [
      { host: "h", ttl: "3600", timeoutMs: 1, connectTimeoutMs: 2, waitForReplicas: 1 },
      { ttl: 3600, timeoutMs: 1, connectTimeoutMs: 2, waitForReplicas: 1 },
    ],
  ])("%j", (options, expected) => {
    expect(place(options)).toMatchObject(expected)
  })

  it("may be told by the secrets", () =>
    expect(place({ keyPrefix: "ci:" }, { url: "rediss://ann:pass@h" })).toMatchObject({ host: "h", keyPrefix: "ci:" }))

  it.each<[object, string]>([
    ...[
      "h",
      "http://h",
      "redis://",
      "redis://h/x",
      "redis://h/1/2",
      "redis://h?db=1",
      "redis://h#1",
      "redis://h:0",
    ].map((url): [object, string] => [{ url }, "redis.url"]),
    [{ url: "redis://ann:pa/ss-wörd@h" }, "redis.url"],
    [{ url: "redis://ann:hunter%2@h" }, "redis.url"],
    [{ url: "redis://h", host: "h" }, "url and host"],
    [{ url: "redis://h", port: 6379 }, "redis.port"],
    [{ url: "redis://h", db: 0 }, "redis.db"],
    [{ url: "redis://ann@h", username: "bob" }, "username"],
    [{ url: "redis://:pass@h", password: "other" }, "password"],
    [{ url: "rediss://h", tls: false }, "tls"],
    [{ host: "h", sentinel: { masterName: "m", nodes: ["s"] } }, "host and sentinel"],
    [{ port: 1, sentinel: { masterName: "m", nodes: ["s"] } }, "redis.port"],
    [{ sentinel: { masterName: "m" } }, "redis.sentinel.nodes"],
    [{ sentinel: { nodes: ["s"] } }, "redis.sentinel.masterName"],
    [{ sentinel: { masterName: "m", nodes: ["s:0"] } }, "redis.sentinel.nodes"],
    [{ sentinel: { masterName: "m", nodes: ["redis://u:hunter22@s"] } }, "redis.sentinel.nodes"],
    [{ sentinel: { masterName: "m", nodes: ["s"] }, cluster: true }, "sentinel and cluster"],
    [{ host: "h", cluster: { nodes: ["s"] } }, "host and cluster"],
    [{ cluster: true }, "redis.host"],
    [{ cluster: { nodes: [] } }, "redis.cluster.nodes"],
    [{ cluster: "yes" }, "redis.cluster"],
    [{ host: "h", db: 1, cluster: true }, "redis.db"],
    [{ host: "h", tls: "yes" }, "redis.tls"],
    [{ host: "h", tls: { certFile: "c" } }, "redis.tls"],
    [{ host: "h", ttl: 0 }, "redis.ttl"],
    [{ host: "h", connectTimeoutMs: "soon" }, "redis.connectTimeoutMs"],
    [{ host: "h", waitForReplicas: -1 }, "redis.waitForReplicas"],
    [{ host: "h", maxDocumentBytes: 0 }, "redis.maxDocumentBytes"],
  ])("%j is refused, naming the key and no password", (options, named) => {
    const error = catching(() => place(options))
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(named) })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toMatch(/hunter|pa\/ss/)
  })

  it.each([
    [{ tls: { caFil: "x" } }, "redis.tls.caFil", "caFile"],
    [{ tls: { insecure: true } }, "redis.tls.insecure", ""],
    [{ conectTimeoutMs: 1 }, "redis.conectTimeoutMs", "connectTimeoutMs"],
    [{ waitForReplica: 1 }, "redis.waitForReplica", "waitForReplicas"],
  ])("%j works with a warning", (options, named, meant) => {
    const { warnings } = parse({ redis: { ...redis, ...options } })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(named)
    expect(warnings[0]).toContain(meant && `did you mean "${meant}"`)
  })
})

const catching = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe("maxDocumentBytes", () => {
  it.each<[object, number]>([
    [{ redis }, 16_777_216],
    [{ redis: { ...redis, maxDocumentBytes: 5 } }, 5],
    [{ jsonfile: { path: "x", isPrimary: true, maxDocumentBytes: "2048" } }, 2048],
    [{ yamlfile: { path: "x", isPrimary: true, maxDocumentBytes: 1 } }, 1],
  ])("of %j", (datasources, expected) => expect(parse(datasources).maxDocumentBytes).toBe(expected))

  it("is not of a file that cannot be a primary", () =>
    expect(parse({ redis, idfile: { path: "x", maxDocumentBytes: 1 } }).warnings).toEqual([
      expect.stringContaining("datasources.idfile.maxDocumentBytes"),
    ]))
})

describe("--output-dir", () => {
  it("takes the place of the config's caches and keeps what they exclude", () => {
    const config = withOutputDir(
      parse({ redis, shellfile: { path: "x.sh", excludeKeyNames: ["k"], mode: "0644" } }),
      "/out",
    )
    expect(config.caches.map((cache) => cache.path)).toEqual(
      ["yaml", "json", "sh", "id"].map((ending) => `/out/cicdContextData.${ending}`),
    )
    expect(config.caches.find((cache) => cache.driver === "jsonfile")).toMatchObject({ mode: 0o600 })
    expect(config.caches.find((cache) => cache.driver === "shellfile")).toMatchObject({
      excludeKeyNames: ["k"],
      mode: 0o644,
    })
  })
  it("moves nothing but the caches of the default config", () =>
    expect(withOutputDir(defaultConfig(), "/out").primary).toEqual(defaultConfig().primary))
})
