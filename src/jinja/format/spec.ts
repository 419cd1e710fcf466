/** Python's format specification mini-language, as `format(value, spec)` applies it. */
import { overflowError, typeError, valueError } from "../errors.js"
import { toFloat } from "../numbers.js"
import { intText, toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { sliceText, textLength } from "../text.js"
import { isInt, isText, type Py, textOf, toInt, typeName, Undefined } from "../values.js"
import { type FloatKind, floatText } from "./float-text.js"

export interface Spec {
  readonly fill: string
  readonly align: "<" | ">" | "=" | "^" | undefined
  readonly sign: "+" | "-" | " " | undefined
  readonly alternate: boolean
  /** A zero has no sign. */
  readonly noNegativeZero: boolean
  readonly width: number
  readonly grouping: "," | "_" | ""
  readonly precision: number | undefined
  readonly type: string
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?(.)?$/su

/** `format(value, spec)`. @throws JinjaError ValueError or TypeError */
export function formatValue(rt: Runtime, value: Py, text: string): string {
  if (text === "") return toText(rt, value)
  if (value instanceof Undefined || !(isText(value) || isInt(value) || typeof value === "number")) {
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`)
  }
  const spec = parseSpec(text, typeName(value))
  rt.text(spec.width)
  if (isText(value)) return formatText(rt, textOf(value), spec)
  return isInt(value) ? formatInt(rt, value, spec) : formatFloat(rt, value, spec)
}

function parseSpec(text: string, type: string): Spec {
  const match = SPEC.exec(text)
  if (!match) {
    if (/\.(?!\d)/.test(text)) throw valueError("Format specifier missing precision")
    throw valueError(`Invalid format specifier '${text}' for object of type '${type}'`)
  }
  const [, fill, align, sign, coerce, alternate, zero, width, grouping, precision, kind] = match
  return {
    fill: fill ?? (zero ? "0" : " "),
    align: (align as Spec["align"]) ?? (zero ? "=" : undefined),
    sign: sign as Spec["sign"],
    alternate: alternate !== undefined,
    noNegativeZero: coerce !== undefined,
    width: Number(width ?? 0),
    grouping: (grouping as Spec["grouping"]) ?? "",
    precision: precision === undefined ? undefined : Number(precision),
    type: kind ?? "",
  }
}

function unknownCode(spec: Spec, type: string): never {
  throw valueError(`Unknown format code '${spec.type}' for object of type '${type}'`)
}

function formatText(rt: Runtime, text: string, spec: Spec): string {
  if (spec.type !== "" && spec.type !== "s") unknownCode(spec, "str")
  if (spec.sign) throw valueError("Sign not allowed in string format specifier")
  if (spec.noNegativeZero) throw valueError("Negative zero coercion (z) not allowed in string format specifier")
  if (spec.alternate) throw valueError("Alternate form (#) not allowed in string format specifier")
  if (spec.grouping) throw valueError(`Cannot specify '${spec.grouping}' with 's'.`)
  if (spec.align === "=") throw valueError("'=' alignment not allowed in string format specifier")
  const cut = spec.precision === undefined ? text : sliceText(text, 0, Math.min(spec.precision, textLength(text)))
  return pad(rt, "", cut, spec, "<")
}

const BASES: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, "0b"],
  o: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
}

function formatInt(rt: Runtime, value: bigint | boolean, spec: Spec): string {
  if (/^[eEfFgG%]$/.test(spec.type)) return formatFloat(rt, toFloat(value), spec)
  if (typeof value === "boolean" && spec.type === "" && onlyPads(spec)) return pad(rt, "", value ? "1" : "0", spec, ">")
  const int = toInt(value)
  if (spec.noNegativeZero) throw valueError("Negative zero coercion (z) not allowed in integer format specifier")
  if (spec.precision !== undefined) throw valueError("Precision not allowed in integer format specifier")
  if (spec.type === "c") return pad(rt, "", charOf(int, spec), spec, "<")
  if (!/^[dnboxX]?$/.test(spec.type)) unknownCode(spec, typeof value === "boolean" ? "bool" : "int")
  if (spec.grouping === "," && BASES[spec.type]) throw valueError(`Cannot specify ',' with '${spec.type}'.`)
  if (spec.grouping && spec.type === "n") throw valueError(`Cannot specify '${spec.grouping}' with 'n'.`)
  const size = int < 0n ? -int : int
  const [base, prefix] = BASES[spec.type] ?? [10, ""]
  const digits = base === 10 ? intText(size) : size.toString(base)
  const cased = spec.type === "X" ? digits.toUpperCase() : digits
  return pad(rt, signOf(int < 0n, spec) + (spec.alternate ? prefix : ""), cased, spec, ">", base === 10 ? 3 : 4)
}

const onlyPads = (spec: Spec) =>
  !spec.sign && !spec.noNegativeZero && !spec.alternate && !spec.grouping && spec.precision === undefined

function charOf(value: bigint, spec: Spec): string {
  if (spec.sign) throw valueError("Sign not allowed with integer format specifier 'c'")
  if (spec.alternate) throw valueError("Alternate form (#) not allowed with integer format specifier 'c'")
  if (spec.grouping) throw valueError(`Cannot specify '${spec.grouping}' with 'c'.`)
  if (value < 0n || value > 0x10ffffn) throw overflowError("%c arg not in range(0x110000)")
  return String.fromCodePoint(Number(value))
}

function formatFloat(rt: Runtime, value: number, spec: Spec): string {
  if (!/^[eEfFgGn%]?$/.test(spec.type)) unknownCode(spec, "float")
  if (spec.grouping && spec.type === "n") throw valueError(`Cannot specify '${spec.grouping}' with 'n'.`)
  rt.text((spec.precision ?? 0) * 16)
  const isSigned = value < 0 || Object.is(value, -0)
  const percent = spec.type === "%"
  const size = Math.abs(percent ? value * 100 : value)
  const text = floatDigits(size, spec) + (percent ? "%" : "")
  const cased = /[EFG]/.test(spec.type) ? text.toUpperCase() : text
  const isNegative = isSigned && !(spec.noNegativeZero && !/[1-9]/.test(text))
  return pad(rt, signOf(isNegative, spec), cased, spec, ">", 3)
}

function floatDigits(size: number, spec: Spec): string {
  const { precision, alternate } = spec
  if (spec.type === "") {
    if (precision === undefined) return floatText(size, "r", 0)
    const text = floatText(size, "g", precision, alternate)
    // Without a type the result keeps a digit behind the point, and one significant digit less before an exponent.
    if (/[.en]/.test(text) || alternate) return text
    return text.length >= Math.max(precision, 1)
      ? floatText(size, "e", Math.max(precision, 1) - 1).replace(/\.?0*e/, "e")
      : `${text}.0`
  }
  const kind = spec.type === "%" ? "f" : spec.type === "n" ? "g" : spec.type.toLowerCase()
  return floatText(size, kind as FloatKind, precision ?? 6, alternate)
}

const signOf = (isNegative: boolean, { sign }: Spec) => (isNegative ? "-" : sign === "-" ? "" : (sign ?? ""))

/** Puts sign, digits and fill together; `group` is how many digits a separator parts. */
function pad(rt: Runtime, sign: string, body: string, spec: Spec, fallback: "<" | ">", group = 0): string {
  const align = spec.align ?? fallback
  const zeroFilled = align === "=" && spec.fill === "0" && spec.grouping !== "" && group > 0
  const grouped =
    spec.grouping && group > 0
      ? groupDigits(body, spec.grouping, group, zeroFilled ? spec.width - sign.length : 0)
      : body
  const missing = Math.max(0, spec.width - textLength(sign) - textLength(grouped))
  rt.text(missing + grouped.length)
  if (align === "=") return sign + spec.fill.repeat(missing) + grouped
  if (align === "<") return sign + grouped + spec.fill.repeat(missing)
  if (align === ">") return spec.fill.repeat(missing) + sign + grouped
  const left = Math.floor(missing / 2)
  return spec.fill.repeat(left) + sign + grouped + spec.fill.repeat(missing - left)
}

/** Separators between groups; with zeros in front up to the width, which are grouped as well. */
function groupDigits(body: string, separator: string, group: number, width: number): string {
  const [, digits = "", rest = ""] = /^([\da-fA-F]*)(.*)$/s.exec(body) ?? []
  if (/^(?:inf|nan)/i.test(body)) return body
  let whole = digits
  const lengthWith = (count: number) => count + Math.floor((count - 1) / group) + rest.length
  let count = whole.length
  while (lengthWith(count) < width) count++
  whole = whole.padStart(count, "0")
  const groups: string[] = []
  for (let end = whole.length; end > 0; end -= group) groups.unshift(whole.slice(Math.max(0, end - group), end))
  return groups.join(separator) + rest
}
