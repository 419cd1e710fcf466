import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DataError, DataLimitError } from "../../src/data/data-error.js"
import { type JsonStyle, MAX_INT_DIGITS, parseJson, parseJsonMap, writeJson } from "../../src/data/json.js"
import { MAX_DEPTH, type Value } from "../../src/data/value.js"
import { type Answer, askPython, encode, python } from "./python-peer.js"
import { sample, valueArbitrary } from "./value-arbitrary.js"

const READ: readonly (readonly [name: string, text: string, value: Value])[] = [
  ["ints, also beyond 2**53", "[0, -0, 7, -12, 12345678901234567890]", [0n, 0n, 7n, -12n, 12345678901234567890n]],
  [
    "floats, also whole ones",
    "[1.0, -0.0, 1e5, 1E-2, 1.5e+300, 1e400]",
    [1, -0, 100000, 0.01, 1.5e300, Number.POSITIVE_INFINITY],
  ],
  ["words", "[null, true, false, NaN, Infinity, -Infinity]", [null, true, false, NaN, Infinity, -Infinity]],
  ["escapes", '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude80"', '"\\/\b\f\n\r\té🚀'],
  ["half a surrogate pair", '"\\ud800"', "\ud800"],
  ["raw characters", '"é🚀\u007f\u2028"', "é🚀\u007f\u2028"],
  ["white space of every kind", " \t\r\n[ 1 ,\n2 ] \n", [1n, 2n]],
  [
    "keys in their order",
    '{"10": 1, "9": 2, "__proto__": 3, "": 4}',
    new Map([
      ["10", 1n],
      ["9", 2n],
      ["__proto__", 3n],
      ["", 4n],
    ]),
  ],
  [
    "the last of two equal keys at the place of the first",
    '{"a": 1, "b": 2, "a": 3}',
    new Map([
      ["a", 3n],
      ["b", 2n],
    ]),
  ],
  ["what is empty", '[[], {}, ""]', [[], new Map(), ""]],
  [
    "an int of as many digits as Python takes",
    `-${"1".repeat(MAX_INT_DIGITS)}`,
    BigInt(`-${"1".repeat(MAX_INT_DIGITS)}`),
  ],
]

const REFUSED: readonly (readonly [name: string, text: string, line: number, column: number])[] = [
  ["nothing", "", 1, 1],
  ["a byte order mark", "\ufeff{}", 1, 1],
  ["a comma behind the last member", '{"a": 1,\n}', 2, 1],
  ["a comma behind the last item", "[1,]", 1, 4],
  ["a missing comma", "[1 2]", 1, 4],
  ["a missing colon", '{"🚀" 1}', 1, 6],
  ["a key without quotes", "{a: 1}", 1, 2],
  ["single quotes", "['a']", 1, 2],
  ["a leading zero", "[01]", 1, 3],
  ["a point without digits", "[1.]", 1, 3],
  ["a plus sign", "[+1]", 1, 2],
  ["other words", "[True]", 1, 2],
  ["an unknown escape", '"a\\x41"', 1, 3],
  ["a short escape", '"\\u12g4"', 1, 2],
  ["a line break in a string", '"a\nb"', 1, 3],
  ["a string without end", '"abc', 1, 5],
  ["a list without end", "[1,\n2", 2, 2],
  ["text behind the end", "{}\n x", 2, 2],
  ["an int of too many digits", "1".repeat(MAX_INT_DIGITS + 1), 1, MAX_INT_DIGITS + 2],
]

const shape = (text: string) => {
  try {
    return { result: encode(parseJson(text)) }
  } catch (error) {
    if (error instanceof DataError) return { refused: true }
    throw error
  }
}
const answered = (answer: Answer | undefined) =>
  answer && "result" in answer ? { result: answer.result } : { refused: true }
const LOADS = "def answer_to(text): return encode(json.loads(text))"

