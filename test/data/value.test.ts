import { describe, expect, it } from "vitest"
import { fromJs, MAX_DEPTH, toJs, type Value } from "../../src/data/value.js"

describe("fromJs", () => {
  it.each<[string, unknown, Value]>([
    ["a safe integer as an int", 1, 1n],
    ["the largest safe integer as an int", Number.MAX_SAFE_INTEGER, 9007199254740991n],
    ["a larger integer as a float", 2 ** 53, 2 ** 53],
    ["a fraction as a float", 1.5, 1.5],
    ["minus zero as a float", -0, -0],
    ["a bigint as an int", 10n ** 30n, 10n ** 30n],
    ["undefined as null", undefined, null],
    ["undefined items as null, holes too", Object.assign(new Array(3), { 0: undefined, 2: 1 }), [null, null, 1n]],
    [
      "an object, without its undefined members",
      { b: 1, a: undefined, c: [true] },
      new Map<string, Value>([
        ["b", 1n],
        ["c", [true]],
      ]),
    ],
    ["an object without a prototype", Object.assign(Object.create(null), { a: "x" }), new Map([["a", "x"]])],
    [
      "a Map, its keys as text",
      new Map<unknown, unknown>([
        [10, 1],
        ["9", 2],
      ]),
      new Map([
        ["10", 1n],
        ["9", 2n],
      ]),
    ],
    ["the key __proto__", JSON.parse('{"__proto__": 1}'), new Map([["__proto__", 1n]])],
  ])("takes %s", (_name, value, expected) => {
    expect(fromJs(value)).toStrictEqual(expected)
  })

  it.each<[string, unknown]>([
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a Date", new Date(0)],
    ["a Set", new Set()],
    ["an instance of a class", new (class Point {})()],
  ])("refuses %s, wherever it stands", (_name, value) => {
    expect(() => fromJs(value)).toThrow(TypeError)
    expect(() => fromJs({ a: [value] })).toThrow(TypeError)
  })

  it("refuses cycles", () => {
    const cycle: unknown[] = []
    cycle.push({ cycle })
    expect(() => fromJs(cycle)).toThrow(/nested more than/)
  })

  it("takes as much nesting as the readers do", () => {
    const nested = (depth: number): unknown => (depth === 0 ? "x" : [nested(depth - 1)])
    expect(() => fromJs(nested(MAX_DEPTH))).not.toThrow()
    expect(() => fromJs(nested(MAX_DEPTH + 1))).toThrow(/nested more than/)
  })
})

describe("toJs", () => {
  it.each<[string, Value, unknown]>([
    ["a safe int as a number", -7n, -7],
    ["a larger int as a bigint", 2n ** 53n, 2n ** 53n],
    ["a float as a number", 1, 1],
    ["lists and maps", [new Map([["a", [1n]]])], [Object.assign(Object.create(null), { a: [1] })]],
    ["null", null, null],
  ])("gives %s", (_name, value, expected) => {
    expect(toJs(value)).toStrictEqual(expected)
  })

  it("gives the key __proto__ no meaning", () => {
    const object = toJs(new Map([["__proto__", new Map([["polluted", true]])]])) as Record<string, unknown>
    expect(Object.keys(object)).toEqual(["__proto__"])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
