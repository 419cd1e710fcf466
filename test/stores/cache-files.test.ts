import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Format, Snapshot } from "../../src/core/ports.js"
import { parseJsonMap, writeJson } from "../../src/data/json.js"
import { cacheFiles } from "../../src/stores/cache-files.js"
import { documentOf } from "./changes.js"

const json: Format = { read: parseJsonMap, write: ({ document }) => writeJson(document) }
const slowJson: Format = { read: async (text) => parseJsonMap(text), write: ({ document }) => writeJson(document) }
const ids: Format = { write: ({ id }) => id }

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cache-files-"))
})
afterEach(() => rmSync(root, { recursive: true }))

const at = (name: string) => join(root, name)
const text = (name: string) => readFileSync(at(name), "utf8")
const caches = () =>
  cacheFiles([
    { path: at("data.json"), format: json },
    { path: at("data.id"), format: ids },
  ])
const snapshot = (revision: number, given: Partial<Snapshot> = {}): Snapshot => {
  const id = given.id ?? "a"
  return { id, lineage: "line", revision, document: documentOf(id, [["revision", BigInt(revision)]]), ...given }
}
const jsonOf = ({ document }: Snapshot) => writeJson(document)

const notAsked = () => Promise.reject(new Error("the primary must not be asked"))

describe("write", () => {
  it("fills an empty place without asking the primary, readable by the owner only", async () => {
    await caches().write(snapshot(1), notAsked)
    expect([text("data.json"), text("data.id")]).toEqual([jsonOf(snapshot(1)), "a"])
    expect(statSync(at("data.json")).mode & 0o777).toBe(0o600)
  })

  it("makes folders and gives the mode that is asked for", async () => {
    const old = process.umask(0o077)
    try {
      const path = at("new/deep/data.json")
      await cacheFiles([{ path, format: json, mode: 0o664 }]).write(snapshot(1), notAsked)
      expect(statSync(path).mode & 0o777).toBe(0o664)
    } finally {
      process.umask(old)
    }
  })

  it("replaces an older revision of the same lineage without asking", async () => {
    await caches().write(snapshot(1), notAsked)
    await caches().write(snapshot(2), notAsked)
    expect(text("data.json")).toBe(jsonOf(snapshot(2)))
  })

  it("never goes back to an older revision", async () => {
    await caches().write(snapshot(3), notAsked)
    await caches().write(snapshot(2), async () => snapshot(3))
    expect(text("data.json")).toBe(jsonOf(snapshot(3)))
  })

  const found = snapshot(7)
  it.each<[string, () => Promise<void> | void, Snapshot]>([
    ["another lineage is there", () => caches().write(snapshot(1, { lineage: "other" }), notAsked), snapshot(2)],
    ["another context is there", () => caches().write(snapshot(1, { id: "b" }), notAsked), snapshot(2)],
    [
      "the lineage is not known",
      () => caches().write(snapshot(0, { lineage: "" }), notAsked),
      snapshot(0, { lineage: "" }),
    ],
    ["another tool wrote the cache", () => writeFileSync(at("data.json"), "{}"), snapshot(2)],
    ["a newer revision is there", () => caches().write(snapshot(9), notAsked), snapshot(2)],
    [
      "the cache was removed",
      () =>
        caches()
          .write(snapshot(9), notAsked)
          .then(() => rmSync(at("data.json"))),
      snapshot(2),
    ],
    ["the marks are torn", () => writeMarks("{"), snapshot(2)],
    ["the marks are not ours", () => writeMarks('{"data.json":{"id":"a"},"data.id":1}'), snapshot(2)],
  ])("asks the primary when %s", async (_, prepare, ours) => {
    await prepare()
    const reread = vi.fn(async () => found)
    await caches().write(ours, reread)
    expect(reread).toHaveBeenCalledTimes(1)
    expect([text("data.json"), text("data.id")]).toEqual([jsonOf(found), "a"])
    await caches().write(snapshot(8), notAsked)
    expect(text("data.json")).toBe(jsonOf(snapshot(8)))
  })

  async function writeMarks(marks: string) {
    await caches().write(snapshot(1), notAsked)
    writeFileSync(at(".cicdstatemgr-caches.json"), marks)
  }

  it("writes nothing when the context is gone from the primary", async () => {
    await caches().write(snapshot(9, { id: "b" }), notAsked)
    await caches().write(snapshot(1), async () => undefined)
    expect(text("data.id")).toBe("b")
  })

  it("leaves a file alone whose text would be the same", async () => {
    await caches().write(snapshot(1), notAsked)
    const { ino } = statSync(at("data.id"))
    await caches().write(snapshot(2), notAsked)
    expect(statSync(at("data.id")).ino).toBe(ino)
    expect(text("data.json")).toBe(jsonOf(snapshot(2)))
  })

  it("ends with the newest of many writers, in any order", async () => {
    const newest = snapshot(30)
    const revisions = Array.from({ length: 30 }, (_, i) => ((i * 7) % 30) + 1)
    await Promise.all(revisions.map((revision) => caches().write(snapshot(revision), async () => newest)))
    expect([text("data.json"), text("data.id")]).toEqual([jsonOf(newest), "a"])
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([])
  })

  it("keeps a symbolic link a link, and one lock for all its names", async () => {
    mkdirSync(at("real"))
    symlinkSync("real/data.json", at("link.json"))
    await cacheFiles([{ path: at("link.json"), format: json }]).write(snapshot(1), notAsked)
    await cacheFiles([{ path: at("real/data.json"), format: json }]).write(snapshot(2), notAsked)
    expect(text("link.json")).toBe(jsonOf(snapshot(2)))
    expect(readdirSync(root)).toEqual(["link.json", "real"])
  })

  it("tries all caches, then names each that failed and why", async () => {
    writeFileSync(at("file"), "")
    mkdirSync(at("folder.json"))
    const failing = cacheFiles([
      { path: at("file/below.json"), format: json },
      { path: at("folder.json"), format: json },
      { path: at("good.json"), format: json },
      { path: at("elsewhere/good.id"), format: ids },
    ]).write(snapshot(1), notAsked)
    await expect(failing).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: expect.stringMatching(/saved in the primary.*below\.json" \(ENOTDIR.*folder\.json" \(EISDIR/),
      hint: expect.any(String),
    })
    expect([text("good.json"), text("elsewhere/good.id")]).toEqual([jsonOf(snapshot(1)), "a"])
  })

  it("goes on when one format cannot hold the document", async () => {
    const infinite = snapshot(1, { document: documentOf("a", [["x", Number.POSITIVE_INFINITY]]) })
    await expect(caches().write(infinite, notAsked)).rejects.toMatchObject({ code: "CACHE_FAILED" })
    expect(text("data.id")).toBe("a")
  })
})

