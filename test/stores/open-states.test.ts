import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Config, parseConfig } from "../../src/core/config.js"
import { defaultConfig, withOutputDir } from "../../src/core/default-config.js"
import { fromJs } from "../../src/data/value.js"
import { openStates } from "../../src/stores/index.js"
import { create, documentOf, setKey } from "./changes.js"

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "open-states-"))
})
afterEach(() => rmSync(root, { recursive: true }))
const at = (name: string) => join(root, name)

const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
const open = (config: Config) => openStates(config, (path) => resolve(root, path), silent)
const configOf = (datasources: object) => parseConfig(fromJs({ cicdstatemgr: { datasources } }))
const primary = (path: string) => ({ path, isPrimary: true })

describe("a cache in the place of the primary", () => {
  const real = (name: string) => mkdirSync(at(name), { recursive: true })
  const link = (to: string, name: string) => symlinkSync(to, at(name))

  it.each<[string, () => void, string, string]>([
    ["of the same path", () => {}, "p/s.json", "p/s.json"],
    ["of the same path, written differently", () => {}, "p/s.json", "./x/../p//s.json"],
    ["by a link in the place of the cache", () => [real("p"), link("p/s.json", "c.json")], "p/s.json", "c.json"],
    ["by a link in the place of the primary", () => [real("c"), link("c/c.json", "s.json")], "s.json", "c/c.json"],
    ["by a link to the folder", () => [real("p"), link("p", "q")], "p/s.json", "q/s.json"],
    ["by a link to a folder above", () => [real("p"), link("p", "q")], "p/new/s.json", "q/new/s.json"],
    ["that is its log", () => {}, "p/s.json", "p/.s.json.log"],
    ["that is the file of an id", () => {}, "p/{id}.json", "p/ctx.json"],
    ["that is the file of an id, in a folder", () => {}, "p/x-{id}/data.json", "p/x-1/data.json"],
    ["that is the file of an id, by a link", () => [real("p"), link("p", "q")], "q/{id}.json", "p/a%20b.json"],
  ])("is refused: %s", (_, prepare, path, cache) => {
    prepare()
    const before = readdirSync(root, { recursive: true })
    expect(() => open(configOf({ jsonfile: primary(path), yamlfile: { path: cache } }))).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: `The cache yamlfile "${resolve(root, cache)}" would overwrite the primary jsonfile "${resolve(root, path)}"`,
        hint: expect.any(String),
      }),
    )
    expect(readdirSync(root, { recursive: true })).toEqual(before)
  })

  it.each(["cicdContextData.json", "{id}.json"])("is refused by --output-dir over the folder of %s", (name) => {
    const config = configOf({ jsonfile: primary(`p/${name}`) })
    expect(() => open(withOutputDir(config, "p"))).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }))
    expect(() => open(withOutputDir(config, "q"))).not.toThrow()
  })

  it.each([
    ["p/s.json", "p/s.yaml"],
    ["p/{id}.json", "p/ctx.yaml"],
    ["p/x-{id}-x.json", "p/x-x.json"],
    ["p/{id}.json", "p/.hidden.json"],
    ["p/{id}.json", "p/below/ctx.json"],
    ["p/{id}/data.json", "p/data.json"],
  ])("is none beside it: %s, %s", async (path, cache) => {
    const states = open(configOf({ jsonfile: primary(path), yamlfile: { path: cache } }))
    await states.commit("a", create("a"))
    expect((await states.refresh("a")).revision).toBe(1)
  })
})

it.each(["p/c.yaml", "q/c.yaml"])("two caches in one file are refused: %s", (path) => {
  mkdirSync(at("p"))
  symlinkSync("p", at("q"))
  const config = configOf({ redis: { host: "h", isPrimary: true }, yamlfile: { path: "p/c.yaml" }, idfile: { path } })
  const message = `The cache idfile "${at(path)}" would overwrite the cache yamlfile "${at("p/c.yaml")}"`
  expect(() => open(config)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message }))
})

it("the default folder cannot be sent elsewhere by a link", async () => {
  mkdirSync(at("home"))
  symlinkSync("home", at(".cicdstatemgr"))
  const states = open(defaultConfig())
  const refused = { code: "STORE_FAILED", message: expect.stringContaining('.cicdstatemgr" is a symbolic link') }
  await expect(states.commit("a", create("a"))).rejects.toMatchObject(refused)
  await expect(states.read("a")).rejects.toMatchObject(refused)
  await expect(states.list()).rejects.toMatchObject(refused)
  expect(readdirSync(at("home"))).toEqual([])
})

