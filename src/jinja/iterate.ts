/** Walking, counting and searching what Python can iterate over. */
import { equals } from "./compare.js"
import { DictView, Namespace, PyDict, PyList, PyTuple } from "./containers.js"
import { JinjaError, typeError, undefinedError } from "./errors.js"
import { keyOf } from "./hash.js"
import type { Runtime } from "./runtime.js"
import { chars, textLength } from "./text.js"
import {
  type Cursor,
  isInt,
  isNumber,
  isText,
  type Py,
  PyBytes,
  PyIterator,
  PyNative,
  PyRange,
  textOf,
  toInt,
  typeName,
  Undefined,
} from "./values.js"

/** `iter(value)`: lazy where Python is. @throws JinjaError TypeError */
export function iterate(rt: Runtime, value: Py): Cursor {
  if (value instanceof PyIterator) return value.next
  if (value instanceof PyNative && value.next) return value.next
  if (value instanceof PyRange) {
    let at = 0
    return () => (at < value.length ? value.at(at++) : undefined)
  }
  const items = itemsOf(rt, value)
  const dict = value instanceof PyDict ? value : value instanceof DictView ? value.dict : undefined
  let at = 0
  if (!dict) return () => items[at++]
  const { size } = dict
  return () => {
    if (dict.size !== size) throw new JinjaError("RuntimeError", "dictionary changed size during iteration")
    return items[at++]
  }
}

/** Everything in it at once, to be read only. @throws JinjaError TypeError for what cannot be iterated over */
export function itemsOf(rt: Runtime, value: Py): readonly Py[] {
  if (value instanceof PyList) return value.items(rt)
  if (value instanceof PyTuple) return value.items
  if (isText(value)) {
    const text = textOf(value)
    rt.items(text.length)
    return chars(text)
  }
  if (value instanceof PyDict) return value.keys(rt)
  if (value instanceof DictView) return value.items(rt)
  if (value instanceof PyIterator || value instanceof PyRange || isWalked(value)) return drain(rt, iterate(rt, value))
  if (value instanceof Undefined) return []
  if (value instanceof PyBytes) {
    rt.items(value.bytes.length)
    return Array.from(value.bytes, BigInt)
  }
  throw typeError(`'${typeName(value)}' object is not iterable`)
}

/** All that is left, within the bound of list sizes. */
export function drain(rt: Runtime, next: Cursor): Py[] {
  const items: Py[] = []
  for (let item = next(); item !== undefined; item = next()) {
    items.push(item)
    if (items.length > rt.limits.items) rt.items(items.length)
    rt.tick()
  }
  return items
}

const isWalked = (value: Py) => value instanceof PyNative && value.next !== undefined

/** Whether `iter(value)` works. */
export const isIterable = (value: Py): boolean =>
  isText(value) ||
  value instanceof PyList ||
  value instanceof PyTuple ||
  value instanceof PyDict ||
  value instanceof DictView ||
  value instanceof PyIterator ||
  value instanceof PyRange ||
  value instanceof Undefined ||
  value instanceof PyBytes ||
  isWalked(value)

/** `len(value)`; undefined where there is none. */
export function lengthOf(value: Py): number | undefined {
  if (isText(value)) return textLength(textOf(value))
  if (value instanceof PyList || value instanceof PyRange) return value.length
  if (value instanceof PyTuple) return value.items.length
  if (value instanceof PyDict) return value.size
  if (value instanceof DictView) return value.dict.size
  if (value instanceof PyBytes) return value.bytes.length
  if (value instanceof PyNative) {
    const length = value.attribute("length")
    return value.typeName === "LoopContext" && typeof length === "bigint" ? Number(length) : undefined
  }
  return value instanceof Undefined ? 0 : undefined
}

/** `bool(value)`. */
export function isTrue(value: Py): boolean {
  switch (typeof value) {
    case "boolean":
      return value
    case "string":
      return value !== ""
    case "bigint":
      return value !== 0n
    case "number":
      return value !== 0
  }
  if (value === null || value instanceof Undefined) return false
  if (value instanceof Namespace || value instanceof PyNative) return true
  return lengthOf(value) !== 0
}

/** `needle in haystack`. */
export function contains(rt: Runtime, haystack: Py, needle: Py): boolean {
  if (isText(haystack)) {
    if (!isText(needle)) throw typeError(`'in <string>' requires string as left operand, not ${typeName(needle)}`)
    rt.search(textOf(haystack), textOf(needle))
    rt.read(haystack)
    return textOf(haystack).includes(textOf(needle))
  }
  if (haystack instanceof PyDict) return haystack.get(rt, keyOf(rt, needle)) !== undefined
  if (haystack instanceof DictView && haystack.part === "keys")
    return haystack.dict.get(rt, keyOf(rt, needle)) !== undefined
  if (haystack instanceof PyRange) return isNumber(needle) && rangeContains(haystack, needle)
  if (haystack instanceof PyIterator) return cursorContains(rt, haystack.next, needle)
  if (haystack instanceof Undefined) return false
  if (!isIterable(haystack)) throw typeError(`argument of type '${typeName(haystack)}' is not iterable`)
  return itemsOf(rt, haystack).some((item) => {
    rt.tick()
    return equals(rt, item, needle)
  })
}

function rangeContains(range: PyRange, needle: bigint | boolean | number): boolean {
  if (!isInt(needle) && !Number.isInteger(needle)) return false
  const value = isInt(needle) ? toInt(needle) : BigInt(needle)
  if (range.length === 0) return false
  const offset = value - range.start
  return offset % range.step === 0n && offset / range.step >= 0n && offset / range.step < BigInt(range.length)
}

function cursorContains(rt: Runtime, next: Cursor, needle: Py): boolean {
  for (let item = next(); item !== undefined; item = next()) {
    rt.tick()
    if (equals(rt, item, needle)) return true
  }
  return false
}

/** Fails as Jinja2 does where an undefined value is used. */
export function failUndefined(value: Undefined): never {
  throw undefinedError(value.message())
}
