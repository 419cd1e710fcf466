/**
 * What a plain YAML scalar means. PyYAML reads YAML 1.1, if not quite by the letter: the exponent of a float needs a
 * sign, and the float a point. The rules here are PyYAML's, but for dates: they stay the text they were.
 */
import { MAX_INT_DIGITS } from "./json.js"
import { floatRepr } from "./python.js"
import type { Value } from "./value.js"

const words = (value: Value, ...texts: string[]) => texts.map((text) => [text, value] as const)

const WORDS: ReadonlyMap<string, Value> = new Map([
  ...words(null, "", "~", "null", "Null", "NULL"),
  ...words(true, "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"),
  ...words(false, "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"),
  ...words(Number.POSITIVE_INFINITY, ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"),
  ...words(Number.NEGATIVE_INFINITY, "-.inf", "-.Inf", "-.INF"),
  ...words(Number.NaN, ".nan", ".NaN", ".NAN"),
])

const MAYBE_NUMBER = /^[-+.\d]/
const INT = /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*(?::[0-5]?\d)*)$/
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/

/** The value of a plain scalar; undefined for what looks like a number and is none (`0x_`), or has too many digits. */
export function resolvePlain(text: string): Value | undefined {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!MAYBE_NUMBER.test(text)) return text
  if (INT.test(text)) return readInt(text)
  return FLOAT.test(text) ? readFloat(text) : text
}

/** The value of a scalar tagged `!!int`, or undefined: `-12`, `1_000`, `0b1`, `012`, `0x1F`, `1:30`. */
export function readInt(text: string): bigint | undefined {
  const digits = unsigned(text)
  if (!INT.test(text) || digits.length > MAX_INT_DIGITS || /^0[bx]$/.test(digits)) return undefined
  const parts = (/^0[0-7]/.test(digits) ? `0o${digits}` : digits).split(":").reverse()
  return signed(
    text,
    parts.reduce((sum, part, i) => sum + BigInt(part) * 60n ** BigInt(i), 0n),
  )
}

/** The value of a scalar tagged `!!float`, or undefined. With the tag `1` and `1e5` are floats too. */
export function readFloat(text: string): number | undefined {
  const word = WORDS.get(text)
  if (typeof word === "number") return word
  const digits = unsigned(text)
  if (!/^(?:(?:\d+:)*\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(digits)) return undefined
  const parts = digits.split(":").reverse()
  return signed(
    text,
    parts.reduce((sum, part, i) => sum + Number(part) * 60 ** i, 0),
  )
}

/** The value of a scalar tagged `!!bool`, or undefined. */
export function readBool(text: string): boolean | undefined {
  const word = WORDS.get(text)
  return typeof word === "boolean" ? word : undefined
}

/** A scalar as a key, as Python's json.dumps writes it: `1`, `1.5`, `true`, `null`, `NaN`, `-Infinity`. */
export function keyText(key: null | boolean | bigint | number | string): string {
  return typeof key === "number" && Number.isFinite(key) ? floatRepr(key) : String(key)
}

const unsigned = (text: string) => text.replace(/^[-+]/, "").replaceAll("_", "")
const signed = <Size extends bigint | number>(text: string, size: Size) => (text.startsWith("-") ? -size : size) as Size