describe("a read where the primary is a JSON file and a cache is YAML", () => {
  const both = () => open(configOf({ jsonfile: primary("p.json"), yamlfile: { path: "c/c.yaml" } }))
  const alone = () => open(configOf({ jsonfile: primary("p.json") }))
  const cacheText = () => readFileSync(at("c/c.yaml"), "utf8")

  it.each<[string, () => unknown, string]>([
    ["of the primary, the cache as it was written", () => alone().commit("a", setKey("k", "new")), "new"],
    ["of the cache, where another tool wrote it", () => editCache(), "edited"],
    ["of the cache, where nothing is known of it", () => [editCache(), rmSync(at(MARKS))], "edited"],
    ["of the cache, the primary removed", () => rmSync(at("p.json")), "old"],
    ["of the cache, the primary no JSON", () => writeFileSync(at("p.json"), "{"), "old"],
    ["of the cache, the primary of another context", () => writeFileSync(at("p.json"), OTHER), "old"],
    ["of the primary, the cache removed", () => rmSync(at("c/c.yaml")), "old"],
  ])("gives the document %s", async (_, prepare, value) => {
    await both().commit("a", create("a", [["k", "old"]]))
    await prepare()
    expect(await both().read("a")).toEqual(documentOf("a", [["k", value]]))
  })

  const editCache = () => {
    writeFileSync(at("c/c.yaml"), cacheText().replace("old", "edited"))
    const { mtime } = statSync(at(MARKS))
    for (const file of ["c/c.yaml", MARKS]) utimesSync(at(file), mtime, mtime)
  }
  const MARKS = "c/.cicdstatemgr-caches.json"
  const OTHER = '{"state": {"cicdContextDataId": "b", "k": "other"}}'

  it("brings back the cache that is gone, and leaves one that is there as it is", async () => {
    await both().commit("a", create("a", [["k", "old"]]))
    const before = cacheText()
    rmSync(at("c/c.yaml"))
    await both().read("a")
    expect(cacheText()).toBe(before)
    await alone().commit("a", setKey("k", "new"))
    await both().read("a")
    expect(cacheText()).toBe(before)
  })
})

describe("a document beyond maxDocumentBytes", () => {
  const warnings: string[] = []
  const logger = { ...silent, warn: (message: string) => warnings.push(message) }
  beforeEach(() => {
    warnings.length = 0
  })
  const stored = (name: string) => readFileSync(at(name), "utf8")

  it.each(["jsonfile", "yamlfile"])(
    "is refused before the %s changes, with a warning from a quarter on",
    async (driver) => {
      const config = configOf({ [driver]: { ...primary("p"), maxDocumentBytes: 2000 } })
      const states = openStates(config, (path) => resolve(root, path), logger)
      await states.commit("a", create("a"))
      expect(warnings).toEqual([])
      for (let i = 0; i < 2; i++) await states.commit("a", setKey("k", "ü".repeat(250)))
      expect(warnings).toEqual([expect.stringMatching(/^"a" has \d+ bytes; from 2000 bytes on .*maxDocumentBytes/)])
      const before = stored("p")
      await expect(states.commit("a", setKey("k", "ü".repeat(1000)))).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        exitCode: 8,
        message: expect.stringMatching(/^"a" would have \d{4} bytes, more than 2000 bytes$/),
        hint: expect.stringContaining("maxDocumentBytes"),
      })
      expect(stored("p")).toBe(before)
      expect((await states.refresh("a")).revision).toBe(3)
    },
  )

  it("is counted in bytes of what is stored", async () => {
    const states = open(configOf({ yamlfile: { ...primary("p"), maxDocumentBytes: 100_000 } }))
    await states.commit("a", create("a", [["k", ""]]))
    const room = 100_000 - stored("p").length
    await states.commit("a", setKey("k", "x".repeat(room)))
    await expect(states.commit("a", setKey("k", "x".repeat(room + 10)))).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    })
    expect(stored("p").length).toBeLessThanOrEqual(100_000)
  })
})
