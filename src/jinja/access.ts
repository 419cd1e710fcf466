/** Attributes and items: own data and fixed tables only. */

import { GroupPair, Namespace, PyDict, PyList, PyTuple, textKey } from "./containers.js"
import { JinjaError, typeError, valueError } from "./errors.js"
import { keyOf } from "./hash.js"
import { failUndefined } from "./iterate.js"
import { findMethod } from "./methods/index.js"
import { repr } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { charAt, chars, sliceText, textLength } from "./text.js"
import {
  isInt,
  isText,
  Markup,
  orElse,
  type Py,
  PyBytes,
  PyComplex,
  PyFunction,
  PyNative,
  PyRange,
  PySlice,
  textOf,
  toInt,
  typeName,
  Undefined,
} from "./values.js"

/** Jinja2's `environment.getattr`: an attribute, else an item, else undefined. */
export function getAttribute(rt: Runtime, value: Py, name: string): Py {
  const attribute = pythonAttribute(rt, value, name)
  if (attribute !== undefined) return attribute
  return orElse(itemNamed(rt, value, name), () => missing(rt, value, name))
}

/** Jinja2's `environment.getitem`: an item, else an attribute where the key is a string, else undefined. */
export function getItem(rt: Runtime, value: Py, key: Py): Py {
  if (value instanceof PyDict && typeof key === "string") {
    const item = value.get(rt, textKey(key))
    if (item !== undefined) return item
  }
  const item = pythonItem(rt, value, key)
  if (item !== undefined) return item
  const attribute = isText(key) ? pythonAttribute(rt, value, textOf(key)) : undefined
  return orElse(attribute, () => missing(rt, value, key))
}

/** The undefined that a missing attribute or item gives. */
export function missing(rt: Runtime, value: Py, key: Py): Undefined {
  return new Undefined(() => {
    const owner = value === null ? "None" : `${MODULES[typeName(value)] ?? ""}${typeName(value)} object`
    if (typeof key === "string") return `'${owner}' has no attribute ${repr(rt, key)}`
    return `${owner} has no element ${repr(rt, key)}`
  })
}

/** Where Jinja2 says which module a type is of: for all but Python's own. */
const MODULES: Readonly<Record<string, string>> = {
  Markup: "markupsafe.",
  Namespace: "jinja2.utils.",
  Cycler: "jinja2.utils.",
  Joiner: "jinja2.utils.",
  LoopContext: "jinja2.runtime.",
  Macro: "jinja2.runtime.",
  TemplateReference: "jinja2.runtime.",
  BlockReference: "jinja2.runtime.",
}

/** `getattr(value, name)`: methods and the few data attributes that Python's types have; undefined where there is none. */
export function pythonAttribute(rt: Runtime, value: Py, name: string): Py | undefined {
  if (value instanceof Undefined) return failUndefined(value)
  if (value instanceof PyNative) return value.attribute(name)
  if (value instanceof Namespace) return value.attrs.get(rt, textKey(name))
  if (value instanceof GroupPair && (name === "grouper" || name === "list")) return value[name]
  const method = findMethod(value, name)
  if (!method) return numberPart(value, name)
  const title = `<built-in method ${name} of ${typeName(value)} object at 0x7f5a3c0d2e90>`
  return new PyFunction(
    name,
    title,
    (runtime, args, kwargs) => method.call(runtime, [value, ...args], kwargs),
    "builtin_function_or_method",
  )
}

function numberPart(value: Py, name: string): Py | undefined {
  if (isInt(value)) {
    if (name === "real" || name === "numerator") return toInt(value)
    if (name === "imag") return 0n
    return name === "denominator" ? 1n : undefined
  }
  if (typeof value === "number") return name === "real" ? value : name === "imag" ? 0 : undefined
  if (value instanceof PyComplex && (name === "real" || name === "imag")) return value[name]
  if (value instanceof PyRange && (name === "start" || name === "stop" || name === "step")) return value[name]
  return undefined
}

function itemNamed(rt: Runtime, value: Py, name: string): Py | undefined {
  return value instanceof PyDict ? value.get(rt, textKey(name)) : undefined
}

