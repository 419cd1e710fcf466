/**
 * Values as Python shows and compares them. Users see these forms in `--get`, in the shell file and in templates, so
 * they are kept to the letter (Python reference: str(), repr(), truth value testing, comparisons).
 */
import { isList, isMap, type Value } from "./value.js"

/** Python's truth value: null, false, 0, 0.0, "", [] and {} are false. */
export function isTruthy(value: Value | undefined): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.size > 0
  // NaN is true in Python and false in JavaScript.
  return typeof value === "number" ? value !== 0 : Boolean(value)
}

/** `str(value)`: a string as it is, everything else as {@link pythonRepr}. */
export const pythonStr = (value: Value): string => (typeof value === "string" ? value : pythonRepr(value))

/** `repr(value)`: `None`, `True`, `1.0`, `'it'`, `['a']`, `{'k': 1}`. */
export function pythonRepr(value: Value): string {
  if (value === null) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (typeof value === "bigint") return value.toString()
  if (typeof value === "number") return floatRepr(value)
  if (typeof value === "string") return stringRepr(value)
  if (isList(value)) return `[${value.map(pythonRepr).join(", ")}]`
  return `{${[...value].map(([key, item]) => `${stringRepr(key)}: ${pythonRepr(item)}`).join(", ")}}`
}

/**
 * `repr(float)`: the shortest digits that read back equal, always with `.0` or an exponent; an exponent below 1e-4 and
 * from 1e16 on (float_repr_style 'short').
 */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0"
  const size = Math.abs(value)
  // In between JavaScript writes the same digits, and no exponent.
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e")
  const exponent = Number(exponentText)
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`
}

/** `repr(str)`: single quotes unless only those occur inside; what Python calls not printable is escaped. */
export function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replace(needsEscape(), (char) => {
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char
    return NAMED_ESCAPES[char] ?? hexEscape(char.codePointAt(0)!)
  })
  return quote + body + quote
}

/**
 * A text that two values share exactly if `a == b`: structural, ints, floats and booleans by their number, maps without
 * regard to order. NaN, which in Python equals nothing, is one value here.
 */
export function equalityKey(value: Value): string {
  if (typeof value === "string") return `s${value.length}:${value}`
  if (isList(value)) return `[${value.map(equalityKey).join("")}]`
  if (isMap(value))
    return `{${[...value]
      .map(([key, item]) => equalityKey(key) + equalityKey(item))
      .sort()
      .join("")}}`
  if (typeof value === "boolean") return value ? "i1;" : "i0;"
  // Decimal digits of a long int take the square of its length.
  if (typeof value === "bigint") return `i${value.toString(16)};`
  return Number.isInteger(value) ? equalityKey(BigInt(value!)) : `${value};`
}

// Python's str.isprintable: everything but the categories Other and Separator, and the space itself.
const needsEscape = () => /['"\\]|(?! )[\p{C}\p{Z}]/gu
const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }

function hexEscape(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`
  return `\\U${code.toString(16).padStart(8, "0")}`
}
