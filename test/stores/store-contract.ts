/** What every store must hold to, whatever it keeps its documents in: run by the test file of each store. */
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Store } from "../../src/core/ports.js"
import type { Value, ValueMap } from "../../src/data/value.js"
import { addItem, change, create, documentOf, itemsOf, setKey, stateOf } from "./changes.js"
import { bundle, type Script, start } from "./child-process.js"

/** One empty place to keep documents in. */
export interface StoreFixture {
  /** A new store on this place, as another process or a restart would have one. */
  open(): Store
  /** Puts a document there as another tool does: without revision and log. */
  writeForeign(id: string, document: ValueMap): Promise<void>
  /** Removes the place. */
  close(): Promise<void>
}

/** How child processes get at the place that a fixture stands for. */
export interface StoreWorker<F extends StoreFixture> {
  /**
   * A TypeScript module that exports `open(place: string): Store`; its imports are resolved from the root of the
   * repository (`./src/stores/...`).
   */
  readonly source: string
  /** What `open` is given for this fixture: a path, a port. */
  place(fixture: F): string
}

const ODD_IDS = [
  ...["with space", "a/b", "/absolute", "..", ".", ".hidden", "../outside", "back\\slash", "line\nbreak"],
  ...["grüße-日本-😀", "100%25", "%2e", "{id}", "*?[a]", "c:d", "quo\"te's", "__proto__", "-flag", "a".repeat(100)],
]

/**
 * Declares the tests of one store.
 * @param make gives an empty place; each test has its own
 */
