import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { MAX_DEPTH, type Value } from "../../src/data/value.js"
import { parseYaml } from "../../src/data/yaml-reader.js"
import { type DumpStyle, writeYaml } from "../../src/data/yaml-writer.js"
import { askPython, encode, LOAD_YAML, pyYaml } from "./python-peer.js"
import { sample, valueArbitrary } from "./value-arbitrary.js"

const map = (entries: Record<string, Value>) => new Map(Object.entries(entries))
const portable = (value: Value) => writeYaml(value, { portable: true })

describe("writeYaml, portable", () => {
  it("lays out lists and maps as PyYAML does", () => {
    const value = map({
      a: [1n, [2n, [3n], []], map({ b: null, c: map({ d: true }) })],
      e: map({}),
      f: [map({ g: [] })],
    })
    expect(portable(value)).toBe(
      [
        "a:",
        "- 1",
        "- - 2",
        "  - - 3",
        "  - []",
        "- b: null",
        "  c:",
        "    d: true",
        "e: {}",
        "f:",
        "- g: []",
        "",
      ].join("\n"),
    )
  })

  it.each<[string, string]>([
    ["hello world", "hello world"],
    ["café 🚀", "café 🚀"],
    ["1.2.3", "'1.2.3'"],
    ["9f3c2ab77e", "9f3c2ab77e"],
    ["--flag", "--flag"],
    ["it's", "it's"],
    ["a: b", "'a: b'"],
    ["'quoted'", "'''quoted'''"],
    ["", "''"],
    ["x y ".repeat(100).trim(), "x y ".repeat(100).trim()],
    ["a\tb", '"a\\tb"'],
    ["\u0000\u007f\u0085\u2028\ufeff\uffff", '"\\u0000\\u007f\\u0085\\u2028\\ufeff\\uffff"'],
    ["two\nlines\n", "|\n  two\n  lines"],
    ["two\n\n\tlines", "|-\n  two\n\n  \tlines"],
    ["  indented\nlines\n", "|2\n    indented\n  lines"],
    ["\nlines\n", "|2\n\n  lines"],
    ["ends\n\n", '"ends\\n\\n"'],
    ["space at \nan end", '"space at \\nan end"'],
    ["a\r\nb", '"a\\r\\nb"'],
    ["\ud800", '"\\ud800"'],
  ])("writes the text %j as %s", (text, written) => {
    expect(portable(map({ k: text }))).toBe(`k: ${written}\n`)
  })

  const AMBIGUOUS =
    `y Y n NO on Off null ~ True = << 1 -1 +1 1. .5 . 1e5 1E5 1.5e3 1.0e+5 0o17 017 089 0x1F 0b1 1_000 1,000 12:30
    1:2:3.5 2020-01-01 2020-1-1T00:00:00Z .inf -.INF .NaN - ? : --- ... x: #x !x &x *x |x >x %x @x \`x {x [x ,x "x`.split(
      /\s+/,
    )
  it.each(AMBIGUOUS)("quotes the text %s", (text) => {
    expect(portable(text)).toBe(`'${text}'\n`)
  })

  it.each<[number, string]>([
    [1, "1.0"],
    [-0, "-0.0"],
    [1e16, "1.0e+16"],
    [1.5e-7, "1.5e-07"],
    [1e22, "1.0e+22"],
    [Number.POSITIVE_INFINITY, ".inf"],
    [Number.NEGATIVE_INFINITY, "-.inf"],
    [Number.NaN, ".nan"],
  ])("writes the float %d as %s", (value, written) => {
    expect(portable(value)).toBe(`${written}\n`)
  })

  it("keeps the order of keys and writes what is shared twice", () => {
    const shared = [1n]
    const value = new Map<string, Value>([
      ["10", shared],
      ["9", shared],
      ["", "x"],
    ])
    expect(portable(value)).toBe("'10':\n- 1\n'9':\n- 1\n? ''\n: x\n")
  })

  it("reads back equal, with PyYAML, here and with YAML 1.1 and 1.2 loaders", () => {
    const { seed, examples } = sample(valueArbitrary, 1500)
    const values: Value[] = [...examples, ...longKeys(), nested(MAX_DEPTH - 200)]
    const texts = values.map(portable)
    const answers = pyYaml ? askPython(pyYaml, LOAD_YAML, texts) : []
    for (const [i, value] of values.entries()) {
      const text = texts[i] ?? ""
      const message = `${seed}: ${JSON.stringify(text)}`
      if (pyYaml) expect(answers[i], message).toEqual({ result: encode(value) })
      expect(encode(parseYaml(text)), message).toEqual(encode(value))
      expect(loose(parse(text, { version: "1.1", merge: true, ...OPTIONS })), message).toEqual(loose(value))
      expect(loose(parse(text, { version: "1.2", ...OPTIONS })), message).toEqual(loose(value))
    }
  })
})

