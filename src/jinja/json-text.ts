/** JSON text as Python's json.dumps writes it, ASCII only. */

import { writeJson } from "../data/json.js"
import { floatRepr } from "../data/python.js"
import { PyDict, PyList, PyTuple } from "./containers.js"
import { recursionError, typeError, valueError } from "./errors.js"
import { failUndefined } from "./iterate.js"
import { MAX_DATA_DEPTH } from "./limits.js"
import { intText } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { sortItems } from "./sort.js"
import { isInt, isNumber, isText, type Py, type PyObject, textOf, toInt, typeName, Undefined } from "./values.js"

export interface JsonOptions {
  /** Spaces per level or the text of one; null for one line. */
  readonly indent: Py
  readonly sortKeys: boolean
}

interface Writer {
  readonly rt: Runtime
  readonly unit: string | undefined
  readonly sortKeys: boolean
  readonly open: PyObject[]
}

/** @throws JinjaError TypeError for what JSON cannot hold, ValueError for what holds itself */
export function writeJsonText(rt: Runtime, value: Py, { indent, sortKeys }: JsonOptions): string {
  // A text alone is written before Python looks at the indent.
  if (isText(value)) return quote(rt, textOf(value))
  const text = write({ rt, unit: indentUnit(rt, indent), sortKeys, open: [] }, value)
  rt.text(text.length)
  return text
}

function indentUnit(rt: Runtime, indent: Py): string | undefined {
  if (indent === null) return undefined
  if (isText(indent)) return textOf(indent)
  if (indent instanceof Undefined) return failUndefined(indent)
  if (!isInt(indent)) throw typeError(`can't multiply sequence by non-int of type '${typeName(indent)}'`)
  const size = Math.max(0, Number(toInt(indent)))
  rt.text(size)
  return " ".repeat(size)
}

function write(writer: Writer, value: Py): string {
  if (isText(value)) return quote(writer.rt, textOf(value))
  if (value === null) return "null"
  if (typeof value === "boolean") return value ? "true" : "false"
  if (typeof value === "bigint") return intText(value)
  if (typeof value === "number") return jsonFloat(value)
  if (value instanceof PyList) return nested(writer, value, () => writeList(writer, value.items(writer.rt)))
  if (value instanceof PyTuple) return nested(writer, value, () => writeList(writer, value.items))
  if (value instanceof PyDict) return nested(writer, value, () => writeDict(writer, value))
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`)
}

function quote(rt: Runtime, text: string): string {
  const written = writeJson(text, { ascii: true })
  rt.text(written.length)
  return written
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatRepr(value)
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
}

function nested(writer: Writer, value: PyObject, run: () => string): string {
  const { open, rt } = writer
  rt.tick()
  if (open.includes(value)) throw valueError("Circular reference detected")
  if (open.length > MAX_DATA_DEPTH)
    throw recursionError("maximum recursion depth exceeded while encoding a JSON object")
  open.push(value)
  const text = run()
  open.pop()
  rt.text(text.length)
  return text
}

function writeList(writer: Writer, items: readonly Py[]): string {
  if (items.length === 0) return "[]"
  writer.rt.tick(items.length)
  return bracketed(
    writer,
    "[",
    items.map((item) => write(writer, item)),
    "]",
  )
}

function writeDict(writer: Writer, dict: PyDict): string {
  const { rt } = writer
  if (dict.size === 0) return "{}"
  rt.tick(dict.size)
  const entries = dict.entries(rt)
  const keys = entries.map(([, key]) => key)
  const order = writer.sortKeys
    ? sortItems(
        rt,
        keys.map((_, i) => i),
        (i) => keys[i as number] as Py,
      )
    : keys.map((_, i) => i)
  const members = order.map((i) => {
    const [, key, value] = entries[i as number] as (typeof entries)[number]
    return `${quote(rt, keyText(key))}: ${write(writer, value)}`
  })
  return bracketed(writer, "{", members, "}")
}

function bracketed({ rt, unit, open }: Writer, start: string, parts: readonly string[], end: string): string {
  if (unit === undefined) return start + parts.join(", ") + end
  rt.text(unit.length * open.length * (parts.length + 1))
  const newline = `\n${unit.repeat(open.length)}`
  return `${start}${newline}${parts.join(`,${newline}`)}\n${unit.repeat(open.length - 1)}${end}`
}

function keyText(key: Py): string {
  if (isText(key)) return textOf(key)
  if (key === null) return "null"
  if (typeof key === "boolean") return key ? "true" : "false"
  if (isNumber(key)) return typeof key === "number" ? jsonFloat(key) : intText(toInt(key))
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`)
}
