import { describe, expect, it } from "vitest"
import { select } from "../../src/core/query.js"
import { parseJson, writeJson } from "../../src/data/json.js"

const doc = parseJson(`{
  "a": {"x": 1, "y": {"x": 2}, "list": [{"x": 3, "n": "p"}, {"x": 4}, 5], "where": 9},
  "b": {"x": 6}, "k-1": 7, "d.e": 8, "s": "text", "123": "digits"}`)

describe("select", () => {
  it.each([
    ["a.x", "[1]"],
    ["$.a.x", "[1]"],
    ["a.list[0].x", "[3]"],
    ["a.list[-1]", "[5]"],
    ["a.list[9]", "[]"],
    ["a.list[*].x", "[3, 4]"],
    ["a.list[0:2].x", "[3, 4]"],
    ["a.list[::-1]", '[5, {"x": 4}, {"x": 3, "n": "p"}]'],
    ["a.list[-2:]", '[{"x": 4}, 5]'],
    ["b[*].x", "[6]"],
    ["b.*", "[6]"],
    ["a.list.*", "[]"],
    ["$..x", "[1, 2, 3, 4, 6]"],
    ["a..x", "[1, 2, 3, 4]"],
    ["a.(x|y)", '[1, {"x": 2}]'],
    ["a.x|y", '[1, {"x": 2}]'],
    ["a.x,y", '[1, {"x": 2}]'],
    ["a['x','y']", '[1, {"x": 2}]'],
    ["a.list[*] where n", '[{"x": 3, "n": "p"}]'],
    ["a.where", "[9]"],
    ["k-1", "[7]"],
    ["'d.e'", "[8]"],
    ['"d.e"', "[8]"],
    ["123", '["digits"]'],
    ["nope.nope", "[]"],
    ["s.length", "[]"],
    ["__proto__", "[]"],
    ["a.`this`.x", "[1]"],
  ])("%s", (query, found) => expect(writeJson(select(doc, query))).toBe(found))

  it("$ is the whole document", () => expect(select(doc, "$")).toEqual([doc]))

  it.each(["", "bad[", "a[?(@.x==1)]", "a b", "a.", "(a", "a)", "a[0", "a.[", "|", "a{b}", "x=1"])(
    "refuses %j",
    (query) => expect(() => select(doc, query)).toThrow(expect.objectContaining({ code: "USAGE" })),
  )

  describe("of a large document", () => {
    const large = new Map(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, new Map([["x", "v"]])]))

    it.each(["*", "*.x", "$..x", "*|*", "* where x"])("finds %s", (query) =>
      expect(select(large, query).length).toBeGreaterThanOrEqual(100_000),
    )

    it.each([
      ["..$..x", 1],
      [" where ($.*)", 1],
      ["|*", 900],
      [" where x", 200],
    ])("gives up on *%s, %d times", (part, times) => {
      const query = `*${part.repeat(times)}`
      expect(() => select(large, query)).toThrow(
        expect.objectContaining({
          code: "LIMIT_EXCEEDED",
          message: "The query looks at more than 5000000 values",
          hint: expect.any(String),
        }),
      )
    })
  })

  it.each([".a", "|a", "..a", " where a", "[0]", ",a"])("refuses thousands of %j in a row", (part) =>
    expect(() => select(doc, `a${part.repeat(100_000)}`)).toThrow(
      expect.objectContaining({ code: "USAGE", message: "A query has at most 2000 parts" }),
    ),
  )

  it("refuses absurd nesting instead of exhausting the stack", () =>
    expect(() => select(doc, "(".repeat(100_000))).toThrow(expect.objectContaining({ code: "USAGE" })))
})