const OPTIONS = { intAsBigInt: true, mapAsMap: true } as const
const longKeys = () =>
  [127, 128, 1000, 1100].flatMap((n) =>
    ["k".repeat(n), "\u0001".repeat(n), "k ".repeat(n)].map((key) => new Map([[key, [map({ [key]: "a\nb" })]]])),
  )
const nested = (depth: number): Value =>
  depth === 0 ? "x" : depth % 2 ? [nested(depth - 1)] : map({ k: nested(depth - 1) })

/** As {@link encode}, for loaders that do not tell `1.0` from `1`. */
const loose = (value: Value) =>
  JSON.stringify(encode(value))
    .replace(/\["float","(-?\d+)\.0"\]/g, '["int","$1"]')
    .replaceAll('"-0"', '"0"')

const PY_STYLES: readonly (readonly [DumpStyle, object])[] = [
  [{}, {}],
  [
    { indent: 4, allowUnicode: true, sortKeys: false },
    { indent: 4, allow_unicode: true, sort_keys: false },
  ],
  [{ defaultFlowStyle: true }, { default_flow_style: true }],
  [
    { width: 20, allowUnicode: true },
    { width: 20, allow_unicode: true },
  ],
  [
    { indent: 3, width: 30, defaultFlowStyle: true, allowUnicode: true },
    { indent: 3, width: 30, default_flow_style: true, allow_unicode: true },
  ],
  [
    { indent: 1, width: 3 },
    { indent: 1, width: 3 },
  ],
  [
    { indent: 12, width: Number.POSITIVE_INFINITY },
    { indent: 12, width: 10 ** 9 },
  ],
]

describe("writeYaml as yaml.dump", () => {
  it.each<[string, Value, DumpStyle, string]>([
    ["a plain text with its end marked", "plain", {}, "plain\n...\n"],
    ["a number with its end marked", 5n, {}, "5\n...\n"],
    ["a quoted text", "", {}, "''\n"],
    ["an indent of 4", map({ a: [map({ b: 1n, c: [2n] })] }), { indent: 4 }, "a:\n-   b: 1\n    c:\n    - 2\n"],
    [
      "sorted keys",
      map({ b: 1n, "🚀": 2n, "\uffee": 3n, a: 4n }),
      { allowUnicode: true },
      "a: 4\nb: 1\n\uffee: 3\n🚀: 2\n",
    ],
    ["unsorted keys", map({ b: 1n, a: 2n }), { sortKeys: false }, "b: 1\na: 2\n"],
    ["what is beyond ASCII", map({ u: "é✓" }), {}, 'u: "\\xE9\\u2713"\n'],
    ["line breaks", map({ m: "a\n\nb\n" }), {}, "m: 'a\n\n\n  b\n\n  '\n"],
    ["folded text", "aaaa bbbb cccc  dddd eeee ffff", { width: 12 }, "aaaa bbbb cccc  dddd\n  eeee ffff\n...\n"],
    [
      "brackets",
      map({ a: [1n, map({ b: "x,y" })], c: "x y" }),
      { defaultFlowStyle: true },
      "{a: [1, {b: 'x,y'}], c: x y}\n",
    ],
  ])("writes %s", (_name, value, style, written) => {
    expect(writeYaml(value, style)).toBe(written)
  })

  it.skipIf(!pyYaml)("gives PyYAML's text byte for byte", () => {
    const { seed, examples } = sample(valueArbitrary, 1500)
    const definition = `
import yaml
class Dumper(yaml.Dumper):
    def ignore_aliases(self, data): return True
def answer_to(input): return yaml.dump(decode(input["value"]), Dumper=Dumper, **input["style"])
`
    const cases = [...examples, ...longKeys()].map((value, i) => ({
      value,
      styles: PY_STYLES[i % PY_STYLES.length] ?? ([{}, {}] as const),
    }))
    const answers = askPython(
      pyYaml ?? "",
      definition,
      cases.map(({ value, styles }) => ({ value: encode(value), style: styles[1] })),
    )
    for (const [i, { value, styles }] of cases.entries()) {
      const message = `${seed}: ${JSON.stringify([encode(value), styles[1]])}`
      expect({ result: writeYaml(value, styles[0]) }, message).toEqual(answers[i])
    }
  })
})
