/** `text % values`: printf-style formatting. */

import { PyDict, PyList, PyTuple } from "../containers.js"
import { JinjaError, overflowError, typeError, valueError } from "../errors.js"
import { keyOf } from "../hash.js"
import { escapeHtml } from "../html.js"
import { failUndefined } from "../iterate.js"
import { toFloat, truncate } from "../numbers.js"
import { asciiRepr, intText, repr, toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { isFlat, sliceText, textLength } from "../text.js"
import {
  isInt,
  isNumber,
  isText,
  Markup,
  type Py,
  PyBytes,
  PyRange,
  textOf,
  toInt,
  typeName,
  Undefined,
} from "../values.js"
import { type FloatKind, floatText } from "./float-text.js"

const FIELD = /%(?:\(((?:[^()]|\([^()]*\))*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?(.)?/gsu

interface Arguments {
  readonly next: () => Py
  readonly named: (name: string) => Py
  readonly isUsedUp: () => boolean
}
interface Field {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly kind: string
}

/** @throws JinjaError TypeError or ValueError */
export function formatPercent(rt: Runtime, format: string | Markup, values: Py): Py {
  const isMarkup = format instanceof Markup
  const args = argumentsOf(rt, values)
  const text = textOf(format)
  rt.read(text)
  let total = text.length
  const result = text.replace(FIELD, (whole, name, flags: string, width, precision, kind, at: number) => {
    rt.tick()
    if (kind === "%" && whole === "%%") return "%"
    if (kind === "(") {
      if (!isKeyed(values)) throw typeError(NO_MAPPING)
      throw valueError("incomplete format key")
    }
    const held = name === undefined ? undefined : args.named(name)
    if (kind === undefined) throw valueError("incomplete format")
    const field = measure(rt, args, flags, width, precision, kind)
    const value = held === undefined ? args.next() : held
    const shown = formatField(rt, field, isMarkup ? escapedText(rt, value) : value, at + whole.length - 1)
    total += shown.length
    rt.text(total)
    return shown
  })
  if (!args.isUsedUp()) throw typeError("not all arguments converted during string formatting")
  return isMarkup ? new Markup(result) : result
}

const escapedText = (rt: Runtime, value: Py): Py => (isNumber(value) ? value : escapeHtml(rt, value))

function argumentsOf(rt: Runtime, values: Py): Arguments {
  const items = values instanceof PyTuple ? values.items : [values]
  // Anything with items by key may also stand for one value, and then need not be used.
  const isMapping = isKeyed(values)
  let at = 0
  return {
    next: () => {
      const value = items[at++]
      if (value === undefined) throw typeError("not enough arguments for format string")
      return value
    },
    named: (name) => {
      if (values instanceof Undefined) return failUndefined(values)
      if (!(values instanceof PyDict)) throw typeError(NO_MAPPING)
      const value = values.get(rt, keyOf(rt, name))
      if (value === undefined) throw keyMissing(rt, name)
      at = 1
      return value
    },
    isUsedUp: () => at >= items.length || (isMapping && at === 0) || values instanceof PyDict,
  }
}

const NO_MAPPING = "format requires a mapping"

/** What C Python takes for a mapping here: all that has items but tuples and texts. */
const isKeyed = (values: Py) =>
  values instanceof PyDict ||
  values instanceof PyList ||
  values instanceof PyRange ||
  values instanceof PyBytes ||
  values instanceof Undefined

const keyMissing = (rt: Runtime, name: string) => new JinjaError("KeyError", repr(rt, name))

function measure(
  rt: Runtime,
  args: Arguments,
  flags: string,
  width: string | undefined,
  precision: string | undefined,
  kind: string,
): Field {
  const size = width === "*" ? starred(args) : Number(width ?? 0)
  const places =
    precision === "*" ? Math.max(0, starred(args)) : precision === undefined ? undefined : Number(precision)
  const left = size < 0 ? "-" : ""
  rt.text(Math.abs(size))
  rt.text((places ?? 0) * 16)
  return { flags: flags + left, width: Math.abs(size), precision: places, kind }
}

function starred(args: Arguments): number {
  const value = args.next()
  if (!isInt(value)) throw typeError("* wants int")
  return Number(toInt(value))
}

function formatField(rt: Runtime, field: Field, value: Py, at: number): string {
  const { kind } = field
  switch (kind) {
    case "s":
      return pad(field, "", cut(toText(rt, value), field.precision))
    case "r":
      return pad(field, "", cut(repr(rt, value), field.precision))
    case "a":
      return pad(field, "", cut(asciiRepr(rt, value), field.precision))
    case "c":
      return pad(field, "", charOf(value))
    case "d":
    case "i":
    case "u":
      return integer(field, decimalOf(value, kind), 10, "")
    case "o":
    case "x":
    case "X":
      return integer(field, wholeOf(value, kind), kind === "o" ? 8 : 16, `0${kind}`)
  }
  if (!/[eEfFgG]/.test(kind)) {
    throw valueError(`unsupported format character '${kind}' (0x${kind.codePointAt(0)?.toString(16)}) at index ${at}`)
  }
  return floating(field, value)
}

const cut = (text: string, precision: number | undefined) =>
  precision === undefined || (precision >= text.length && isFlat(text))
    ? text
    : sliceText(text, 0, Math.min(precision, textLength(text)))

function charOf(value: Py): string {
  if (isInt(value)) {
    const code = toInt(value)
    if (code < 0n || code > 0x10ffffn) throw overflowError("%c arg not in range(0x110000)")
    return String.fromCodePoint(Number(code))
  }
  if (isText(value) && textLength(textOf(value)) === 1) return textOf(value)
  throw typeError("%c requires int or char")
}

function decimalOf(value: Py, kind: string): bigint {
  if (isInt(value)) return toInt(value)
  if (typeof value === "number") return truncate(value)
  if (value instanceof Undefined) return failUndefined(value)
  throw typeError(`%${kind} format: a real number is required, not ${typeName(value)}`)
}

function wholeOf(value: Py, kind: string): bigint {
  if (isInt(value)) return toInt(value)
  throw typeError(`%${kind} format: an integer is required, not ${typeName(value)}`)
}

function integer(field: Field, value: bigint, base: number, prefix: string): string {
  const size = value < 0n ? -value : value
  const digits = (base === 10 ? intText(size) : size.toString(base)).padStart(field.precision ?? 0, "0")
  const shown = field.kind === "X" ? digits.toUpperCase() : digits
  return pad(field, signOf(value < 0n, field.flags) + (field.flags.includes("#") ? prefix : ""), shown, true)
}

function floating(field: Field, value: Py): string {
  if (value instanceof Undefined) return failUndefined(value)
  if (!isNumber(value)) throw typeError(`must be real number, not ${typeName(value)}`)
  const float = toFloat(value)
  const kind = field.kind.toLowerCase() as FloatKind
  const text = floatText(Math.abs(float), kind, field.precision ?? 6, field.flags.includes("#"))
  const shown = field.kind === kind ? text : text.toUpperCase()
  return pad(field, signOf(float < 0 || Object.is(float, -0), field.flags), shown, true)
}

const signOf = (isNegative: boolean, flags: string) =>
  isNegative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""

function pad({ flags, width }: Field, sign: string, body: string, zeros = false): string {
  const missing = Math.max(0, width - textLength(sign) - textLength(body))
  if (flags.includes("-")) return sign + body + " ".repeat(missing)
  return zeros && flags.includes("0") ? sign + "0".repeat(missing) + body : " ".repeat(missing) + sign + body
}
