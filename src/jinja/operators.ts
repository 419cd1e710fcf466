/** The binary and unary operators. */

import { PyList, PyTuple } from "./containers.js"
import { typeError } from "./errors.js"
import { formatPercent } from "./format/percent.js"
import { escapeHtml } from "./html.js"
import { failUndefined } from "./iterate.js"
import type { BinaryOperator } from "./nodes.js"
import { chargeInts, divide, floorDivide, modulo, multiplyInts, power, toFloat } from "./numbers.js"
import { toText } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { isInt, isNumber, isText, Markup, type Py, PyBytes, textOf, toInt, typeName, Undefined } from "./values.js"

type Operation = (rt: Runtime, a: Py, b: Py) => Py

/** What each operator does; a JinjaError TypeError where Python has no such operation. */
export const BINARY: Readonly<Record<BinaryOperator, Operation>> = {
  "+": add,
  "-": (rt, a, b) => {
    if (!isNumber(a) || !isNumber(b)) return unsupported(rt, "-", a, b)
    chargeInts(rt, a, b)
    return isInt(a) && isInt(b) ? toInt(a) - toInt(b) : toFloat(a) - toFloat(b)
  },
  "*": multiply,
  "/": (rt, a, b) => {
    if (!isNumber(a) || !isNumber(b)) return unsupported(rt, "/", a, b)
    chargeInts(rt, a, b)
    return divide(a, b)
  },
  "//": (rt, a, b) => {
    if (!isNumber(a) || !isNumber(b)) return unsupported(rt, "//", a, b)
    chargeInts(rt, a, b)
    return floorDivide(a, b)
  },
  "%": (rt, a, b) => {
    if (isNumber(a) && isNumber(b)) {
      chargeInts(rt, a, b)
      return modulo(a, b)
    }
    return isText(a) ? formatPercent(rt, a, b) : unsupported(rt, "%", a, b)
  },
  "**": (rt, a, b) => (isNumber(a) && isNumber(b) ? power(rt, a, b) : unsupported(rt, "** or pow()", a, b)),
}

function unsupported(_rt: Runtime, operator: string, a: Py, b: Py): never {
  if (a instanceof Undefined) return failUndefined(a)
  if (b instanceof Undefined) return failUndefined(b)
  throw typeError(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`)
}

export function add(rt: Runtime, a: Py, b: Py): Py {
  if (isNumber(a) && isNumber(b)) {
    chargeInts(rt, a, b)
    return isInt(a) && isInt(b) ? toInt(a) + toInt(b) : toFloat(a) + toFloat(b)
  }
  if (isText(a) && isText(b)) return addTexts(rt, a, b)
  if (a instanceof PyList && b instanceof PyList) {
    rt.items(a.length + b.length)
    return new PyList([...a.items(rt), ...b.items(rt)])
  }
  if (a instanceof PyTuple && b instanceof PyTuple) {
    rt.items(a.items.length + b.items.length)
    return new PyTuple([...a.items, ...b.items])
  }
  if (b instanceof Undefined || a instanceof Undefined) return unsupported(rt, "+", a, b)
  if (isText(a)) throw typeError(`can only concatenate str (not "${typeName(b)}") to str`)
  if (a instanceof PyList || a instanceof PyTuple) {
    throw typeError(`can only concatenate ${a.typeName} (not "${typeName(b)}") to ${a.typeName}`)
  }
  return unsupported(rt, "+", a, b)
}

function addTexts(rt: Runtime, a: string | Markup, b: string | Markup): Py {
  rt.text(textOf(a).length + textOf(b).length)
  if (typeof a === "string" && typeof b === "string") return a + b
  return new Markup(escapeHtml(rt, a) + escapeHtml(rt, b))
}

function multiply(rt: Runtime, a: Py, b: Py): Py {
  if (isNumber(a) && isNumber(b)) {
    return isInt(a) && isInt(b) ? multiplyInts(rt, a, b) : toFloat(a) * toFloat(b)
  }
  if (a instanceof Undefined || b instanceof Undefined) return unsupported(rt, "*", a, b)
  if (isInt(b) && isSequence(a)) return repeat(rt, a, toInt(b))
  if (isInt(a) && isSequence(b)) return repeat(rt, b, toInt(a))
  if (isSequence(a)) throw typeError(`can't multiply sequence by non-int of type '${typeName(b)}'`)
  if (isSequence(b)) throw typeError(`can't multiply sequence by non-int of type '${typeName(a)}'`)
  return unsupported(rt, "*", a, b)
}

type Sequence = string | Markup | PyList | PyTuple | PyBytes
const isSequence = (value: Py): value is Sequence =>
  isText(value) || value instanceof PyList || value instanceof PyTuple || value instanceof PyBytes

function repeat(rt: Runtime, value: Sequence, times: bigint): Py {
  const count = times > 0n ? Number(times) : 0
  if (isText(value)) {
    const text = textOf(value)
    rt.text(text.length * count)
    const repeated = text === "" ? "" : text.repeat(count)
    return typeof value === "string" ? repeated : new Markup(repeated)
  }
  if (value instanceof PyBytes) {
    rt.items(value.bytes.length * count)
    return new PyBytes(new Uint8Array(Array.from({ length: count }, () => [...value.bytes]).flat()))
  }
  const items = value instanceof PyList ? value.items(rt) : value.items
  rt.items(items.length * count)
  const repeated: Py[] = []
  if (items.length > 0) for (let i = 0; i < count; i++) for (const item of items) repeated.push(item)
  return value instanceof PyList ? new PyList(repeated) : new PyTuple(repeated)
}

export function negate(value: Py): Py {
  if (typeof value === "bigint") return -value
  if (isNumber(value)) return isInt(value) ? -toInt(value) : -toFloat(value)
  if (value instanceof Undefined) return failUndefined(value)
  throw typeError(`bad operand type for unary -: '${typeName(value)}'`)
}

export function positive(value: Py): Py {
  if (isNumber(value)) return isInt(value) ? toInt(value) : value
  if (value instanceof Undefined) return failUndefined(value)
  throw typeError(`bad operand type for unary +: '${typeName(value)}'`)
}

/** `a ~ b ~ c`; with marked strings among them and escaping on, the result is marked and the others are escaped. */
export function concat(rt: Runtime, values: readonly Py[], escaping: boolean): Py {
  const isMarked = escaping && values.some((value) => value instanceof Markup)
  let text = ""
  for (const value of values) text += isMarked ? escapeHtml(rt, value) : toText(rt, value)
  rt.text(text.length)
  return isMarked ? new Markup(text) : text
}
