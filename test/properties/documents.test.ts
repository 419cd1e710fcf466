/** What holds for any document: assignments and paths, merging, queries. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Assignment, applyAssignments } from "../../src/core/assignment.js"
import { assignmentTo, parseAssignment } from "../../src/core/assignment-text.js"
import { mergeMaps } from "../../src/core/merge.js"
import { type Path, parsePath, showPath, valueAt } from "../../src/core/path.js"
import { parseQuery, select } from "../../src/core/query.js"
import { isList, isMap, type Value, type ValueMap } from "../../src/data/value.js"
import { encode } from "../data/python-peer.js"
import { documentArbitrary, textArbitrary, valueArbitrary } from "../data/value-arbitrary.js"
import { result, runs } from "./runs.js"

const ID = "cicdContextDataId"
const withState = (state: ValueMap): ValueMap => new Map([["state", new Map([[ID, "c"], ...state])]])
const keyPath = fc.array(textArbitrary, { minLength: 1, maxLength: 5 }).map((keys) => ["state", "own", ...keys])
const plain = (value: Value) => JSON.stringify(encode(value))

describe("assignments", () => {
  it("what is set is what is read, by a path of any keys, and nothing else changes", () => {
    fc.assert(
      fc.property(documentArbitrary, keyPath, valueArbitrary, (state, path, value) => {
        const before = withState(state)
        const text = plain(before)
        const after = applyAssignments(before, [assignmentTo(showPath(path), value)])
        expect(plain(valueAt(after, path)!)).toBe(plain(value))
        expect(plain(before)).toBe(text)
        const others = ([key]: readonly [string, Value]) => key !== "own"
        const stateOf = (document: ValueMap) => new Map([...(document.get("state") as ValueMap)].filter(others))
        expect(plain(stateOf(after))).toBe(plain(stateOf(before)))
      }),
      runs(300),
    )
  })

  it("a text arrives as it is, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const document = applyAssignments(withState(new Map()), [parseAssignment(`state.own=${text}`)])
        expect(valueAt(document, ["state", "own"])).toBe(text)
      }),
      runs(300),
    )
  })

  it("set twice is set once; unset leaves nothing; unset twice is unset once", () => {
    fc.assert(
      fc.property(documentArbitrary, keyPath, valueArbitrary, (state, path, value) => {
        const set: Assignment = { op: "set", path, value }
        const unset: Assignment = { op: "unset", path }
        const once = applyAssignments(withState(state), [set])
        expect(plain(applyAssignments(once, [set]))).toBe(plain(once))
        const without = applyAssignments(once, [unset])
        expect(valueAt(without, path)).toBeUndefined()
        expect(plain(applyAssignments(without, [unset]))).toBe(plain(without))
      }),
      runs(300),
    )
  })

  it("appending all at once is appending one after the other; unique lists hold nothing twice", () => {
    const items = fc.array(fc.oneof(fc.constantFrom<Value>(1n, 1, true, "1", "a", null), valueArbitrary), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(items, items, fc.boolean(), (first, second, unique) => {
        const append = (list: readonly Value[]): Assignment => ({
          op: "append",
          path: ["state", "l"],
          items: list,
          unique,
        })
        const start = withState(new Map())
        const together = applyAssignments(start, [append([...first, ...second])])
        expect(plain(applyAssignments(start, [append(first), append(second)]))).toBe(plain(together))
        const list = valueAt(together, ["state", "l"]) as readonly Value[]
        if (unique) expect(plain(applyAssignments(together, [append(list)]))).toBe(plain(together))
        else expect(list).toHaveLength(first.length + second.length)
      }),
      runs(300),
    )
  })

  it("increments add up exactly, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), { maxLength: 20 }), (steps) => {
        const list = steps.map((by): Assignment => ({ op: "increment", path: ["state", "n"], by }))
        const total = steps.reduce((sum, by) => sum + by, 0n)
        const document = applyAssignments(withState(new Map([["n", 0n]])), list.toReversed())
        expect(valueAt(document, ["state", "n"])).toBe(total)
      }),
      runs(200),
    )
  })

  it("any list of them gives a document with its id, or one error of ours", () => {
    const segment = fc.oneof(fc.constantFrom("state", ID, "a", "b", 0, -1, 5), textArbitrary)
    const path = fc.array(segment, { minLength: 1, maxLength: 4 })
    const assignment: fc.Arbitrary<Assignment> = fc.oneof(
      fc.record({ op: fc.constant("set" as const), path, value: valueArbitrary }),
      fc.record({
        op: fc.constant("append" as const),
        path,
        items: fc.array(valueArbitrary, { maxLength: 3 }),
        unique: fc.boolean(),
      }),
      fc.record({ op: fc.constant("clear" as const), path }),
      fc.record({ op: fc.constant("unset" as const), path }),
      fc.record({ op: fc.constant("increment" as const), path, by: fc.oneof(fc.bigInt(), fc.double()) }),
    )
    fc.assert(
      fc.property(documentArbitrary, fc.array(assignment, { maxLength: 8 }), (state, list) => {
        const before = withState(state)
        const text = plain(before)
        const after = result(() => applyAssignments(before, list))
        if (after) expect(valueAt(after, ["state", ID])).toBe("c")
        expect(plain(before)).toBe(text)
      }),
      runs(500),
    )
  })
})

/** Documents in which a key has the same type wherever it stands. */
const { typed } = fc.letrec<{ typed: ValueMap }>((tie) => ({
  typed: fc
    .record(
      {
        t: textArbitrary,
        u: textArbitrary,
        n: fc.bigInt(),
        l: fc.array(textArbitrary, { maxLength: 3 }),
        b: fc.boolean(),
        m: fc.oneof({ maxDepth: 4 }, fc.constant(new Map()), tie("typed")),
        __proto__x: fc.oneof({ maxDepth: 4 }, fc.constant(new Map()), tie("typed")),
      },
      { requiredKeys: [] },
    )
    .map((record) => new Map(Object.entries(record)) as ValueMap),
}))

