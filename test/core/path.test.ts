import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parsePath, showPath, valueAt } from "../../src/core/path.js"
import { parseJson } from "../../src/data/json.js"

describe("parsePath", () => {
  it.each([
    ["state.a", ["state", "a"]],
    ["state.list[0].b", ["state", "list", 0, "b"]],
    ["l[-1]", ["l", -1]],
    ['a."b.c".d', ["a", "b.c", "d"]],
    ["a['b c']", ["a", "b c"]],
    ["'x\\'y'", ["x'y"]],
    ['a.""', ["a", ""]],
    ["state.123", ["state", "123"]],
    ["a-b.ключ", ["a-b", "ключ"]],
    ["app/name", ["app/name"]],
    ["$.a", ["a"]],
    ["$['a']", ["a"]],
    [" state . a ", ["state", "a"]],
  ])("%s", (text, path) => expect(parsePath(text)).toEqual(path))

  it.each([
    "",
    "$",
    ".",
    "a.",
    ".a",
    "a..b",
    "a.*",
    "a[*]",
    "a[0:1]",
    "a|b",
    "a b",
    "a[",
    "a[]",
    "a[b]",
    "a.'b",
    "a[0",
    "a]",
  ])("refuses %j", (text) =>
    expect(() => parsePath(text)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(text) }),
    ),
  )

  it("of hundreds of thousands of parts is read in time", () => {
    expect(parsePath(`a${"[0].b".repeat(200_000)}`)).toHaveLength(400_001)
  })

  it("reads back what showPath wrote", () => {
    const segment = fc.oneof(fc.string({ unit: "binary" }), fc.integer({ min: -9, max: 999 }))
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(segment), (first, rest) => {
        const path = [first, ...rest]
        expect(parsePath(showPath(path))).toEqual(path)
      }),
    )
  })
})

describe("valueAt", () => {
  const doc = parseJson('{"a": {"b": [10, {"c": 1}], "": 0}, "__proto__": {"x": 1}}')
  it.each([
    [["a", "b", 0], 10n],
    [["a", "b", -1, "c"], 1n],
    [["a", ""], 0n],
    [["__proto__", "x"], 1n],
    [["a", "b", 9], undefined],
    [["a", "b", "c"], undefined],
    [["constructor"], undefined],
    [["a", "toString"], undefined],
  ])("%j", (path, value) => expect(valueAt(doc, path)).toEqual(value))
})
