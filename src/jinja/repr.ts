/** Values as Python prints them. */
import { floatRepr, stringRepr } from "../data/python.js"
import { DictView, Namespace, PyDict, PyList, PyTuple } from "./containers.js"
import { recursionError, valueError } from "./errors.js"
import { MAX_DATA_DEPTH, MAX_INT_DIGITS } from "./limits.js"
import type { Runtime } from "./runtime.js"
import { asciiEscape } from "./text.js"
import {
  Markup,
  type Py,
  PyBytes,
  PyComplex,
  PyFunction,
  PyIterator,
  PyNative,
  type PyObject,
  PyRange,
  PySlice,
  Undefined,
} from "./values.js"

/** `str(value)`. */
export function toText(rt: Runtime, value: Py): string {
  if (typeof value === "string") return value
  if (value instanceof Markup) return value.text
  if (value instanceof Undefined) return ""
  return repr(rt, value)
}

/** `repr(value)`. */
export function repr(rt: Runtime, value: Py, open: PyObject[] = []): string {
  switch (typeof value) {
    case "string":
      rt.text(value.length)
      return stringRepr(value)
    case "bigint": {
      const digits = intText(value)
      rt.tick(digits.length >>> 4)
      return digits
    }
    case "number":
      return floatRepr(value)
    case "boolean":
      return value ? "True" : "False"
  }
  return value === null ? "None" : objectRepr(rt, value, open)
}

/** `ascii(value)`: the repr with escapes for all that is not ASCII. */
export const asciiRepr = (rt: Runtime, value: Py): string =>
  repr(rt, value).replace(/[^\x00-\x7f]/gu, (char) => asciiEscape(char.codePointAt(0) ?? 0))

/** A stand-in for the address that Python shows. */
export const ADDRESS = "0x7f5a3c0d2e90"

function objectRepr(rt: Runtime, value: PyObject, open: PyObject[]): string {
  if (value instanceof Markup) return `Markup(${repr(rt, value.text)})`
  if (value instanceof Undefined) return "Undefined"
  if (value instanceof PyFunction) return value.title
  if (value instanceof PyNative) return value.show()
  if (value instanceof PyIterator) return `<${value.title} at ${ADDRESS}>`
  if (value instanceof PyComplex) return complexRepr(value)
  if (value instanceof PyBytes) return bytesRepr(value.bytes)
  if (value instanceof PyRange) {
    return `range(${value.start}, ${value.stop}${value.step === 1n ? "" : `, ${value.step}`})`
  }
  return containerRepr(rt, value, open)
}

function containerRepr(rt: Runtime, value: PyObject, open: PyObject[]): string {
  // Looking through what is open takes work as well.
  rt.tick(1 + (open.length >>> 2))
  if (open.includes(value)) return value instanceof PyDict ? "{...}" : value instanceof PyTuple ? "(...)" : "[...]"
  if (open.length > MAX_DATA_DEPTH) {
    throw recursionError("maximum recursion depth exceeded while getting the repr of an object")
  }
  open.push(value)
  const text = openRepr(rt, value, open)
  open.pop()
  return text
}

function openRepr(rt: Runtime, value: PyObject, open: PyObject[]): string {
  const all = (items: readonly Py[]) => {
    rt.tick(items.length)
    return items.map((item) => repr(rt, item, open)).join(", ")
  }
  if (value instanceof PyList) return `[${all(value.items(rt))}]`
  if (value instanceof PyTuple) return `(${all(value.items)}${value.items.length === 1 ? "," : ""})`
  if (value instanceof DictView) return `${value.typeName}([${all(value.items(rt))}])`
  if (value instanceof PySlice) return `slice(${all([value.start, value.stop, value.step])})`
  if (value instanceof Namespace) return `<Namespace ${containerRepr(rt, value.attrs, open)}>`
  if (!(value instanceof PyDict)) return `<${value.typeName} object at ${ADDRESS}>`
  rt.tick(value.size)
  const members = value.entries(rt).map(([, key, item]) => `${repr(rt, key, open)}: ${repr(rt, item, open)}`)
  return `{${members.join(", ")}}`
}

export const TOO_MANY_DIGITS = `Exceeds the limit (${MAX_INT_DIGITS} digits) for integer string conversion`

/** `str(int)`, with Python's own bound. */
export function intText(value: bigint): string {
  const text = value.toString()
  if (text.length > MAX_INT_DIGITS + (value < 0n ? 1 : 0)) {
    throw valueError(`${TOO_MANY_DIGITS}; use sys.set_int_max_str_digits() to increase the limit`)
  }
  return text
}

function complexRepr({ real, imag }: PyComplex): string {
  const part = (number: number) => floatRepr(number).replace(/\.0$/, "")
  if (Object.is(real, 0)) return `${part(imag)}j`
  return `(${part(real)}${imag < 0 || Object.is(imag, -0) ? "" : "+"}${part(imag)}j)`
}

const BYTE_ESCAPES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" }

function bytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'"
  const show = (byte: number) => {
    const char = String.fromCharCode(byte)
    if (char === quote) return `\\${char}`
    return BYTE_ESCAPES[byte] ?? (byte >= 32 && byte < 127 ? char : `\\x${byte.toString(16).padStart(2, "0")}`)
  }
  return `b${quote}${Array.from(bytes, show).join("")}${quote}`
}
