import { execFileSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
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
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Format, Store } from "../../src/core/ports.js"
import { addJson, parseJsonMap, writeJson } from "../../src/data/json.js"
import { fileStore } from "../../src/stores/file-store.js"
import { addItem, change, create, documentOf, itemsOf, setKey, stateOf } from "./changes.js"
import { testStore } from "./store-contract.js"

const json: Format = { read: parseJsonMap, write: ({ document }, text) => addJson(text, document) }

testStore(
  "file store, one file for each context",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "file-store-"))
    const path = join(folder, "contexts", "{id}.json")
    return {
      path,
      open: () => fileStore({ path, format: json }),
      writeForeign: async (id, document) => {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path.replace("{id}", id), writeJson(document))
      },
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
  {
    source: `
      import { addJson, parseJsonMap, writeJson } from "./src/data/json.ts"
      import { fileStore } from "./src/stores/file-store.ts"
      const format = { read: parseJsonMap, write: ({ document }, text) => addJson(text, document) }
      export const open = (path: string) => fileStore({ path, format })
    `,
    place: ({ path }) => path,
  },
)

let root: string
let path: string
let log: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "file-store-"))
  path = join(root, "data.json")
  log = join(root, ".data.json.log")
})
afterEach(() => rmSync(root, { recursive: true }))

const open = (given: Partial<Parameters<typeof fileStore>[0]> = {}): Store =>
  fileStore({ path, format: json, ...given })
const revisions = async () => (await open().history("a"))?.map((entry) => entry.revision)

describe("a file for one context", () => {
  it("is listed by the id inside", async () => {
    expect(await open().list()).toEqual([])
    await open().commit("a", create("a"))
    expect(await open().list()).toEqual(["a"])
  })

  it("does not have another one", async () => {
    await open().commit("a", create("a"))
    const before = readFileSync(path)
    expect(await open().read("b")).toBeUndefined()
    expect(await open().history("b")).toBeUndefined()
    expect(await open().delete("b")).toBe(false)
    await expect(open().commit("b", setKey("k", "v"))).rejects.toMatchObject({ code: "CONTEXT_NOT_FOUND" })
    await expect(open().commit("b", create("b"))).rejects.toMatchObject({
      code: "CONTEXT_EXISTS",
      message: expect.stringContaining('"a"'),
      hint: expect.stringMatching(/overwrite.*\{id\}/),
    })
    expect(readFileSync(path)).toEqual(before)
  })

  it("is given to another one by replace, which starts a lineage", async () => {
    await open().commit("a", create("a"))
    await open().commit("a", setKey("k", "v"))
    const made = await open().commit("b", create("b", [], { mode: "replace", commitId: "first of b" }))
    expect(made).toMatchObject({ revision: 1, lineage: "first of b" })
    expect(await open().history("b")).toHaveLength(1)
    expect(await open().list()).toEqual(["b"])
  })

  it("refuses a document that does not say whose it is", async () => {
    const nameless = change({ mode: "create", apply: () => new Map([["k", "v"]]) })
    await expect(open().commit("a", nameless)).rejects.toMatchObject({ code: "INPUT_INVALID" })
    expect(readdirSync(root)).not.toContain("data.json")
  })

  it("is found by no id while its document has none", async () => {
    writeFileSync(path, '{"k": 1}')
    expect(await open().list()).toEqual([])
    expect(await open().read("a")).toBeUndefined()
    await expect(open().commit("a", create("a"))).rejects.toMatchObject({ code: "CONTEXT_EXISTS" })
    expect(await open().commit("a", create("a", [], { mode: "replace" }))).toMatchObject({ revision: 1 })
  })
})

