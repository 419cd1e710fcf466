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
      timeoutMs: 5000,
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
