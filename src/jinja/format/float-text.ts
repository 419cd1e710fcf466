/** Floats in the presentations of Python's formatting: `f`, `e`, `g` and their like, correctly rounded. */
import { floatRepr } from "../../data/python.js"

export type FloatKind = "e" | "f" | "g" | "r"

/**
 * The digits of a float that is not negative.
 * @param kind `r` is repr's own form
 * @param alternate keep the point and the zeros behind it (`#`)
 */
export function floatText(value: number, kind: FloatKind, precision: number, alternate = false): string {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return "inf"
  if (kind === "r") return floatRepr(value)
  if (kind === "f") return withPoint(fixed(value, precision), alternate)
  if (kind === "e") return exponential(value, precision, alternate)
  return general(value, precision === 0 ? 1 : precision, alternate)
}

const withPoint = (digits: string, alternate: boolean) => (alternate && !digits.includes(".") ? `${digits}.` : digits)

/** Exact decimal digits: toFixed stops at 100 places and at 1e21. */
function fixed(value: number, precision: number): string {
  const digits = scaled(value, precision).padStart(precision + 1, "0")
  return precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`
}

/** `value = mantissa * 2 ** exponent`. */
function decompose(value: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  return exponent === 0 ? [fraction, -1074] : [fraction | 0x10000000000000n, exponent - 1075]
}

/** One digit, the point and `precision` more, and the power of ten. */
function scientific(value: number, precision: number): [string, number] {
  const point = (digits: string) => (precision > 0 ? `${digits[0]}.${digits.slice(1)}` : digits)
  if (value === 0) return [point("0".repeat(precision + 1)), 0]
  // Rounding may carry into one digit more, so begin below and take the first power that does not give too many.
  for (let exponent = Math.floor(Math.log10(value)) - 1; ; exponent++) {
    const digits = scaled(value, precision - exponent)
    if (digits.length === precision + 1) return [point(digits), exponent]
  }
}

/** The digits of `value * 10 ** places`, rounded half to even. */
function scaled(value: number, places: number): string {
  const [mantissa, exponent] = decompose(value)
  const up = places > 0 ? mantissa * 10n ** BigInt(places) : mantissa
  const down = (places < 0 ? 10n ** BigInt(-places) : 1n) << BigInt(Math.max(0, -exponent))
  const top = exponent > 0 ? up << BigInt(exponent) : up
  const floor = top / down
  const rest = (top - floor * down) * 2n
  return (rest > down || (rest === down && floor % 2n === 1n) ? floor + 1n : floor).toString()
}

function exponential(value: number, precision: number, alternate: boolean): string {
  const [mantissa, exponent] = scientific(value, precision)
  return withPoint(mantissa, alternate) + exponentText(exponent)
}

const exponentText = (exponent: number) => `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`

/** `precision` significant digits; an exponent where it would be shorter to read. */
function general(value: number, precision: number, alternate: boolean): string {
  const [mantissa, exponent] = scientific(value, precision - 1)
  const trim = (digits: string) => (alternate || !digits.includes(".") ? digits : digits.replace(/\.?0+$/, ""))
  if (exponent < -4 || exponent >= precision) return trim(withPoint(mantissa, alternate)) + exponentText(exponent)
  return trim(withPoint(fixed(value, Math.max(0, precision - 1 - exponent)), alternate))
}

/** The float nearest to the value rounded to so many decimal places (tens, hundreds where negative), half to even. */
export function roundToPlaces(value: number, places: number): number {
  const size = Number(`${scaled(Math.abs(value), places)}e${-places}`)
  return value < 0 ? -size : size
}