describe("a file that is no document", () => {
  it.each<[string, string | Buffer, RegExp]>([
    ["is torn", '{"state": {\n  "a', /data\.json", line 2, column \d+: /],
    ["is not a map", "[]", /data\.json", line 1, column 1: /],
    ["is empty", "", /data\.json": the file is empty/],
    ["is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /data\.json": the text is not UTF-8/],
  ])("and %s is refused and only ever replaced", async (_, content, message) => {
    writeFileSync(path, content)
    const refused = { code: "STORE_FAILED", message: expect.stringMatching(message), hint: expect.any(String) }
    await expect(open().read("a")).rejects.toMatchObject(refused)
    await expect(open().history("a")).rejects.toMatchObject(refused)
    await expect(open().list()).rejects.toMatchObject(refused)
    await expect(open().delete("a")).rejects.toMatchObject(refused)
    await expect(open().commit("a", setKey("k", "v"))).rejects.toMatchObject(refused)
    expect(readFileSync(path)).toEqual(Buffer.from(content))
    const made = await open().commit("a", create("a", [], { mode: "replace" }))
    expect(await open().read("a")).toEqual(made)
  })

  it("is not created over, unless it is empty", async () => {
    writeFileSync(path, "{")
    await expect(open().commit("a", create("a"))).rejects.toMatchObject({ code: "STORE_FAILED" })
    writeFileSync(path, "")
    expect(await open().commit("a", create("a"))).toMatchObject({ revision: 1 })
  })

  it.each<[string, string, RegExp]>([
    ["is torn", "{", /a\.json", line 1/],
    ["is another program's", '{"k": 1}', /is no context data/],
    ["says another id", writeJson(documentOf("b")), /says that it is "b"/],
  ])("is not deleted, though its name is that of a context, when it %s", async (_, content, message) => {
    const file = join(root, "a.json")
    writeFileSync(file, content)
    const store = open({ path: join(root, "{id}.json") })
    await expect(store.delete("a")).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/remove/),
    })
    expect(readFileSync(file, "utf8")).toBe(content)
    await store.commit("a", create("a", [], { mode: "replace" }))
    expect(await store.delete("a")).toBe(true)
  })

  it("is deleted when the log says that it was written here", async () => {
    const write = () => "no longer readable"
    await open({ path: join(root, "{id}.json"), format: { ...json, write } }).commit("a", create("a"))
    expect(await open({ path: join(root, "{id}.json") }).delete("a")).toBe(true)
  })
})

describe("the log beside the document", () => {
  const setUp = async () => {
    await open().commit("a", create("a"))
    await open().commit("a", addItem("x"))
  }

  it.each(["", "{", "[]", "null", '{"id":"a","lineage":"l","base":null,"entries":[]}', '{"id":"a","entries":[1]}'])(
    "does no harm when it is %j",
    async (content) => {
      await setUp()
      writeFileSync(log, content)
      expect(await open().read("a")).toMatchObject({ revision: 0, lineage: "" })
      expect(itemsOf(await open().commit("a", addItem("y")))).toEqual(["x", "y"])
      expect(await revisions()).toEqual([1])
    },
  )

  it("is not believed on a commit that was broken off before the document", async () => {
    await setUp()
    const before = await open().read("a")
    copyFileSync(path, join(root, "before"))
    const broken = addItem("y")
    await open().commit("a", broken)
    copyFileSync(join(root, "before"), path)

    expect(await open().read("a")).toEqual(before)
    expect(await revisions()).toEqual([1, 2])
    const again = await open().commit("a", broken)
    expect(again.revision).toBe(3)
    expect(itemsOf(again)).toEqual(["x", "y"])
    expect(await revisions()).toEqual([1, 2, 3])
  })

  it("is not believed on a first commit that was broken off, to a document of another tool", async () => {
    writeFileSync(path, writeJson(documentOf("a")))
    const before = await open().read("a")
    copyFileSync(path, join(root, "before"))
    await open().commit("a", addItem("x"))
    copyFileSync(join(root, "before"), path)
    expect(await open().read("a")).toEqual(before)
    expect(await revisions()).toEqual([])
  })

  it("is not believed on a replacement that was broken off", async () => {
    await setUp()
    copyFileSync(path, join(root, "before"))
    await open().commit("b", create("b", [], { mode: "replace" }))
    copyFileSync(join(root, "before"), path)
    expect(await open().read("a")).toMatchObject({ revision: 2 })
  })

  it.each<[string, () => void]>([
    ["a pipe", () => execFileSync("mkfifo", [log])],
    ["a link to a device", () => symlinkSync("/dev/zero", log)],
  ])("keeps nobody waiting when it is %s", async (_, prepare) => {
    await setUp()
    rmSync(log)
    prepare()
    expect(await open().read("a")).toMatchObject({ revision: 0, lineage: "" })
  })

  it("is no way to a file of somebody else", async () => {
    writeFileSync(join(root, "precious"), "precious")
    symlinkSync("precious", log)
    await open().commit("a", create("a"))
    expect(readFileSync(join(root, "precious"), "utf8")).toBe("precious")
    expect(await revisions()).toEqual([1])
  })

  it("takes an older text for a new write", async () => {
    await open().commit("a", create("a"))
    copyFileSync(path, join(root, "backup"))
    await open().commit("a", addItem("x"))
    await open().commit("a", addItem("y"))
    copyFileSync(join(root, "backup"), path)
    expect(await open().read("a")).toMatchObject({ revision: 4 })
    expect(itemsOf(await open().read("a"))).toEqual([])
  })

  it("does not vouch for its last commit when another tool wrote since", async () => {
    await setUp()
    const broken = addItem("y")
    copyFileSync(path, join(root, "before"))
    await open().commit("a", broken)
    copyFileSync(join(root, "before"), path)
    writeFileSync(path, `${readFileSync(path)}\n`)
    expect(itemsOf(await open().commit("a", broken))).toEqual(["x", "y"])
  })

  it("says nothing of another context that another tool put there", async () => {
    await setUp()
    writeFileSync(path, writeJson(documentOf("b")))
    expect(await open().read("b")).toMatchObject({ revision: 0, lineage: "" })
  })

  it("counts for nothing without its document", async () => {
    await setUp()
    rmSync(path)
    expect(await open().history("a")).toBeUndefined()
    expect(await open().commit("a", create("a", [], { commitId: "new" }))).toMatchObject({
      revision: 1,
      lineage: "new",
    })
  })
})

describe("the file itself", () => {
  it("and its log are for the owner only, whatever they were before", async () => {
    await open().commit("a", create("a"))
    chmodSync(path, 0o666)
    await open().commit("a", setKey("k", "v"))
    expect([path, log].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
  })

  it("has the mode that is asked for, whatever the umask", async () => {
    const old = process.umask(0o077)
    try {
      await open({ mode: 0o664 }).commit("a", create("a"))
      expect([path, log].map((file) => statSync(file).mode & 0o777)).toEqual([0o664, 0o664])
    } finally {
      process.umask(old)
    }
  })

  it.each(["real.json", "missing/real.json"])("stays behind its symbolic link to %s", async (target) => {
    symlinkSync(target, join(root, "second link"))
    symlinkSync(join(root, "second link"), path)
    await open().commit("a", create("a"))
    await fileStore({ path: join(root, target), format: json }).commit("a", setKey("k", "v", { ifRevision: 1 }))
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    const read = await open().read("a")
    expect([read?.revision, stateOf(read).get("k")]).toEqual([2, "v"])
  })

  it.each<[string, (file: string) => void, RegExp]>([
    ["is a folder", (file) => mkdirSync(file), /EISDIR|folder/],
    ["is a pipe", (file) => execFileSync("mkfifo", [file]), /not a regular file/],
    ["is a link to a device", (file) => symlinkSync("/dev/zero", file), /not a regular file/],
    ["is a link to itself", (file) => symlinkSync("data.json", file), /ELOOP/],
  ])("fails clearly when it %s", async (_, prepare, reason) => {
    prepare(path)
    const refused = { code: "STORE_FAILED", message: expect.stringMatching(reason) }
    await expect(open().commit("a", create("a", [], { mode: "replace" }))).rejects.toMatchObject(refused)
    await expect(open().read("a")).rejects.toMatchObject(refused)
    await expect(open().list()).rejects.toMatchObject(refused)
  })

  it("fails clearly when its folder is a file", async () => {
    writeFileSync(path, "")
    const failing = open({ path: join(path, "data.json") }).commit("a", create("a"))
    await expect(failing).rejects.toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("ENOTDIR") })
  })

  it("fails clearly, and makes nothing, when the id is too long for a name", async () => {
    const id = "n".repeat(251)
    for (const mode of ["create", "update", "replace"] as const) {
      const failing = open({ path: join(root, "{id}.json") }).commit(id, create(id, [], { mode }))
      const message = expect.stringContaining("too long")
      await expect(failing).rejects.toMatchObject({ code: "INPUT_INVALID", message, hint: expect.any(String) })
    }
    expect(readdirSync(root)).toEqual([])
  })

  it("takes ids as long as a name can be, each with a lock and a log of its own", async () => {
    const ids = ["a", "b"].map((letter) => letter.repeat(250))
    for (const id of ids) {
      const store = open({ path: join(root, "{id}.json") })
      await store.commit(id, create(id))
      await store.commit(id, setKey("k", "v"))
      expect(await store.history(id)).toHaveLength(2)
    }
    expect(await open({ path: join(root, "{id}.json") }).list()).toEqual(ids)
    expect(readdirSync(root)).toHaveLength(6)
    for (const id of ids) expect(await open({ path: join(root, "{id}.json") }).delete(id)).toBe(true)
  })

  it("and nothing else is made for a context that is not there", async () => {
    const store = open({ path: join(root, "contexts", "{id}.json") })
    await expect(store.commit("a", setKey("k", "v"))).rejects.toMatchObject({ code: "CONTEXT_NOT_FOUND" })
    await store.delete("a")
    await store.read("a")
    expect(readdirSync(root)).toEqual([])
  })

  it("leaves no temporary file when the change or the format fails", async () => {
    const infinite = create("a", [["k", Number.POSITIVE_INFINITY]])
    await expect(open().commit("a", infinite)).rejects.toThrow()
    expect(readdirSync(root)).toEqual([".data.json.lock"])
  })
})

