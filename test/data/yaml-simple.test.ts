import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { MAX_DEPTH, type Value } from "../../src/data/value.js"
import { parseYaml } from "../../src/data/yaml-reader.js"
import { readSimpleYaml } from "../../src/data/yaml-simple.js"
import { writeYaml } from "../../src/data/yaml-writer.js"
import { askPython, encode, LOAD_YAML, pyYaml } from "./python-peer.js"
import { sample, valueArbitrary } from "./value-arbitrary.js"
import { yamlTextArbitrary } from "./yaml-text-arbitrary.js"

const SIMPLE: readonly (readonly [name: string, text: string])[] = [
  ["maps and lists", "a:\n  b: 1\n  c:\n  - x\n  - y: 1\n    z: 2\n  - - 1\n    - 2\nd:\n-\n- e: {}\n"],
  ["values that are left out", "a:\nb:\n  c:\n  d: # nothing\ne:\n"],
  ["comments and blank lines", "# a\n\na: 1 # b\n  # c\n\nb: # d\n  # e\n  c: x#y\n# f"],
  ["plain scalars", "a: yes\nb: 0x1F\nc: -1.5\nd: ~\ne: -x\nf: a:b\ng: http://x/y?z#w\n1.0: <<\n"],
  ["quoted scalars", `a: 'it''s'\n"b: c": "\\u00e4 \\"\\\\\\n" # c\n'': ""\n`],
  ["flow style", `a: [x, 'y, z', {b: c:d, "e":1}, [], {}]`],
  ["texts below |", "a: |\n  x\n\n    y # z\n  {{ b }}\n\nb: |2-\n   x\nc: d"],
  ["texts below >", "a: >\n  x\n  y\n\n  z\n   {\n  }\nb: >-\n    w\n"],
  ["a text without a line break at the end", "a:\n- |\n x"],
  ["a document marker, equal keys, list at the top", "---\n- a: 1\n  b: 2\n  a: 3\n-   c\n"],
]

const NOT_SIMPLE: readonly (readonly [name: string, text: string])[] = [
  ["an anchor", "a: &x 1\n"],
  ["a tag", "a: !!str 1\n"],
  ["a merge", "<<: {a: 1}\n"],
  ["a text on two lines", "a: x\n  y\n"],
  ["brackets on two lines", "a: [x,\n  y]\n"],
  ["two documents", "a: 1\n---\nb: 2\n"],
  ["a key without a colon", "a: 1\nb\n"],
  ["a tab for a space", "a:\tb\n"],
  ["a line that is too far in", "a: 1\n b: 2\n"],
  ["a key of 2,000 characters", `${"k".repeat(2000)}: 1\n`],
  ["nesting that is too deep", `${Array.from({ length: MAX_DEPTH + 1 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")}`],
  ["a scalar alone", "a\n"],
  ["empty text", ""],
]

describe("simple YAML", () => {
  it.each(SIMPLE)("%s: is read as by the package", (_name, text) => {
    const value = readSimpleYaml(text)
    expect(value).toEqual(parseYaml(text))
  })

  it.each(NOT_SIMPLE)("%s: is left to the package", (_name, text) => {
    expect(readSimpleYaml(text)).toBeUndefined()
  })

  it.each(["basics/config", "basics/app", "simple/config", "simple/app", "basics/bases/team", "tekton/config/secrets"])(
    "%s of the examples is simple",
    (name) => {
      const text = readFileSync(`examples/${name}.yaml`, "utf8")
      expect(readSimpleYaml(text)).toEqual(parseYaml(text))
    },
  )

  it("more parts than are wanted are left to the package", () => {
    expect(readSimpleYaml("a: [1, 2]\n", 5)).toBeDefined()
    expect(readSimpleYaml("a: [1, 2]\n", 4)).toBeUndefined()
    expect(readSimpleYaml("a: |\n  b\n\n  c\n", 5)).toBeDefined()
    expect(readSimpleYaml("a: |\n  b\n\n  c\n", 4)).toBeUndefined()
    expect(readSimpleYaml(`a: "${"\\n".repeat(4)}"\n`, 4)).toBeDefined()
    expect(readSimpleYaml(`a: '${"''".repeat(4)}'\n`, 4)).toBeDefined()
    expect(readSimpleYaml(`a: "${"\\n".repeat(5)}"\n`, 4)).toBeUndefined()
    expect(readSimpleYaml(`a: '${"''".repeat(5)}'\n`, 4)).toBeUndefined()
    expect(readSimpleYaml("a: [1, 2]\nb: |\n  c\n", 6)).toBeUndefined()
  })

  it.each([
    ["blank lines below |", `a: |\n  x${"\n".repeat(200_000)}  y\n`],
    ["spaces at an end of a line", `a: b${" ".repeat(200_000)}c${" ".repeat(200_000)}\n`],
    ["lines without a colon", `a:\n${"- b\n".repeat(200_000)}`],
    ["folded lines", `a: >\n${" b\n\n  c\n".repeat(50_000)}`],
    ["backslashes", `a: "${"\\\\".repeat(200_000)}"\n`],
    ["quotes", `a: '${"''".repeat(200_000)}'\n`],
  ])("many %s take no time to speak of", (_name, text) => {
    expect(readSimpleYaml(text)).toBeDefined()
  })

  it("random texts: what it reads, the package reads alike", () => {
    const { seed, examples } = sample(yamlTextArbitrary, 20_000)
    const texts = examples.filter((text) => readSimpleYaml(text) !== undefined)
    expect(texts.length).toBeGreaterThan(500)
    for (const text of texts)
      expect(encode(readSimpleYaml(text)!), `${seed}: ${JSON.stringify(text)}`).toEqual(encode(parseYaml(text)))
  })

  it.skipIf(!pyYaml)("random texts: what it reads, PyYAML reads alike", () => {
    const { seed, examples } = sample(yamlTextArbitrary, 20_000)
    const texts = examples.filter((text) => readSimpleYaml(text) !== undefined)
    for (const [i, answer] of askPython(pyYaml!, LOAD_YAML, texts).entries()) {
      expect(answer, `${seed}: ${JSON.stringify(texts[i])}`).toEqual({ result: encode(readSimpleYaml(texts[i]!)!) })
    }
  })

  it("reads back nearly all that the writer writes", () => {
    const { seed, examples } = sample(valueArbitrary, 3_000)
    const documents = examples.map((value): Value => new Map([["a", value]]))
    const read = documents.map((document) => readSimpleYaml(writeYaml(document, { portable: true })))
    for (const [i, value] of read.entries()) if (value) expect(encode(value), seed).toEqual(encode(documents[i]!))
    expect(read.filter(Boolean).length / documents.length).toBeGreaterThan(0.8)
  })
})
