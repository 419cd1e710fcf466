import { describe, expect, it } from "vitest"
import { DataError } from "../../src/data/data-error.js"
import { parsePrimaryText, writePrimaryText } from "../../src/data/primary-text.js"
import { TextBytes } from "../../src/data/text-bytes.js"
import type { Value, ValueMap } from "../../src/data/value.js"
import { askPython, encode, LOAD_YAML, python, pyYaml } from "./python-peer.js"
import { documentArbitrary, sample } from "./value-arbitrary.js"

const map = (entries: Record<string, Value>) => new Map(Object.entries(entries))

function textOfPrimary(document: ValueMap): string {
  const text = new TextBytes()
  writePrimaryText(text, document)
  return text.toString()
}

describe("writePrimaryText", () => {
  it.each<[string, Value, string]>([
    ["nothing", null, "null"],
    ["an int", 10n, "10"],
    ["a float", 1, "1.0"],
    ["a large float", 1e16, "1.0e+16"],
    ["a small float", -1.5e-7, "-1.5e-07"],
    ["a text", 'say "\\"\n\t/', '"say \\"\\\\\\"\\n\\t/"'],
    ["a character beyond the BMP", "🚀é\u00a0", '"🚀é\u00a0"'],
    [
      "what readers refuse",
      "\u0000\u007f\u0085\u009f\u2028\u2029\ufeff\ufffe\uffff",
      '"\\u0000\\u007f\\u0085\\u009f\\u2028\\u2029\\ufeff\\ufffe\\uffff"',
    ],
    ["lists and maps", [map({ a: [] }), map({}), true], '[{"a": []}, {}, true]'],
  ])("writes %s", (_name, value, written) => {
    expect(textOfPrimary(map({ k: value }))).toBe(`{"k": ${written}}`)
  })

  it("writes block YAML for a float without end and for a key that flow style cannot hold", () => {
    expect(textOfPrimary(map({ a: 1n, b: Number.NaN }))).toBe("a: 1\nb: .nan\n")
    const key = "k".repeat(1001)
    expect(textOfPrimary(map({ [key]: 1n }))).toBe(`? ${key}\n: 1\n`)
  })

  it.each<[string, ValueMap]>([
    ["state.list.1", map({ state: map({ list: ["x", "y\ud800"] }) })],
    ["state.\udc00x", map({ state: map({ a: 1n, "\udc00x": 1n }) })],
    ["b", map({ a: Number.NaN, b: "\ud83d" })],
  ])("refuses half a surrogate pair at %j", (path, document) => {
    expect(() => textOfPrimary(document)).toThrow(DataError)
    expect(() => textOfPrimary(document)).toThrow(`${path} holds half a surrogate pair`)
    expect(() => textOfPrimary(map({ a: "\\ud800" }))).not.toThrow()
  })

  it("reads back equal, here and with Python's json and PyYAML", async () => {
    const { seed, examples } = sample(documentArbitrary, 1500)
    const keys = [498, 499, 998, 999, 1000, 2000].flatMap((n) => [
      map({ ["k".repeat(n)]: 1n }),
      map({ ['"'.repeat(n)]: [1n] }),
    ])
    const documents = [...examples, ...keys]
    const texts = documents.map(textOfPrimary)
    const json = "def answer_to(text): return encode(json.loads(text))"
    const byJson = python ? askPython(python, json, texts) : []
    const byYaml = pyYaml ? askPython(pyYaml, LOAD_YAML, texts) : []
    for (const [i, document] of documents.entries()) {
      const text = texts[i] ?? ""
      const message = `${seed}: ${JSON.stringify(text)}`
      expect(encode(await parsePrimaryText(text)), message).toEqual(encode(document))
      expect(Buffer.from(text).toString(), message).toBe(text)
      if (python && text.startsWith("{")) expect(byJson[i], message).toEqual({ result: encode(document) })
      if (pyYaml) expect(byYaml[i], message).toEqual({ result: encode(document) })
    }
  })
})

describe("parsePrimaryText", () => {
  it.each<[string, string, ValueMap]>([
    ["JSON", '{"a": 1, "b": 1.0, "c": 1e5}', map({ a: 1n, b: 1, c: 100000 })],
    ["block YAML", "a: yes\nb:\n- 012\nc: 1e5\n", map({ a: true, b: [10n], c: "1e5" })],
    ["flow YAML", "{a: 1, b: [x]}", map({ a: 1n, b: ["x"] })],
  ])("reads %s", async (_name, text, document) => {
    expect(encode(await parsePrimaryText(text))).toEqual(encode(document))
  })

  it.each([
    ["a list", "[1]"],
    ["a text", "hello"],
    ["nothing", ""],
    ["JSON cut off", '{"a": {"b": 1'],
    ["YAML cut off", "a: 'b"],
  ])("refuses %s", async (_name, text) => {
    await expect(parsePrimaryText(text)).rejects.toThrow(DataError)
  })
})