export function testStore<F extends StoreFixture>(name: string, make: () => Promise<F>, worker: StoreWorker<F>): void {
  describe(`${name}: store contract`, () => {
    let fixture: F
    const opened: Store[] = []
    let script: Script

    const open = () => {
      const store = fixture.open()
      opened.push(store)
      return store
    }
    const startWorker = (mode: "once" | "forever", id: string, item: string) =>
      start(script, [mode, worker.place(fixture), id, item])

    beforeAll(async () => {
      script = await bundle(workerSource(worker.source))
    })
    afterAll(() => script.remove())
    beforeEach(async () => {
      fixture = await make()
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()))
      await fixture.close()
    })

    describe("a missing context", () => {
      it("is undefined to readers", async () => {
        const store = open()
        expect(await store.read("none")).toBeUndefined()
        expect(await store.history("none")).toBeUndefined()
        expect(await store.list()).toEqual([])
        expect(await store.delete("none")).toBe(false)
      })

      it("cannot be updated", async () => {
        const store = open()
        await expect(store.commit("none", setKey("k", "v"))).rejects.toMatchObject({ code: "CONTEXT_NOT_FOUND" })
        expect(await store.read("none")).toBeUndefined()
      })

      it.each(["create", "replace"] as const)("is created by %s with revision 1", async (mode) => {
        const store = open()
        const made = await store.commit("a", create("a", [["k", "v"]], { mode, commitId: "first" }))
        expect(made).toEqual({ id: "a", document: documentOf("a", [["k", "v"]]), revision: 1, lineage: "first" })
        expect(await store.read("a")).toEqual(made)
      })
    })

    describe("an existing context", () => {
      it("is not created again", async () => {
        const store = open()
        await store.commit("a", create("a", [["k", "old"]]))
        await expect(store.commit("a", create("a"))).rejects.toMatchObject({ code: "CONTEXT_EXISTS" })
        expect(stateOf(await store.read("a")).get("k")).toBe("old")
      })

      it("is replaced within its lineage", async () => {
        const store = open()
        const first = await store.commit("a", create("a", [["k", "old"]]))
        const second = await store.commit("a", create("a", [["new", 1n]], { mode: "replace" }))
        expect(second).toEqual({ ...first, revision: 2, document: documentOf("a", [["new", 1n]]) })
        expect(await store.read("a")).toEqual(second)
      })

      it("stays as it was when the change throws", async () => {
        const store = open()
        const before = await store.commit("a", create("a"))
        const apply = () => {
          throw new RangeError("no")
        }
        await expect(store.commit("a", change({ apply }))).rejects.toThrow(RangeError)
        expect(await store.read("a")).toEqual(before)
        expect(await store.history("a")).toHaveLength(1)
      })

      it("keeps every kind of value over a restart", async () => {
        const values: [string, Value][] = [
          ["10", 10n],
          ["9", 9.0],
          ["float", 1.0],
          ["small", 1e-7],
          ["large", 1e16],
          ["int", 123456789012345678901234567890n],
          ["list", [true, false, null, [], new Map()]],
          ["text", "ü 😀 \u0085 \u2028 \u007f \t \n \"quoted\" 'single'"],
          ["", "empty key"],
          ["__proto__", "key"],
        ]
        const made = await open().commit("a", create("a", values))
        const read = await open().read("a")
        expect(read).toEqual(made)
        expect([...stateOf(read).keys()]).toEqual(["cicdContextDataId", ...values.map(([key]) => key)])
      })

      it("takes a document of 1 MB", async () => {
        const text = "0123456789abcdef".repeat(65536)
        await open().commit("a", create("a", [["text", text]]))
        await open().commit("a", setKey("k", "v"))
        const state = stateOf(await open().read("a"))
        expect([state.get("text"), state.get("k")]).toEqual([text, "v"])
      })
    })

    describe("many writers", () => {
      const names = Array.from({ length: 50 }, (_, i) => `w${i}`)

      async function expectAllItems() {
        const snapshot = await open().read("a")
        expect([...itemsOf(snapshot)].sort()).toEqual([...names].sort())
        expect(names.filter((name) => stateOf(snapshot).get(name) !== true)).toEqual([])
        expect(snapshot?.revision).toBe(1 + names.length)
        expect((await open().history("a"))?.map((entry) => entry.revision)).toEqual(
          Array.from({ length: 1 + names.length }, (_, i) => 1 + i),
        )
      }

      it("lose no update in one process", async () => {
        await open().commit("a", create("a"))
        const shared = open()
        const stores = names.map((_, i) => (i % 2 ? shared : open()))
        const results = await Promise.all(names.map((item, i) => stores[i]!.commit("a", addItem(item))))
        expect(new Set(results.map((snapshot) => snapshot.revision)).size).toBe(names.length)
        await expectAllItems()
      })

      it("lose no update in 50 processes", { timeout: 120_000 }, async () => {
        await open().commit("a", create("a"))
        const ended = await Promise.all(names.map((item) => startWorker("once", "a", item).ended))
        expect(ended.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([])
        await expectAllItems()
      })

      it("create a context once", async () => {
        const results = await Promise.allSettled(names.map((item) => open().commit("a", create("a", [["by", item]]))))
        const made = results.filter((result) => result.status === "fulfilled")
        expect(made).toHaveLength(1)
        expect(await open().read("a")).toEqual(made[0]?.value)
        for (const result of results) {
          if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "CONTEXT_EXISTS" })
        }
      })

      it("leave every acknowledged update and at most the one in flight when killed", {
        timeout: 120_000,
      }, async () => {
        await open().commit("a", create("a", [["ballast", "x".repeat(100_000)]]))
        const acknowledged: string[] = []
        for (let kill = 0; kill < 20; kill++) {
          const { child, ended, firstLine } = startWorker("forever", "a", `k${kill}`)
          await firstLine
          await sleep(Math.random() * 30)
          child.kill("SIGKILL")
          acknowledged.push(...(await ended).stdout.split("\n").filter((line) => line !== ""))
          const after = await open().commit("a", addItem(`after${kill}`))
          acknowledged.push(`after${kill}`)
          const items = new Set(itemsOf(after))
          expect(acknowledged.filter((item) => !items.has(item))).toEqual([])
          expect(items.size).toBe(itemsOf(after).length)
          // One update more than acknowledged may be there for each process killed, and none else.
          const extra = [...items].filter((item) => !acknowledged.includes(String(item)))
          expect(extra.length).toBeLessThanOrEqual(1)
          acknowledged.push(...extra.map(String))
        }
      })
    })

    describe("a retry of the same commit", () => {
      it("is not applied again", async () => {
        const store = open()
        await store.commit("a", create("a"))
        const append = addItem("x")
        await store.commit("a", append)
        const other = await open().commit("a", addItem("y"))
        const again = await open().commit("a", append)
        expect(again).toEqual(other)
        expect(itemsOf(await store.read("a"))).toEqual(["x", "y"])
      })

      it("finds its own creation and its own revision done", async () => {
        const made = create("a")
        const first = await open().commit("a", made)
        expect(await open().commit("a", made)).toEqual(first)
        const conditional = setKey("k", "v", { ifRevision: 1 })
        const second = await open().commit("a", conditional)
        expect(await open().commit("a", conditional)).toEqual(second)
      })
    })

    describe("ifRevision", () => {
      it("takes the change at that revision", async () => {
        const { revision } = await open().commit("a", create("a"))
        expect(await open().commit("a", setKey("k", "v", { ifRevision: revision }))).toMatchObject({ revision: 2 })
      })

      it("refuses it at another one and names both", async () => {
        await open().commit("a", create("a"))
        await open().commit("a", setKey("k", "v"))
        const late = open().commit("a", setKey("k", "late", { ifRevision: 1 }))
        await expect(late).rejects.toMatchObject({
          code: "REVISION_CONFLICT",
          message: expect.stringMatching(/revision 2.* 1/),
        })
        expect(stateOf(await open().read("a")).get("k")).toBe("v")
      })

      it("lets one of many through", async () => {
        await open().commit("a", create("a"))
        const all = Array.from({ length: 10 }, (_, i) => open().commit("a", setKey(`k${i}`, "v", { ifRevision: 1 })))
        const results = await Promise.allSettled(all)
        expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1)
        expect((await open().read("a"))?.revision).toBe(2)
      })
    })

    describe("a document of another tool", () => {
      it("has no history until the first commit", async () => {
        await fixture.writeForeign("a", documentOf("a", [["k", "foreign"]]))
        const found = { id: "a", document: documentOf("a", [["k", "foreign"]]), revision: 0, lineage: "" }
        expect(await open().read("a")).toEqual(found)
        expect(await open().history("a")).toEqual([])
        expect(await open().list()).toEqual(["a"])
        const next = await open().commit("a", setKey("k2", "ours", { commitId: "first" }))
        expect(next).toMatchObject({ revision: 1, lineage: "first" })
        expect(stateOf(next).get("k")).toBe("foreign")
      })

      it("in between counts as one commit and is built on", async () => {
        const made = await open().commit("a", create("a", [], { commitId: "first" }))
        await fixture.writeForeign("a", documentOf("a", [["foreign", "x"]]))
        const read = await open().read("a")
        expect(read).toMatchObject({ revision: made.revision + 1, lineage: "first" })
        const next = await open().commit("a", setKey("k", "v", { ifRevision: 2 }))
        expect(next).toMatchObject({ revision: 3, lineage: "first" })
        expect(stateOf(next).get("foreign")).toBe("x")
        expect((await open().history("a"))?.map((entry) => entry.revision)).toEqual([1, 3])
      })

      it("does not hide a commit from its retry", async () => {
        await open().commit("a", create("a"))
        const append = addItem("x")
        await open().commit("a", append)
        const last = await open().commit("a", addItem("y"))
        await fixture.writeForeign("a", new Map(last.document).set("foreign", true))
        expect(itemsOf(await open().commit("a", append))).toEqual(["x", "y"])
      })
    })

    describe("the log", () => {
      it("tells of each commit, oldest first", async () => {
        const store = open()
        await store.commit("a", create("a", [], { commitId: "c1", actor: "ann" }))
        const entry = { commitId: "c2", actor: "bob", time: "2025-01-01T00:00:00.000Z", assignments: ["k=v", 'ü="\n"'] }
        await store.commit("a", setKey("k", "v", entry))
        expect(await open().history("a")).toEqual([
          { revision: 1, commitId: "c1", actor: "ann", time: "2024-05-06T07:08:09.123Z", assignments: [] },
          { revision: 2, ...entry },
        ])
      })

      it("keeps the newest 100", async () => {
        const store = open()
        await store.commit("a", create("a"))
        for (let i = 0; i < 105; i++) await store.commit("a", setKey("k", BigInt(i)))
        const revisions = (await store.history("a"))?.map((entry) => entry.revision)
        expect(revisions).toEqual(Array.from({ length: 100 }, (_, i) => 7 + i))
        expect((await store.read("a"))?.revision).toBe(106)
      })
    })

    describe("list and delete", () => {
      it("lists every id, sorted", async () => {
        for (const id of ["b", "a", "c"]) await open().commit(id, create(id))
        await fixture.writeForeign("aa", documentOf("aa"))
        expect(await open().list()).toEqual(["a", "aa", "b", "c"])
      })

      it("deletes one context with its log", async () => {
        await open().commit("a", create("a", [["k", "old"]], { commitId: "first" }))
        await open().commit("b", create("b"))
        await open().commit("a", setKey("k", "v"))
        expect(await open().delete("a")).toBe(true)
        expect(await open().delete("a")).toBe(false)
        expect(await open().read("a")).toBeUndefined()
        expect(await open().history("a")).toBeUndefined()
        expect(await open().list()).toEqual(["b"])
        const again = await open().commit("a", create("a", [], { commitId: "second" }))
        expect(again).toEqual({ id: "a", document: documentOf("a"), revision: 1, lineage: "second" })
        expect(await open().history("a")).toHaveLength(1)
      })

      it("keeps any id apart from every other", async () => {
        for (const id of ODD_IDS) await open().commit(id, create(id))
        expect(await open().list()).toEqual([...ODD_IDS].sort())
        for (const id of ODD_IDS) {
          const changed = await open().commit(id, setKey("k", `of ${id}`))
          expect(changed.revision).toBe(2)
        }
        for (const id of ODD_IDS) expect((await open().read(id))?.document).toEqual(documentOf(id, [["k", `of ${id}`]]))
        for (const id of ODD_IDS) expect(await open().delete(id)).toBe(true)
        expect(await open().list()).toEqual([])
      })
    })

    it("can be closed twice", async () => {
      const store = open()
      await store.commit("a", create("a"))
      await store.close()
      await store.close()
    })
  })
}

const workerSource = (store: string) => `
import { addItem as addItemOfContract } from "./test/stores/changes.ts"
${store}
async function workerMain([mode, place, id, name]) {
  const store = open(place)
  for (let i = 0; mode === "forever" || i === 0; i++) {
    const item = mode === "forever" ? name + "-" + i : name
    await store.commit(id, addItemOfContract(item))
    process.stdout.write(item + "\\n")
  }
  await store.close()
}
workerMain(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
`
