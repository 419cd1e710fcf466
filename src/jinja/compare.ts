/** Equality and order as Python has them. */

import { DictView, PyDict, PyList, PyTuple } from "./containers.js"
import { recursionError, typeError, undefinedError } from "./errors.js"
import { keyOf } from "./hash.js"
import { MAX_DATA_DEPTH } from "./limits.js"
import type { Runtime } from "./runtime.js"
import { isNumber, isText, type Py, PyBytes, PyComplex, PyRange, textOf, typeName, Undefined } from "./values.js"

/** `a == b`. */
export function equals(rt: Runtime, a: Py, b: Py, depth = 0): boolean {
  if (typeof a !== "string" && a === b) return true
  if (isText(a)) return isText(b) && textsEqual(rt, textOf(a), textOf(b))
  if (isNumber(a)) return isNumber(b) && numbersEqual(a, b)
  if (a === null || typeof a === "string" || typeof b !== "object" || b === null) return false
  if (depth > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded in comparison")
  rt.tick()
  if (a instanceof Undefined) return b instanceof Undefined
  if (a instanceof PyList) return b instanceof PyList && listsEqual(rt, a.items(rt), b.items(rt), depth)
  if (a instanceof PyTuple) return b instanceof PyTuple && listsEqual(rt, a.items, b.items, depth)
  if (a instanceof PyDict) return b instanceof PyDict && dictsEqual(rt, a, b, depth)
  if (a instanceof PyRange) return b instanceof PyRange && rangesEqual(a, b)
  if (a instanceof DictView) return b instanceof DictView && viewsEqual(rt, a, b)
  if (a instanceof PyBytes) return b instanceof PyBytes && Buffer.compare(a.bytes, b.bytes) === 0
  if (a instanceof PyComplex) return b instanceof PyComplex && a.real === b.real && a.imag === b.imag
  return false
}

function textsEqual(rt: Runtime, a: string, b: string): boolean {
  if (a.length !== b.length) return false
  rt.tick(a.length >>> 8)
  return a === b
}

function numbersEqual(a: bigint | boolean | number, b: bigint | boolean | number): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: == compares a bigint and a number by their exact value, as Python does
  return (typeof a === "boolean" ? Number(a) : a) == (typeof b === "boolean" ? Number(b) : b)
}

function listsEqual(rt: Runtime, a: readonly Py[], b: readonly Py[], depth: number): boolean {
  if (a.length !== b.length) return false
  rt.tick(a.length)
  return a.every((item, i) => equals(rt, item, b[i] as Py, depth + 1))
}

function dictsEqual(rt: Runtime, a: PyDict, b: PyDict, depth: number): boolean {
  if (a.size !== b.size) return false
  rt.tick(a.size)
  return a.entries(rt).every(([key, , item]) => {
    const other = b.get(rt, key)
    return other !== undefined && equals(rt, item, other, depth + 1)
  })
}

const rangesEqual = (a: PyRange, b: PyRange) =>
  a.length === b.length && (a.length === 0 || (a.start === b.start && (a.length === 1 || a.step === b.step)))

function viewsEqual(rt: Runtime, a: DictView, b: DictView): boolean {
  if (a.part === "values" || b.part === "values" || a.dict.size !== b.dict.size) return false
  if (a.part === "items" && b.part === "items") return dictsEqual(rt, a.dict, b.dict, 0)
  const keys = new Set(a.items(rt).map((item) => keyOf(rt, item)))
  return b.items(rt).every((item) => keys.has(keyOf(rt, item)))
}

export type OrderOperator = "<" | "<=" | ">" | ">="

/** `a < b` and its like. @throws JinjaError TypeError where there is no order */
export function ordered(rt: Runtime, operator: OrderOperator, a: Py, b: Py, depth = 0): boolean {
  if (isNumber(a) && isNumber(b)) return numbersOrdered(operator, a, b)
  if (isText(a) && isText(b)) return holds(operator, compareTexts(rt, textOf(a), textOf(b)))
  if (a instanceof Undefined) throw undefinedError(a.message())
  if (b instanceof Undefined) throw undefinedError(b.message())
  if (depth > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded in comparison")
  if (a instanceof PyList && b instanceof PyList) return listsOrdered(rt, operator, a.items(rt), b.items(rt), depth)
  if (a instanceof PyTuple && b instanceof PyTuple) return listsOrdered(rt, operator, a.items, b.items, depth)
  if (a instanceof DictView && b instanceof DictView) return viewsOrdered(rt, operator, a, b)
  if (a instanceof PyBytes) rt.read(a)
  if (a instanceof PyBytes && b instanceof PyBytes) return holds(operator, Buffer.compare(a.bytes, b.bytes))
  throw typeError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`)
}

function numbersOrdered(operator: OrderOperator, a: bigint | boolean | number, b: bigint | boolean | number): boolean {
  if (operator === "<") return a < b
  if (operator === "<=") return a <= b
  return operator === ">" ? a > b : a >= b
}

function holds(operator: OrderOperator, sign: number): boolean {
  if (operator === "<") return sign < 0
  if (operator === "<=") return sign <= 0
  return operator === ">" ? sign > 0 : sign >= 0
}

/** Order by code points: JavaScript's `<` goes by UTF-16 units, which puts surrogates before the last of the plane. */
export function compareTexts(rt: Runtime, a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  rt.tick(length >>> 6)
  if (a === b) return 0
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
  const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff
  if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? (y >= 0xe000 ? 1 : x - y) : x >= 0xe000 ? -1 : x - y
  return x - y
}

function listsOrdered(
  rt: Runtime,
  operator: OrderOperator,
  a: readonly Py[],
  b: readonly Py[],
  depth: number,
): boolean {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    rt.tick()
    const [x, y] = [a[i] as Py, b[i] as Py]
    if (!equals(rt, x, y, depth + 1)) return ordered(rt, operator, x, y, depth + 1)
  }
  return holds(operator, a.length - b.length)
}

function viewsOrdered(rt: Runtime, operator: OrderOperator, a: DictView, b: DictView): boolean {
  if (a.part === "values" || b.part === "values") {
    throw typeError(`'${operator}' not supported between instances of '${a.typeName}' and '${b.typeName}'`)
  }
  const [small, large] = operator.startsWith("<") ? [a, b] : [b, a]
  const keys = new Set(large.items(rt).map((item) => keyOf(rt, item)))
  const isPart = small.items(rt).every((item) => keys.has(keyOf(rt, item)))
  return isPart && (operator.endsWith("=") || small.dict.size < large.dict.size)
}