/** `value[key]`, undefined where Python raises a LookupError or TypeError. */
export function pythonItem(rt: Runtime, value: Py, key: Py): Py | undefined {
  if (value instanceof Undefined) return failUndefined(value)
  if (key instanceof PySlice) return isSliceable(value) && hasIndices(key) ? slice(rt, value, key) : undefined
  if (value instanceof PyDict) return itemByKey(rt, value, key)
  if (!isInt(key)) return undefined
  const index = Number(toInt(key))
  if (value instanceof PyList) return value.at(rt, index < 0 ? index + value.length : index)
  if (value instanceof PyTuple)
    return value.items.at(index < 0 && -index > value.items.length ? value.items.length : index)
  if (isText(value)) {
    rt.read(value)
    return marked(value, charAt(textOf(value), index))
  }
  if (value instanceof PyRange) {
    const at = index < 0 ? index + value.length : index
    return at >= 0 && at < value.length ? value.at(at) : undefined
  }
  if (value instanceof PyBytes) {
    const byte = value.bytes.at(index)
    return byte === undefined || -index > value.bytes.length ? undefined : BigInt(byte)
  }
  return undefined
}

const hasIndices = ({ start, stop, step }: PySlice) => [start, stop, step].every((part) => part === null || isInt(part))

const marked = (value: string | Markup, text: string | undefined): Py | undefined =>
  text === undefined || typeof value === "string" ? text : new Markup(text)

/** Undefined also for what cannot be a key. */
function itemByKey(rt: Runtime, dict: PyDict, key: Py): Py | undefined {
  try {
    return dict.get(rt, keyOf(rt, key))
  } catch (error) {
    if (error instanceof JinjaError && error.pythonClass === "TypeError") return undefined
    throw error
  }
}

type Sliceable = string | Markup | PyList | PyTuple | PyRange | PyBytes
const isSliceable = (value: Py): value is Sliceable =>
  isText(value) ||
  value instanceof PyList ||
  value instanceof PyTuple ||
  value instanceof PyRange ||
  value instanceof PyBytes

/** `value[start:stop:step]` as written in a template. @throws JinjaError TypeError */
export function sliceOf(rt: Runtime, value: Py, parts: PySlice): Py {
  if (value instanceof Undefined) return failUndefined(value)
  if (isSliceable(value)) return slice(rt, value, parts)
  if (value instanceof PyDict) throw typeError("unhashable type: 'slice'")
  throw typeError(`'${typeName(value)}' object is not subscriptable`)
}

function slice(rt: Runtime, value: Sliceable, parts: PySlice): Py {
  if (isText(value)) {
    const text = textOf(value)
    const [start, stop, step] = sliceIndices(parts, textLength(text))
    rt.text(text.length)
    if (step !== 1) rt.tick(text.length >>> 3)
    const cut = step === 1 ? sliceText(text, start, stop) : pick(chars(text), start, stop, step).join("")
    return typeof value === "string" ? cut : new Markup(cut)
  }
  if (value instanceof PyRange) {
    const [start, stop, step] = sliceIndices(parts, value.length)
    return new PyRange(value.at(start), value.at(stop), value.step * BigInt(step))
  }
  const items =
    value instanceof PyList ? value.items(rt) : value instanceof PyTuple ? value.items : Array.from(value.bytes, BigInt)
  const [start, stop, step] = sliceIndices(parts, items.length)
  const picked = pick<Py>(items, start, stop, step)
  rt.tick(picked.length)
  if (value instanceof PyBytes) return new PyBytes(Uint8Array.from(picked, Number))
  return value instanceof PyList ? new PyList(picked) : new PyTuple(picked)
}

function pick<T>(items: readonly T[], start: number, stop: number, step: number): T[] {
  if (step === 1) return items.slice(start, Math.max(start, stop))
  const picked: T[] = []
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) picked.push(items[i] as T)
  return picked
}

/** Python's slice.indices. */
function sliceIndices({ start, stop, step }: PySlice, length: number): [number, number, number] {
  const by = step === null ? 1 : index(step)
  if (by === 0) throw valueError("slice step cannot be zero")
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1]
  const clamp = (part: Py, fallback: number) => {
    if (part === null) return fallback
    const at = index(part)
    return Math.min(high, Math.max(low, at < 0 ? at + length : at))
  }
  return by > 0 ? [clamp(start, 0), clamp(stop, length), by] : [clamp(start, length - 1), clamp(stop, -1), by]
}

function index(value: Py): number {
  if (!isInt(value)) throw typeError("slice indices must be integers or None or have an __index__ method")
  return Number(toInt(value))
}