describe("parseJson", () => {
  it.each(READ)("reads %s", (_name, text, value) => {
    expect(encode(parseJson(text))).toEqual(encode(value))
  })

  it.each(REFUSED)("refuses %s", (_name, text, line, column) => {
    expect(() => parseJson(text)).toThrow(DataError)
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ line, column }))
  })

  it.skipIf(!python)("agrees with Python's json.loads on all of these", () => {
    const cases = [...READ, ...REFUSED]
    const answers = askPython(
      python ?? "",
      LOADS,
      cases.map(([, text]) => text),
    )
    for (const [i, [name, text]] of cases.entries()) expect(shape(text), name).toEqual(answered(answers[i]))
  })

  it.skipIf(!python)("agrees with Python on JSON with random damage", () => {
    const marks = fc.constantFrom(..."{}[],:\"\\ \n\t-+.eE0 1uN/'".split(""), "NaN", "null", "\\ud83d", "\\u0000")
    const damaged = fc
      .tuple(valueArbitrary, fc.nat(), fc.nat(3), fc.array(marks, { maxLength: 2 }))
      .map(([value, at, cut, put]) => {
        const text = writeJson(value, { nonFinite: "python", ascii: at % 2 === 0 })
        const place = at % (text.length + 1)
        return text.slice(0, place) + put.join("") + text.slice(place + cut)
      })
    const { seed, examples } = sample(damaged, 2000)
    const answers = askPython(python ?? "", LOADS, examples)
    for (const [i, text] of examples.entries())
      expect(shape(text), `${seed}: ${JSON.stringify(text)}`).toEqual(answered(answers[i]))
  })

  it("takes nesting up to the bound and refuses more", () => {
    const nested = (depth: number) => '{"a":['.repeat(depth / 2) + "]}".repeat(depth / 2)
    expect(() => parseJson(nested(MAX_DEPTH))).not.toThrow()
    expect(() => parseJson(nested(MAX_DEPTH + 2))).toThrow(/nested more than/)
    expect(() => parseJson("[".repeat(1_000_000))).toThrow(/nested more than/)
  })

  it("refuses a text that holds no map where one must be", () => {
    expect(parseJsonMap('{"a": 1}')).toEqual(new Map([["a", 1n]]))
    expect(() => parseJsonMap("[1]")).toThrow(DataError)
  })

  it("stops at a bound of values, if one is given", () => {
    const text = '{"a": [1, "x,y", {}], "b": null}'
    expect(parseJson(text, { maxParts: 6 })).toEqual(parseJson(text))
    expect(() => parseJson(text, { maxParts: 5 })).toThrow(DataLimitError)
  })
})

describe("writeJson", () => {
  const value: Value = new Map<string, Value>([
    ["10", [1n, 1, 1e16, "é🚀\u007f\n"]],
    ["9", [new Map(), []]],
    ["n", null],
  ])
  it.each<[string, JsonStyle, string]>([
    ["on one line", {}, '{"10": [1, 1.0, 1e+16, "é🚀\u007f\\n"], "9": [{}, []], "n": null}'],
    [
      "as ASCII",
      { ascii: true },
      '{"10": [1, 1.0, 1e+16, "\\u00e9\\ud83d\\ude80\\u007f\\n"], "9": [{}, []], "n": null}',
    ],
    [
      "indented",
      { indent: 2, ascii: true },
      '{\n  "10": [\n    1,\n    1.0,\n    1e+16,\n    "\\u00e9\\ud83d\\ude80\\u007f\\n"\n  ],\n  "9": [\n    {},\n    []\n  ],\n  "n": null\n}',
    ],
  ])("writes %s", (_name, style, text) => {
    expect(writeJson(value, style)).toBe(text)
  })

  it.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("writes %d as told, or refuses it", (number, name) => {
    expect(writeJson([number], { nonFinite: "python" })).toBe(`[${name}]`)
    expect(writeJson([number], { nonFinite: "text" })).toBe(`["${name}"]`)
    expect(() => writeJson([number])).toThrow(DataError)
  })

  it.skipIf(!python)("gives the text of Python's json.dumps", () => {
    const { seed, examples } = sample(valueArbitrary, 1500)
    const styles = [
      [{}, { ensure_ascii: false }],
      [{ ascii: true }, {}],
      [{ ascii: true, indent: 2 }, { indent: 2 }],
      [{ indent: 0 }, { indent: 0, ensure_ascii: false }],
    ] as const
    const cases = examples.map((item, i) => ({ item, style: styles[i % styles.length] ?? styles[0] }))
    const definition = `def answer_to(input): return json.dumps(decode(input["value"]), **input["style"])`
    const answers = askPython(
      python ?? "",
      definition,
      cases.map(({ item, style }) => ({ value: encode(item), style: style[1] })),
    )
    for (const [i, { item, style }] of cases.entries()) {
      expect({ result: writeJson(item, { ...style[0], nonFinite: "python" }) }, seed).toEqual(answers[i])
    }
  })

  it("reads back equal", () => {
    const { seed, examples } = sample(valueArbitrary, 500)
    for (const item of examples) {
      for (const style of [{}, { ascii: true, indent: 2 }]) {
        expect(encode(parseJson(writeJson(item, { ...style, nonFinite: "python" }))), seed).toEqual(encode(item))
      }
    }
  })
})
