import { describe, expect, it } from "vitest"
import { DataError, DataLimitError } from "../../src/data/data-error.js"
import { MAX_DEPTH, type Value } from "../../src/data/value.js"
import { parseYaml } from "../../src/data/yaml-reader.js"
import { resolvePlain } from "../../src/data/yaml-scalar.js"
import { type Answer, askPython, encode, LOAD_YAML, pyYaml } from "./python-peer.js"
import { sample, valueArbitrary } from "./value-arbitrary.js"

const map = (entries: Record<string, Value>) => new Map(Object.entries(entries))

const READ: readonly (readonly [name: string, text: string, value: Value])[] = [
  ["empty text", "", null],
  ["a comment alone", "# nothing\n", null],
  ["an empty document", "---\n", null],
  [
    "YAML 1.1 booleans",
    "[yes, No, ON, off, True, FALSE, y, n, Y]",
    [true, false, true, false, true, false, "y", "n", "Y"],
  ],
  ["nulls", "[~, null, NULL, '', ]", [null, null, null, ""]],
  ["ints of any base", "[012, 0x1F, -0b11, 1_000, 1:30, +7, -0]", [10n, 31n, -3n, 1000n, 90n, 7n, 0n]],
  ["ints without a bound", "123456789012345678901234567890", 123456789012345678901234567890n],
  ["floats", "[1., .5, 1.5e+3, -1_0.5, 1:30.5, 1.0e-7]", [1, 0.5, 1500, -10.5, 90.5, 1e-7]],
  ["floats without an end", "[.inf, -.INF, .NaN]", [Infinity, -Infinity, NaN]],
  [
    "text like numbers",
    "[1e5, 1.5e3, 0o17, 089, 1.2.3, -.5, 0xZ, 1:60]",
    ["1e5", "1.5e3", "0o17", "089", "1.2.3", "-.5", "0xZ", "1:60"],
  ],
  ["dates as text", "[2020-01-01, 2001-12-14 21:59:43.10 -5]", ["2020-01-01", "2001-12-14 21:59:43.10 -5"]],
  ["a plain = and <<", "[=, <<]", ["=", "<<"]],
  [
    "keys as Python's json writes them",
    "{2: 0, 1.5: 1, yes: 2, ~: 3, .inf: 4, 0x1F: 5, 1e16: 6, 1.0e+16: 7, 2020-01-01: 8}",
    new Map("2 1.5 true null Infinity 31 1e16 1e+16 2020-01-01".split(" ").map((key, i) => [key, BigInt(i)])),
  ],
  [
    "keys in their order",
    "b: 1\n10: 2\n9: 3\na: 4\n",
    new Map([
      ["b", 1n],
      ["10", 2n],
      ["9", 3n],
      ["a", 4n],
    ]),
  ],
  [
    "the last of two equal keys at the place of the first",
    "a: 1\nb: 2\na: 3\n",
    new Map([
      ["a", 3n],
      ["b", 2n],
    ]),
  ],
  [
    "tags",
    "[!!str 1, !!int '1', !!float 1, !!float 1e5, !!bool 'no', !!null x, ! 1, !!timestamp 2020-01-01, !!str ]",
    ["1", 1n, 1, 100000, false, null, 1n, "2020-01-01", ""],
  ],
  ["tags of lists and maps", "!!map {a: !!seq [1]}", map({ a: [1n] })],
  ["aliases as copies", "a: &x [1, {b: c}]\nd: *x\n", map({ a: [1n, map({ b: "c" })], d: [1n, map({ b: "c" })] })],
  ["aliases as keys", "- &k key\n- *k : v\n", ["key", map({ key: "v" })]],
  [
    "a merge: what is merged first, the own key wins",
    "b: &b {x: 1, y: 2}\nm:\n  y: 3\n  z: 4\n  <<: *b\n",
    map({
      b: map({ x: 1n, y: 2n }),
      m: new Map([
        ["x", 1n],
        ["y", 3n],
        ["z", 4n],
      ]),
    }),
  ],
  [
    "a merge of several: the first wins, the last stands first",
    "<<: [{a: 1, b: 1}, {b: 2, c: 2}]\nd: 3\n",
    new Map([
      ["b", 1n],
      ["c", 2n],
      ["a", 1n],
      ["d", 3n],
    ]),
  ],
  ["a quoted << is a key", "'<<': {a: 1}\n", map({ "<<": map({ a: 1n }) })],
  ["a literal block", "a: |\n  x\n   y\n\n  z\n\nb: 1\n", map({ a: "x\n y\n\nz\n", b: 1n })],
  ["a literal block at an end without line break", "a: |\n  x\n  y", map({ a: "x\ny" })],
  ["a kept block at an end without line break", "a: |+\n  x", map({ a: "x" })],
  ["a folded block", "a: >-\n  x\n  y\n\n  z\n    more\n  end\n", map({ a: "x y\nz\n  more\nend" })],
  ["an indentation indicator", "a: |2\n    x\n   y\n", map({ a: "  x\n y\n" })],
  [
    "text over several lines",
    "a: one\n  two\n\n  three\nb: 'x\n\n  y'\nc: \"p \\\n  q\\tr\\u00e9\\x41\\U0001F680\"\n",
    map({ a: "one two\nthree", b: "x\ny", c: "p q\tré" + "A🚀" }),
  ],
  [
    "quoted text that is not indented",
    "a: \"one\ntwo\"\nb: 'three\nfour'\nc: 1\n",
    map({ a: "one two", b: "three four", c: 1n }),
  ],
  ["brackets that are not indented", "a: {\nb: [\n1,\n2\n]\n}\nc: 3\n", map({ a: map({ b: [1n, 2n] }), c: 3n })],
  ["a comment right behind a quote", "a: 'x'#c\nb: y#c\n", map({ a: "x", b: "y#c" })],
  ["CR, CRLF and NEL as line breaks", "a: 1\r\nb: 2\rc: 'x\u0085y'\r\n", map({ a: 1n, b: 2n, c: "x y" })],
  ["a byte order mark", "\ufeffa: 1\n", map({ a: 1n })],
  ["directives", "%YAML 1.2\n---\nyes\n...\n", true],
  [
    "lists at the level of their key",
    "a:\n- 1\n- - 2\n  - b: 3\n    c: 4\n",
    map({ a: [1n, [2n, map({ b: 3n, c: 4n })]] }),
  ],
  ["complex keys", "? a\n: 1\n? 'b\n  c'\n: - 2\n? d\n", map({ a: 1n, "b c": [2n], d: null })],
  ["JSON", '{"a":1,"b":[true,null,"\\/\\u00e9"]}', map({ a: 1n, b: [true, null, "/é"] })],
  ["colons and dashes within text", "[a:b, http://x:80/, -x, 'a: b']\n", ["a:b", "http://x:80/", "-x", "a: b"]],
]