describe("merging", () => {
  it("changes neither side, and keeps every key of both, those of the upper one with its value", () => {
    fc.assert(
      fc.property(documentArbitrary, documentArbitrary, (below, over) => {
        const texts = [plain(below), plain(over)]
        const merged = result(() => mergeMaps(below, over))
        expect([plain(below), plain(over)]).toEqual(texts)
        if (!merged) return
        expect(new Set(merged.keys())).toEqual(new Set([...below.keys(), ...over.keys()]))
        for (const [key, value] of over)
          if (!isMap(value) || !isMap(below.get(key))) expect(plain(merged.get(key)!)).toBe(plain(value))
        for (const [key, value] of below) if (!over.has(key)) expect(plain(merged.get(key)!)).toBe(plain(value))
      }),
      runs(300),
    )
  })

  it("with itself, or with nothing, gives the same", () => {
    fc.assert(
      fc.property(documentArbitrary, (document) => {
        for (const other of [document, new Map()]) expect(plain(mergeMaps(document, other))).toBe(plain(document))
        expect(plain(mergeMaps(new Map(), document))).toBe(plain(document))
      }),
      runs(200),
    )
  })

  it("of several can begin at either end, where each key has one type", () => {
    fc.assert(
      fc.property(typed, typed, typed, (a, b, c) => {
        expect(plain(mergeMaps(mergeMaps(a, b), c))).toBe(plain(mergeMaps(a, mergeMaps(b, c))))
      }),
      runs(300),
    )
  })
})

describe("queries and paths", () => {
  const symbols = fc.constantFrom(
    ..."a b state . .. [ ] ( ) * $ , : | where `this` 0 -1 ' \" \\ & ? = { } < > ! \n \t é 😀".split(" "),
    " ",
  )
  const texts = fc.oneof(
    fc.array(symbols, { maxLength: 16 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 30 }),
  )

  it("any text is one, or an error of ours that names the text", () => {
    const document = new Map<string, Value>([
      ["a", new Map<string, Value>([["b", [1n, new Map([["a", "x"]])]]])],
      ["state", new Map([["é", null]])],
    ])
    fc.assert(
      fc.property(texts, (text) => {
        result(() => parseQuery(text))
        const found = result(() => select(document, text))
        if (found) expect(isList(found)).toBe(true)
        const path = result(() => parsePath(text))
        if (path) expect(parsePath(showPath(path))).toEqual(path)
      }),
      runs(2000),
    )
  })

  it("a path as query finds what stands there", () => {
    fc.assert(
      fc.property(documentArbitrary, (document) => {
        for (const path of pathsIn(document).slice(0, 50)) {
          const [found, ...more] = select(document, showPath(path))
          expect(more).toEqual([])
          expect(plain(found!)).toBe(plain(valueAt(document, path)!))
        }
      }),
      runs(100),
    )
  })

  it("$..* finds what stands in maps, each value once", () => {
    const count = (value: Value): number =>
      isMap(value)
        ? [...value.values()].reduce<number>((sum, item) => sum + 1 + count(item), 0)
        : isList(value)
          ? value.reduce<number>((sum, item) => sum + count(item), 0)
          : 0
    fc.assert(
      fc.property(documentArbitrary, (document) => {
        expect(select(document, "$..*").length).toBe(count(document))
      }),
      runs(100),
    )
  })
})

function pathsIn(value: Value, path: Path = []): Path[] {
  const own = path.length > 0 ? [path] : []
  if (isList(value)) return [...own, ...value.flatMap((item, i) => pathsIn(item, [...path, i]))]
  if (!isMap(value)) return own
  return [...own, ...[...value].flatMap(([key, item]) => pathsIn(item, [...path, key]))]
}