describe("the names of files", () => {
  it.each([
    ["with/slash", "with%2Fslash"],
    ["..", "%2E."],
    ["a b", "a%20b"],
    ["A-Z_a.z~", "A-Z_a.z%7E"],
    ["ü'(!*)", "%C3%BC%27%28%21%2A%29"],
  ])("are percent-encoded ids: %j", async (id, name) => {
    await open({ path: join(root, "ctx-{id}.json") }).commit(id, create(id))
    expect(readdirSync(root)).toContain(`ctx-${name}.json`)
  })

  it("of other kinds are not listed", async () => {
    const store = open({ path: join(root, "{id}.json") })
    await store.commit("a", create("a"))
    for (const name of ["notes.txt", "%zz.json", "b%2f.json", ".hidden.json"]) writeFileSync(join(root, name), "")
    mkdirSync(join(root, "folder.json"))
    expect(await store.list()).toEqual(["a"])
  })

  it("may have the id in a folder", async () => {
    const store = open({ path: join(root, "{id}", "data.json") })
    mkdirSync(join(root, "empty"))
    for (const id of ["b", "a"]) await store.commit(id, create(id))
    expect(await store.list()).toEqual(["a", "b"])
  })
})

it.each<[string, Partial<Parameters<typeof fileStore>[0]>]>([
  ["a format that cannot be read", { format: { write: () => "" } }],
  ["a path with two places for the id", { path: "/{id}/{id}.json" }],
])("refuses %s", (_, options) => {
  expect(() => open(options)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }))
})