const REFUSED: readonly (readonly [name: string, text: string, problem: RegExp, line: number, column: number])[] = [
  ["a tab as indentation", "a:\n\tb: 1\n", /tab/, 2, 1],
  ["a tab behind a colon", "a:\tb\n", /tab/, 1, 3],
  ["a tab within plain text", "a: b\tc\n", /tab/, 1, 4],
  ["a control character", "a: 'b\u0007'\n", /escape/, 1, 6],
  ["half a surrogate pair", "a: \ud800\n", /escape/, 1, 4],
  ["an unknown tag", "a: 1\nb: !Ref x\n", /tag !Ref/, 2, 9],
  ["a Python tag", "!!python/object/apply:os.system ['ls']", /tag !!python\/object/, 1, 33],
  ["a tag named as a property of objects", "!<constructor> x", /tag/, 1, 1],
  ["a set", "!!set {a, b}", /tag !!set/, 1, 7],
  ["an ordered map", "!!omap [a: 1]", /tag !!omap/, 1, 8],
  ["a binary", "a: !!binary YQ==\n", /tag !!binary/, 1, 13],
  ["a scalar with the tag of a list", "!!seq x", /tag !!seq/, 1, 7],
  ["a list with the tag of a scalar", "!!str [x]", /tag !!str/, 1, 7],
  ["text with the tag of an int", "a: !!int x\n", /"x" is no !!int/, 1, 10],
  ["digits that are no number", "a: 0x_\n", /"0x_" is no number/, 1, 4],
  ["an int of too many digits", `a: ${"1".repeat(4301)}\n`, /is no number/, 1, 4],
  ["a map as a key", "a: {{ b }}\n", /cannot be a key/, 1, 5],
  ["a list as a key", "? [a]\n: 1\n", /cannot be a key/, 1, 3],
  ["an unknown alias", "a: *b\n", /alias "b"/, 1, 4],
  ["an alias before its anchor", "a: *b\nc: &b 1\n", /alias "b"/, 1, 4],
  ["an alias within its value", "a: &b [*b]\n", /alias "b" stands within/, 1, 8],
  ["an anchor defined twice", "- &a 1\n- &a 2\n", /anchor "a" is defined twice/, 2, 6],
  ["an anchor with odd characters", "a: &ä 1\n", /name of an anchor/, 1, 4],
  ["a merge of text", "<<: x\n", /<< takes/, 1, 5],
  ["a merge of nothing", "<<:\n", /<< takes/, 1, 4],
  ["several documents", "a: 1\n---\nb: 2\n", /single document/, 2, 1],
  ["a colon without a key", "a: 1\n: 2\n", /without a key/, 2, 1],
  ["a ? key without a colon", '? "a" b\n', /no ":"/, 1, 3],
  ["a line without a colon", "a: 1\nb\nc: 2\n", /map/i, 2, 1],
  ["a colon too many", "a: b: c\n", /compact mapping/, 1, 4],
  ["wrong indentation", "a:\n    b: 1\n  c: 2\n", /column|indent/i, 3, 1],
  ["text behind a quote", "a: 'x' y\n", /Unexpected scalar/, 1, 8],
  ["a quote without an end", "a: 'x\n", /Missing closing/, 2, 1],
  ["a bracket without an end", "a: [1, 2\n", /end with a \]/, 2, 1],
  ["an unknown escape", 'a: "\\q"\n', /escape/, 1, 5],
  ["an at sign", "a: @b\n", /cannot start/, 1, 4],
  ["a backtick", "a: `b`\n", /cannot start/, 1, 4],
  ["a percent sign at the start", "a: %b\n", /cannot start/, 1, 4],
  ["a directive alone", "%hello\n", /needs quotes/, 1, 1],
  ["a question mark within brackets", "[http://x/?a=b]", /needs quotes/, 1, 2],
  ["a block that is not indented", "|\ntext\n", /must be indented/, 2, 1],
]

