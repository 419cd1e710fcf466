import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { equalityKey, floatRepr, isTruthy, pythonRepr, pythonStr, stringRepr } from "../../src/data/python.js"
import type { Value } from "../../src/data/value.js"
import { askPython, encode, python } from "./python-peer.js"
import { floatArbitrary, sample, textArbitrary, valueArbitrary } from "./value-arbitrary.js"

const map = (entries: Record<string, Value>) => new Map(Object.entries(entries))

describe("floatRepr", () => {
  it.each<[number, string]>([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [100, "100.0"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [123456789012345.6, "123456789012345.6"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
    [Number.NaN, "nan"],
    [Number.NEGATIVE_INFINITY, "-inf"],
  ])("%d is %s", (value, text) => {
    expect(floatRepr(value)).toBe(text)
  })

  it.skipIf(!python)("agrees with Python", () => {
    const near = fc
      .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -8, max: 20 }))
      .map(([m, e]) => m * 10 ** e)
    const { seed, examples } = sample(fc.oneof(floatArbitrary, near), 3000)
    const answers = askPython(python ?? "", "def answer_to(code): return repr(decode(code))", examples.map(encode))
    for (const [i, value] of examples.entries()) expect({ result: floatRepr(value) }, seed).toEqual(answers[i])
  })
})

describe("stringRepr", () => {
  it.each<[string, string]>([
    ["plain", "'plain'"],
    ["it's", '"it\'s"'],
    ['say "x"', "'say \"x\"'"],
    ['it\'s "x"', "'it\\'s \"x\"'"],
    ["a\\b\n\r\t\0\u001b\u007f", "'a\\\\b\\n\\r\\t\\x00\\x1b\\x7f'"],
    ["é🚀\u00a0\u00ad\u2028\ufeff\ud800", "'é🚀\\xa0\\xad\\u2028\\ufeff\\ud800'"],
    ["\u{e0001}", "'\\U000e0001'"],
  ])("%j is %s", (text, repr) => {
    expect(stringRepr(text)).toBe(repr)
  })

  it.skipIf(!python)("agrees with Python", () => {
    // Which characters are assigned depends on the Unicode version of each side.
    const known = textArbitrary.filter(
      (text) => !/[^\u0000-\u02ff\u2000-\u206f\ufe70-\uffff\u{1f600}-\u{1f6d0}]/u.test(text),
    )
    const { seed, examples } = sample(known, 2000)
    const answers = askPython(python ?? "", "def answer_to(text): return repr(text)", examples)
    for (const [i, text] of examples.entries()) expect({ result: stringRepr(text) }, seed).toEqual(answers[i])
  })
})

describe("pythonStr and pythonRepr", () => {
  it.each<[string, Value, string]>([
    ["null", null, "None"],
    ["a boolean", true, "True"],
    ["an int", 12345678901234567890n, "12345678901234567890"],
    ["a list", [1n, 1, "a", null, []], "[1, 1.0, 'a', None, []]"],
    ["a map", map({ a: map({}), b: false }), "{'a': {}, 'b': False}"],
  ])("show %s as Python does", (_name, value, text) => {
    expect(pythonStr(value)).toBe(text)
    expect(pythonRepr(value)).toBe(text)
  })

  it("differ for a text", () => {
    expect(pythonStr("it's")).toBe("it's")
    expect(pythonRepr("it's")).toBe('"it\'s"')
  })
})

describe("isTruthy", () => {
  it("is Python's truth value", () => {
    const falsy = [undefined, null, false, 0n, 0, -0, "", [], map({})]
    expect(falsy.filter(isTruthy)).toEqual([])
    const truthy = [true, 1n, -0.5, Number.NaN, "0", " ", [null], map({ a: null })]
    expect(truthy.filter(isTruthy)).toEqual(truthy)
  })
})

describe("equalityKey", () => {
  const areEqual = (a: Value, b: Value) => equalityKey(a) === equalityKey(b)
  const hasNan = (value: Value) => pythonRepr(value).includes("nan")
  const values: Value[] = [
    null,
    false,
    true,
    0n,
    1n,
    0,
    -0,
    1,
    2,
    2n,
    0.5,
    9007199254740993n,
    9007199254740992,
    9007199254740992n,
    Infinity,
    "",
    "0",
    "1",
    "a",
    [],
    [1n],
    [1],
    [true],
    ["1"],
    [1n, 2n],
    [[1n]],
    map({}),
    map({ a: 1n }),
    map({ a: true }),
    map({ b: 1n }),
    map({ a: 1n, b: [2] }),
    new Map<string, Value>([
      ["b", [2n]],
      ["a", 1],
    ]),
  ]

  it.skipIf(!python)("agrees with Python on every pair of these and on random ones", () => {
    const { seed, examples } = sample(valueArbitrary, 300)
    const pairs = [
      ...values.flatMap((a) => values.map((b) => [a, b] as const)),
      ...examples.map((value, i) => [value, examples[i ^ 1] ?? null] as const),
      ...examples.map((value) => [value, value] as const),
    ].filter(([a, b]) => !(hasNan(a) && hasNan(b)))
    const definition = "def answer_to(pair): return decode(pair[0]) == decode(pair[1])"
    const answers = askPython(
      python ?? "",
      definition,
      pairs.map(([a, b]) => [encode(a), encode(b)]),
    )
    for (const [i, [a, b]] of pairs.entries())
      expect({ result: areEqual(a, b) }, `${seed}: ${JSON.stringify([encode(a), encode(b)])}`).toEqual(answers[i])
  })

  it("compares maps without regard to order, and ints and floats by their exact value", () => {
    expect(
      areEqual(
        new Map([
          ["a", 1n],
          ["b", 2n],
        ]),
        new Map<string, Value>([
          ["b", 2],
          ["a", true],
        ]),
      ),
    ).toBe(true)
    expect(areEqual(9007199254740993n, 9007199254740992)).toBe(false)
    expect(areEqual("1", 1n)).toBe(false)
  })

  it("NaN is one value, so that a list of distinct items holds it once", () => {
    expect(areEqual(Number.NaN, Number.NaN)).toBe(true)
    expect(areEqual([Number.NaN], [Number.POSITIVE_INFINITY])).toBe(false)
  })

  it("no text looks like another value, nor like several", () => {
    const values: Value[] = ["i1;", 1n, "null;", null, "s1:a", "a", ["a", "b"], ["as1:b"], [["a"], "b"], [["a", "b"]]]
    expect(new Set(values.map(equalityKey)).size).toBe(values.length)
  })
})
