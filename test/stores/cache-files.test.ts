import { execFileSync } from "node:child_process"
import {
  existsSync,
  lstatSync,
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
import { shellFormat } from "../../src/core/formats/shell.js"
import type { Format, Snapshot } from "../../src/core/ports.js"
import { addJson, parseJsonMap, writeJson } from "../../src/data/json.js"
import { cacheFiles } from "../../src/stores/cache-files.js"
import { documentOf } from "./changes.js"

const json: Format = { read: parseJsonMap, write: ({ document }, text) => addJson(text, document) }
const slowJson: Format = {
  read: async (text) => parseJsonMap(text),
  write: ({ document }, text) => addJson(text, document),
}
const ids: Format = { write: ({ id }, text) => text.add(id) }

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

  it("shares one lock and one set of marks among all names of a folder", async () => {
    mkdirSync(at("real"))
    symlinkSync("real", at("link"))
    await cacheFiles([{ path: at("link/data.json"), format: json }]).write(snapshot(1), notAsked)
    await cacheFiles([{ path: at("real/data.json"), format: json }]).write(snapshot(2), notAsked)
    expect(text("link/data.json")).toBe(jsonOf(snapshot(2)))
    expect(readdirSync(at("real")).sort()).toEqual([
      ".cicdstatemgr-caches.json",
      ".cicdstatemgr-caches.lock",
      "data.json",
    ])
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
      message: expect.stringMatching(
        /saved in the primary.*below\.json" \((ENOTDIR|EEXIST).*folder\.json" \(it is a folder/,
      ),
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

  it.each<[string, string | Buffer | undefined, RegExp | undefined]>([
    ["is missing", undefined, undefined],
    ["is empty", "", undefined],
    ["holds another context", jsonOf(snapshot(1, { id: "b" })), undefined],
    ["holds no context", "{}", undefined],
    [
      "is not UTF-8",
      Buffer.from('{"state": {"cicdContextDataId": "a", "k": "\xff"}}', "latin1"),
      /first\.json.*not UTF-8/,
    ],
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
    expect(warnings).toEqual([expect.stringMatching(/first\.json.*it is a folder/)])
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

  it.each([true, false])(
    "removes what cannot be read back, but only of this context, with marks: %s",
    async (marks) => {
      const all = cacheFiles([
        { path: at("data.id"), format: ids },
        { path: at("data.sh"), format: shellFormat() },
      ])
      // What looks like the line of another context is the value of a variable.
      const trap = snapshot(1, { document: documentOf("a", [["x", "\nCICD_state__cicdContextDataId='b'\n"]]) })
      await all.write(trap, notAsked)
      if (!marks) rmSync(at(".cicdstatemgr-caches.json"))
      await all.remove("b")
      expect([existsSync(at("data.id")), existsSync(at("data.sh"))]).toEqual([true, true])
      await all.remove("a")
      expect([existsSync(at("data.id")), existsSync(at("data.sh"))]).toEqual([false, false])
    },
  )

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

describe("what others put in the place of caches", () => {
  const precious = "precious"
  const fill = () => {
    mkdirSync(at("home"))
    writeFileSync(at("home/file"), precious)
    mkdirSync(at("caches"))
  }
  const inCaches = () =>
    cacheFiles([
      { path: at("caches/data.json"), format: json },
      { path: at("caches/data.id"), format: ids },
    ])
  const expectUntouched = () => {
    expect(readdirSync(at("home"))).toEqual(["file"])
    expect(text("home/file")).toBe(precious)
  }

  it.each([
    ["data.json", "../home/file"],
    ["data.json", "../home/missing/folder/file"],
    ["data.id", "../home/file"],
    [".cicdstatemgr-caches.json", "../home/file"],
  ])("a link at %s to %s is replaced", async (name, target) => {
    fill()
    symlinkSync(target, at(`caches/${name}`))
    await inCaches().write(snapshot(1), notAsked)
    expectUntouched()
    expect([text("caches/data.json"), text("caches/data.id")]).toEqual([jsonOf(snapshot(1)), "a"])
    expect(readdirSync(at("caches")).filter((file) => lstatSync(at(`caches/${file}`)).isSymbolicLink())).toEqual([])
  })

  it("a link in the place of the lock is refused", async () => {
    fill()
    symlinkSync("../home", at("caches/.cicdstatemgr-caches.lock"))
    await expect(inCaches().write(snapshot(1), notAsked)).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: expect.stringContaining('.cicdstatemgr-caches.lock" is a symbolic link'),
    })
    expectUntouched()
  })

  it("a link that leads to a cache of the context is neither read nor removed", async () => {
    fill()
    writeFileSync(at("home/file"), jsonOf(snapshot(1)))
    symlinkSync("../home/file", at("caches/data.json"))
    const warnings: string[] = []
    const path = at("caches/data.json")
    const linked = cacheFiles([{ path, format: json }], { warn: (message) => warnings.push(message) })
    expect(await linked.read("a")).toBeUndefined()
    expect(warnings).toEqual([`cache "${path}" is not used: it is a symbolic link`])
    await linked.remove("a")
    expect(text("home/file")).toBe(jsonOf(snapshot(1)))
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })

  it("a default folder that is a link is not used at all", async () => {
    fill()
    symlinkSync("home", at(".cicdstatemgr"))
    const path = at(".cicdstatemgr/data.json")
    const warnings: string[] = []
    const linked = cacheFiles([{ path, format: json }], { warn: (message) => warnings.push(message) })
    await expect(linked.write(snapshot(1), notAsked)).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: expect.stringContaining('.cicdstatemgr" is a symbolic link'),
      hint: expect.any(String),
    })
    expectUntouched()
    expect(await linked.read("a")).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('.cicdstatemgr" is a symbolic link')])
  })

  it("a pipe or a device is not read, and not replaced", async () => {
    execFileSync("mkfifo", [at("pipe")])
    const warnings: string[] = []
    const paths = [at("pipe"), "/dev/zero"]
    const odd = cacheFiles(
      paths.map((path) => ({ path, format: json })),
      { warn: (message) => warnings.push(message) },
    )
    expect(await odd.read("a")).toBeUndefined()
    expect(warnings).toEqual(paths.map((path) => `cache "${path}" is not used: it is not a regular file`))
    await expect(cacheFiles([{ path: at("pipe"), format: json }]).write(snapshot(1), notAsked)).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: expect.stringContaining('pipe" (it is not a regular file)'),
    })
  })

  it("pipes in the place of marks keep nobody waiting", async () => {
    await caches().write(snapshot(1), notAsked)
    rmSync(at(".cicdstatemgr-caches.json"))
    execFileSync("mkfifo", [at(".cicdstatemgr-caches.json")])
    await expect(caches().write(snapshot(2), async () => snapshot(2))).rejects.toMatchObject({ code: "CACHE_FAILED" })
    expect(text("data.json")).toBe(jsonOf(snapshot(2)))
  })
})

it("what the caches of a folder share is open to all who may write any of them, whatever the umask", async () => {
  const old = process.umask(0o077)
  try {
    await cacheFiles([
      { path: at("data.json"), format: json, mode: 0o660 },
      { path: at("data.id"), format: ids, mode: 0o604 },
    ]).write(snapshot(1), notAsked)
  } finally {
    process.umask(old)
  }
  const lock = ".cicdstatemgr-caches.lock"
  const modes = ["data.json", "data.id", ".cicdstatemgr-caches.json", lock, join(lock, "1")].map(
    (name) => statSync(at(name)).mode & 0o777,
  )
  expect(modes).toEqual([0o660, 0o604, 0o664, 0o775, 0o664])
})