describe("read", () => {
  const reading = (warnings: string[] = []) =>
    cacheFiles(
      [
        { path: at("data.id"), format: ids },
        { path: at("first.json"), format: json },
        { path: at("second.json"), format: slowJson },
      ],
      { warn: (message) => warnings.push(message) },
    )

  it("gives the document of the first readable cache that holds the context", async () => {
    writeFileSync(at("data.id"), "a")
    writeFileSync(at("first.json"), jsonOf(snapshot(1)))
    writeFileSync(at("second.json"), jsonOf(snapshot(2)))
    expect(await reading().read("a")).toEqual(snapshot(1).document)
  })

  it.each<[string, string | undefined, RegExp | undefined]>([
    ["is missing", undefined, undefined],
    ["is empty", "", undefined],
    ["holds another context", jsonOf(snapshot(1, { id: "b" })), undefined],
    ["holds no context", "{}", undefined],
    ["does not parse", '{\n "state": tru', /first\.json.*line 2, column 11: /],
  ])("goes on to the next when one %s", async (_, content, warning) => {
    if (content !== undefined) writeFileSync(at("first.json"), content)
    writeFileSync(at("second.json"), jsonOf(snapshot(2)))
    const warnings: string[] = []
    expect(await reading(warnings).read("a")).toEqual(snapshot(2).document)
    expect(warnings).toEqual(warning ? [expect.stringMatching(warning)] : [])
  })

  it("warns of a cache that cannot be read, and makes no files", async () => {
    mkdirSync(at("first.json"))
    const warnings: string[] = []
    expect(await reading(warnings).read("a")).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(/first\.json.*EISDIR/)])
    expect(readdirSync(root)).toEqual(["first.json"])
  })
})

describe("remove", () => {
  it("removes what holds the context, with marks or without, and nothing else", async () => {
    await caches().write(snapshot(1), notAsked)
    writeFileSync(at("foreign.json"), jsonOf(snapshot(1)))
    writeFileSync(at("other.json"), jsonOf(snapshot(1, { id: "b" })))
    writeFileSync(at("torn.json"), "{")
    const paths = ["data.json", "data.id", "foreign.json", "other.json", "torn.json", "missing.json"]
    const all = cacheFiles(paths.map((path) => ({ path: at(path), format: path.endsWith("id") ? ids : json })))
    await all.remove("a")
    expect(paths.filter((path) => existsSync(at(path)))).toEqual(["other.json", "torn.json"])
  })

  it("makes nothing where there is nothing", async () => {
    await caches().remove("a")
    expect(readdirSync(root)).toEqual([])
  })

  it("is not undone by a writer that read the context before", async () => {
    await caches().write(snapshot(1), notAsked)
    await caches().remove("a")
    await caches().write(snapshot(2), async () => undefined)
    expect(existsSync(at("data.json"))).toBe(false)
  })
})