const shape = (text: string) => {
  try {
    return { result: encode(parseYaml(text)) }
  } catch (error) {
    if (error instanceof DataError) return { refused: true }
    throw error
  }
}
const answered = (answer: Answer | undefined) =>
  answer && "result" in answer ? { result: answer.result } : { refused: true }

describe("parseYaml", () => {
  it.each(READ)("reads %s", (_name, text, value) => {
    expect(encode(parseYaml(text))).toEqual(encode(value))
  })

  it("counts line breaks within a scalar as parts", () => {
    for (const text of ['a: "\n\n\n\n"', "a: b\n\n\n\n c", "a: |+\n b\n\n\n\n"]) {
      expect(() => parseYaml(text, { maxParts: 20 })).not.toThrow()
      expect(() => parseYaml(text.replace("\n\n", "\n".repeat(20)), { maxParts: 20 })).toThrow(DataLimitError)
    }
  })

  it.each([
    ["digits", `a: ${"9".repeat(10_000)}\n`],
    ["hex digits", `a: 0x${"9".repeat(10_000)}\n`],
    ["base 60", `a: 1${":1".repeat(10_000)}\n`],
    ["digits and underscores", `a: 1${"_1".repeat(10_000)}\n`],
    ["words tagged as an int", `a: !!int ${"x ".repeat(10_000)}\n`],
    ["an alias", `a: *${"x".repeat(10_000)}\n`],
    ["an anchor", `- &${"x".repeat(10_000)} 1\n`.repeat(2)],
    ["a tag", `a: !${"x".repeat(10_000)} 1\n`],
    ["a version", `%YAML ${"1".repeat(10_000)}\n---\na: @\n`],
  ])("quotes no long text: %s", (_name, text) => {
    expect(() => parseYaml(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,400}$/s) }))
  })

  it.each(REFUSED)("refuses %s", (_name, text, problem, line, column) => {
    expect(() => parseYaml(text)).toThrow(DataError)
    expect(() => parseYaml(text)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(problem), line, column }),
    )
  })

  it.skipIf(!pyYaml)("agrees with PyYAML on all of these", () => {
    // PyYAML knows these; no Value can hold them, or a decision of ours is behind it.
    const ours = new Set([
      "a set",
      "an ordered map",
      "a binary",
      "an alias within its value",
      "a tag named as a property of objects",
    ])
    const cases = [...READ, ...REFUSED].filter(([name]) => !ours.has(name))
    const answers = askPython(
      pyYaml ?? "",
      LOAD_YAML,
      cases.map(([, text]) => text),
    )
    for (const [i, [name, text]] of cases.entries()) expect(shape(text), name).toEqual(answered(answers[i]))
  })

  it.skipIf(!pyYaml)("resolves every short plain scalar as PyYAML does", () => {
    const letters = [..."019-+._:ebx"]
    const two = letters.flatMap((a) => letters.map((b) => a + b))
    const texts = two.flatMap((a) => [a, ...letters.flatMap((b) => [a + b, ...letters.map((c) => a + b + c)])])
    const definition = `
import yaml
loader = yaml.FullLoader("")
def answer_to(text):
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    return encode(loader.construct_object(yaml.ScalarNode(tag, text)))
`
    const answers = askPython(pyYaml ?? "", definition, texts)
    for (const [i, text] of texts.entries()) {
      const value = resolvePlain(text)
      expect(value === undefined ? { refused: true } : { result: encode(value) }, text).toEqual(answered(answers[i]))
    }
  })

  it.skipIf(!pyYaml)("reads what yaml.dump writes, in all its styles", () => {
    const { seed, examples } = sample(valueArbitrary, 500)
    const styles = [
      {},
      { indent: 4 },
      { default_flow_style: true },
      { width: 20 },
      { default_style: "|" },
      { default_style: ">" },
    ]
    const inputs = examples.map((value, i) => ({ value: encode(value), style: styles[i % styles.length] }))
    const definition = `
import yaml
class Dumper(yaml.Dumper):
    def ignore_aliases(self, data): return True
def answer_to(input):
    return yaml.dump(decode(input["value"]), Dumper=Dumper, sort_keys=False, **input["style"])
`
    const texts = askPython(pyYaml ?? "", definition, inputs).map((answer) =>
      "result" in answer ? String(answer.result) : "",
    )
    // PyYAML does not always read back what it wrote, so that what it reads is the measure.
    const answers = askPython(pyYaml ?? "", LOAD_YAML, texts)
    for (const [i, text] of texts.entries())
      expect(shape(text), `${seed}: ${JSON.stringify(text)}`).toEqual(answered(answers[i]))
  })

  it("takes nesting up to the bound, by brackets, blocks, dashes and aliases, and refuses more", () => {
    const texts = (depth: number) => [
      "[".repeat(depth) + "]".repeat(depth),
      Array.from({ length: depth }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
      `${"- ".repeat(depth)}x`,
      `- &a [[]]\n- ${"[".repeat(depth - 3)}*a${"]".repeat(depth - 3)}`,
    ]
    for (const text of texts(MAX_DEPTH)) expect(() => parseYaml(text)).not.toThrow()
    for (const text of [...texts(MAX_DEPTH + 1), ...texts(20_000)])
      expect(() => parseYaml(text)).toThrow(/nested more than/)
  })

  it("refuses bombs of aliases and chains of them that nest too deep", () => {
    const line = (i: number) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]\n`
    const laughs = `a0: &a0 [lol]\n${Array.from({ length: 20 }, (_, i) => line(i + 1)).join("")}`
    expect(() => parseYaml(laughs)).toThrow(/repeat too much/)
    const long = `- &a ${"x".repeat(1_000_000)}\n${"- *a\n".repeat(11)}`
    expect(() => parseYaml(long)).toThrow(/repeat too much/)
    const chain = Array.from({ length: MAX_DEPTH + 1 }, (_, i) => `- &b${i} [${i ? `*b${i - 1}` : ""}]\n`).join("")
    expect(() => parseYaml(chain)).toThrow(/nested more than/)
  })
})
