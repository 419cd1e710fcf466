/**
 * The text of a document in a primary. Python's json, PyYAML and this tool read it equally, for the Python tool reads
 * it as YAML: JSON on one line, with what PyYAML's reader would refuse escaped, characters beyond the BMP raw (PyYAML
 * does not join surrogate escapes) and floats as `1.0e+16` (without the point, or the sign, YAML 1.1 takes them for text).
 */
import { DataError } from "./data-error.js"
import { parseJson } from "./json.js"
import type { TextBytes } from "./text-bytes.js"
import type { TextSink } from "./text-parts.js"
import { isList, isMap, type Value, type ValueList, type ValueMap } from "./value.js"
import { parseYaml } from "./yaml.js"
import { quoteDouble } from "./yaml-portable-text.js"
import { addPortableYaml, yamlFloat } from "./yaml-writer.js"

/**
 * Adds the document to an empty text: JSON, or block YAML if the document holds what JSON for both readers cannot: a float that is not finite, a key too
 * long for PyYAML's flow style.
 * @throws DataError naming the path of a text that has no UTF-8 form: one with half a surrogate pair
 */
export function writePrimaryText(text: TextBytes, document: ValueMap): void {
  const { fits, hasHalfPair } = addFlow(text, document)
  if (!fits) {
    text.clear()
    addPortableYaml(text, document)
  }
  if (!hasHalfPair) return
  throw new DataError(`${pathOfHalfPair(document)?.join(".")} holds half a surrogate pair, which UTF-8 cannot hold`)
}

/** @throws DataError when the text is neither JSON nor YAML, or does not hold a map */
export async function parsePrimaryText(text: string): Promise<ValueMap> {
  const value = await parse(text)
  if (!isMap(value)) throw new DataError("the text does not hold a map", { line: 1, column: 1 })
  return value
}

async function parse(text: string): Promise<Value> {
  if (text.startsWith("{")) {
    try {
      return parseJson(text)
    } catch (error) {
      // YAML in flow style begins like JSON.
      if (!(error instanceof DataError)) throw error
    }
  }
  return parseYaml(text)
}

/** PyYAML looks for the ":" of a key within 1024 characters. */
const MAX_KEY_LENGTH = 1000

/** Adds the document as JSON. @returns whether both readers take that */
function addFlow(parts: TextSink, document: ValueMap): { fits: boolean; hasHalfPair: boolean } {
  let fits = true
  let hasHalfPair = false
  const quote = (text: string) => {
    const quoted = quoteDouble(text)
    // Half a pair is written as an escape.
    hasHalfPair ||= quoted.length > text.length + 2 && !text.isWellFormed()
    return quoted
  }
  const write = (value: Value): void => {
    if (typeof value === "string") parts.add(quote(value))
    else if (isList(value)) writeList(value)
    else if (isMap(value)) writeMap(value)
    else {
      fits &&= typeof value !== "number" || Number.isFinite(value)
      parts.add(typeof value === "number" ? yamlFloat(value) : String(value))
    }
  }
  const writeList = (list: ValueList) => {
    parts.add("[")
    for (let i = 0; i < list.length; i++) {
      if (i > 0) parts.add(", ")
      write(list[i]!)
    }
    parts.add("]")
  }
  const writeMap = (map: ValueMap) => {
    let before = "{"
    for (const [name, value] of map) {
      const key = quote(name)
      fits &&= key.length <= MAX_KEY_LENGTH
      parts.add(`${before}${key}: `)
      write(value)
      before = ", "
    }
    parts.add(map.size === 0 ? "{}" : "}")
  }
  write(document)
  return { fits, hasHalfPair }
}

const HALF_PAIR = /[\ud800-\udfff]/u

/** Keys and indices that lead to a text with half a surrogate pair in it. */
function pathOfHalfPair(value: Value): readonly (string | number)[] | undefined {
  if (typeof value === "string") return HALF_PAIR.test(value) ? [] : undefined
  if (!isList(value) && !isMap(value)) return undefined
  for (const [step, item] of value.entries()) {
    const path = typeof step === "string" && HALF_PAIR.test(step) ? [] : pathOfHalfPair(item)
    if (path) return [step, ...path]
  }
  return undefined
}
