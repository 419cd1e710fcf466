/** What makes keys of a dict equal (Python's __hash__ and __eq__ together). */

import { DictView, type Key, PyDict, PyList, PyTuple, textKey } from "./containers.js"
import { recursionError, typeError } from "./errors.js"
import { MAX_DATA_DEPTH } from "./limits.js"
import type { Runtime } from "./runtime.js"
import { Markup, type Py, PyBytes, PyObject, PySlice, typeName, Undefined } from "./values.js"

/** All undefineds are one key. */
const UNDEFINED_KEY = new Undefined(() => "")

/**
 * The Key of a value: equal values have the same one, whatever their type.
 * @throws JinjaError TypeError for what cannot be a key
 */
export function keyOf(rt: Runtime, value: Py, depth = 0): Key {
  switch (typeof value) {
    case "string":
      return textKey(value)
    case "bigint":
      return value
    case "boolean":
      return value ? 1n : 0n
    case "number":
      return Number.isInteger(value) ? BigInt(value) : value
  }
  if (value === null) return null
  if (value instanceof Markup) return textKey(value.text)
  if (value instanceof Undefined) return UNDEFINED_KEY
  if (value instanceof PyTuple) return tupleKey(rt, value, depth)
  if (value instanceof PyBytes) rt.read(value)
  if (value instanceof PyBytes) return `\0b${Buffer.from(value.bytes).toString("latin1")}`
  const isUnhashable =
    value instanceof PyList ||
    value instanceof PyDict ||
    value instanceof PySlice ||
    (value instanceof DictView && value.part !== "values")
  if (isUnhashable) throw typeError(`unhashable type: '${typeName(value)}'`)
  return value
}

function tupleKey(rt: Runtime, tuple: PyTuple, depth: number): string {
  rt.tick(tuple.items.length + 1)
  const text = `\0t${tuple.items.map((item) => keyText(rt, item, depth)).join("")}`
  rt.text(text.length)
  return text
}

const objectNumbers = new WeakMap<PyObject, number>()
let lastObjectNumber = 0

/** One item of a tuple as text that no other item has. */
function keyText(rt: Runtime, item: Py, depth: number): string {
  if (depth > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded")
  const key = keyOf(rt, item, depth + 1)
  if (typeof key === "string") return `s${key.length}:${key}`
  // Decimal digits of a long int take the square of its length.
  if (typeof key === "bigint") return `i${key.toString(16)};`
  if (!(key instanceof PyObject)) return `${typeof key} ${key};`
  const number = objectNumbers.get(key) ?? ++lastObjectNumber
  objectNumbers.set(key, number)
  return `object ${number};`
}
