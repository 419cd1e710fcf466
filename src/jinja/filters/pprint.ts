/** Python's pprint.pformat: as repr, but over several lines where 80 columns are not enough, and dicts sorted. */
import { compareTexts, ordered } from "../compare.js"
import { PyDict, PyList, PyTuple } from "../containers.js"
import { JinjaError, recursionError } from "../errors.js"
import { MAX_DATA_DEPTH } from "../limits.js"
import { repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { splitLines, textLength } from "../text.js"
import { type Py, type PyObject, typeName } from "../values.js"

const WIDTH = 80

export const PPRINT_FILTERS = {
  pprint: define("do_pprint value", (rt, value: Py) => {
    const text = layOut({ rt, open: [] }, value, 0, 0, 1)
    rt.text(text.length)
    return text
  }),
}

interface Printer {
  readonly rt: Runtime
  readonly open: readonly PyObject[]
}

/** @param allowance columns that what follows takes */
function layOut(printer: Printer, value: Py, indent: number, allowance: number, level: number): string {
  const { rt, open } = printer
  rt.tick()
  if (level > MAX_DATA_DEPTH / 2) throw recursionError("maximum recursion depth exceeded")
  if (value instanceof PyList || value instanceof PyTuple || value instanceof PyDict) {
    if (open.includes(value)) return `<Recursion on ${typeName(value)} with id=140033160573440>`
  }
  const flat = sortedRepr(rt, value, open)
  if (textLength(flat) <= WIDTH - indent - allowance) return flat
  const inner: Printer = { rt, open: typeof value === "object" && value !== null ? [...open, value] : open }
  if (value instanceof PyDict) return layOutDict(inner, value, indent, allowance, level)
  if (value instanceof PyList) return `[${layOutItems(inner, value.items(rt), indent + 1, allowance + 1, level)}]`
  if (value instanceof PyTuple) {
    const end = value.items.length === 1 ? ",)" : ")"
    return `(${layOutItems(inner, value.items, indent + 1, allowance + end.length, level)}${end}`
  }
  return typeof value === "string" ? layOutText(rt, value, indent, allowance, level) : flat
}

function layOutDict(printer: Printer, dict: PyDict, indent: number, allowance: number, level: number): string {
  const { rt } = printer
  const members = sortedEntries(rt, dict)
  const parts = members.map(([key, value], i) => {
    const name = sortedRepr(rt, key, printer.open)
    const after = i === members.length - 1 ? allowance + 1 : 1
    return `${name}: ${layOut(printer, value, indent + 1 + textLength(name) + 2, after, level + 1)}`
  })
  return `{${parts.join(`,\n${" ".repeat(indent + 1)}`)}}`
}

function layOutItems(printer: Printer, items: readonly Py[], indent: number, allowance: number, level: number): string {
  const parts = items.map((item, i) => layOut(printer, item, indent, i === items.length - 1 ? allowance : 1, level + 1))
  return parts.join(`,\n${" ".repeat(indent)}`)
}

/** A long text becomes several literals, one below the other. */
function layOutText(rt: Runtime, text: string, startIndent: number, startAllowance: number, level: number): string {
  const lines = splitLines(text, true)
  if (lines.length === 0) return repr(rt, text)
  const [indent, allowance] = level === 1 ? [startIndent + 1, startAllowance + 1] : [startIndent, startAllowance]
  const room = WIDTH - indent
  const chunks = lines.flatMap((line, i) => {
    const isLast = i === lines.length - 1
    const whole = repr(rt, line)
    if (textLength(whole) <= (isLast ? room - allowance : room)) return [whole]
    return splitLine(rt, line, room, isLast ? allowance : 0)
  })
  if (chunks.length === 1) return chunks[0] ?? ""
  const body = chunks.join(`\n${" ".repeat(indent)}`)
  return level === 1 ? `(${body})` : body
}

function splitLine(rt: Runtime, line: string, room: number, allowance: number): string[] {
  const parts = line.match(/\S*\s*/g)?.filter(Boolean) ?? []
  const chunks: string[] = []
  let current = ""
  parts.forEach((part, j) => {
    rt.tick()
    const candidate = current + part
    const most = j === parts.length - 1 ? room - allowance : room
    if (textLength(repr(rt, candidate)) > most) {
      if (current !== "") chunks.push(repr(rt, current))
      current = part
    } else current = candidate
  })
  if (current !== "") chunks.push(repr(rt, current))
  return chunks
}

/** As repr, with the keys of dicts in order. */
function sortedRepr(rt: Runtime, value: Py, open: readonly PyObject[]): string {
  if (!(value instanceof PyDict || value instanceof PyList || value instanceof PyTuple)) return repr(rt, value)
  if (open.includes(value)) return `<Recursion on ${typeName(value)} with id=140033160573440>`
  if (open.length > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded")
  const inner = [...open, value]
  rt.tick(1 + (open.length >>> 3))
  const text = containerText(rt, value, (item) => sortedRepr(rt, item, inner))
  rt.text(text.length)
  return text
}

function containerText(rt: Runtime, value: PyDict | PyList | PyTuple, show: (item: Py) => string): string {
  if (value instanceof PyList) return `[${value.items(rt).map(show).join(", ")}]`
  if (value instanceof PyTuple) return `(${value.items.map(show).join(", ")}${value.items.length === 1 ? "," : ""})`
  const members = sortedEntries(rt, value).map(([key, item]) => `${show(key)}: ${show(item)}`)
  return `{${members.join(", ")}}`
}

/** pprint's order: by `<`, and by type where there is no such order. */
function sortedEntries(rt: Runtime, dict: PyDict): Array<readonly [Py, Py]> {
  return dict
    .entries(rt)
    .map(([, key, value]) => [key, value] as const)
    .sort(([a], [b]) => (isBefore(rt, a, b) ? -1 : isBefore(rt, b, a) ? 1 : 0))
}

function isBefore(rt: Runtime, a: Py, b: Py): boolean {
  rt.tick()
  try {
    return ordered(rt, "<", a, b)
  } catch (error) {
    if (!(error instanceof JinjaError && error.pythonClass === "TypeError")) throw error
    return compareTexts(rt, `<class '${typeName(a)}'>`, `<class '${typeName(b)}'>`) < 0
  }
}
