/** Python's arithmetic on ints (bigint) and floats (number). */
import { JinjaError, limitError, overflowError, valueError, zeroDivisionError } from "./errors.js"
import { MAX_INT_DIGITS } from "./limits.js"
import { exactPower } from "./power.js"
import { TOO_MANY_DIGITS } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { strip } from "./text.js"
import { type Py, PyComplex, toInt } from "./values.js"

type Int = bigint | boolean
type Num = Int | number

/** `float(int)`. */
export function toFloat(value: Num): number {
  if (typeof value === "number") return value
  const float = Number(value)
  if (!Number.isFinite(float)) throw overflowError("int too large to convert to float")
  return float
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const isSafe = (value: bigint) => value <= SAFE && value >= -SAFE
/** How many bits an int takes. */
export const bitLength = (value: bigint): number =>
  isSafe(value)
    ? Math.ceil(Math.log2(Math.abs(Number(value)) + 1))
    : (value < 0n ? -value : value).toString(16).length * 4

function bounded(rt: Runtime, bits: number): void {
  if (bits > rt.limits.bits) throw limitError(`the template computes an int of more than ${rt.limits.bits} bits`)
  rt.tick(bits >>> 8)
}

/** Accounts for an operation on two numbers, which may be long ints. */
export function chargeInts(rt: Runtime, a: Num, b: Num): void {
  if (typeof a !== "bigint" || typeof b !== "bigint" || (isSafe(a) && isSafe(b))) return
  const [x, y] = [bitLength(a), bitLength(b)]
  rt.tick(((x + y) >>> 8) + Math.floor((x * y) / 2 ** 20))
}

/** `a / b`: for ints the nearest float to the exact quotient. */
export function divide(a: Num, b: Num): number {
  if (typeof a === "number" || typeof b === "number") {
    const divisor = toFloat(b)
    if (divisor === 0) throw zeroDivisionError("float division by zero")
    return toFloat(a) / divisor
  }
  const [x, y] = [toInt(a), toInt(b)]
  if (y === 0n) throw zeroDivisionError("division by zero")
  return isSafe(x) && isSafe(y) ? Number(x) / Number(y) : divideBig(x, y)
}

function divideBig(a: bigint, b: bigint): number {
  const negative = a < 0n !== b < 0n
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  // Enough bits that the conversion to a float does the only rounding; the rest of the division is one sticky bit.
  const shift = BigInt(Math.max(0, 66 - (bitLength(x) - bitLength(y))))
  const quotient = (x << shift) / y
  const sticky = quotient * y === x << shift ? 0n : 1n
  const float = Number((quotient << 1n) | sticky) / 2
  const result = float / 2 ** Number(shift)
  if (!Number.isFinite(result)) throw overflowError("integer division result too large for a float")
  return negative ? -result : result
}

/** `a // b`. */
export function floorDivide(a: Num, b: Num): bigint | number {
  if (typeof a === "number" || typeof b === "number")
    return floatDivmod(toFloat(a), toFloat(b), "float floor division by zero")[0]
  const [x, y] = [toInt(a), toInt(b)]
  if (y === 0n) throw zeroDivisionError("integer division or modulo by zero")
  const quotient = x / y
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient
}

/** `a % b`: has the sign of b. */
export function modulo(a: Num, b: Num): bigint | number {
  if (typeof a === "number" || typeof b === "number") return floatDivmod(toFloat(a), toFloat(b), "float modulo")[1]
  const [x, y] = [toInt(a), toInt(b)]
  if (y === 0n) throw zeroDivisionError("integer modulo by zero")
  const rest = x % y
  return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest
}

function floatDivmod(a: number, b: number, problem: string): [number, number] {
  if (b === 0) throw zeroDivisionError(problem)
  let rest = a % b
  let quotient = (a - rest) / b
  if (rest !== 0) {
    if (b < 0 !== rest < 0) {
      rest += b
      quotient -= 1
    }
  } else rest = b < 0 ? -0 : 0
  if (quotient === 0) return [a / b < 0 || Object.is(a / b, -0) ? -0 : 0, rest]
  const floor = Math.floor(quotient)
  return [quotient - floor > 0.5 ? floor + 1 : floor, rest]
}

export function multiplyInts(rt: Runtime, a: Int, b: Int): bigint {
  const [x, y] = [toInt(a), toInt(b)]
  if (!isSafe(x) || !isSafe(y)) bounded(rt, bitLength(x) + bitLength(y))
  return x * y
}

/** What an exact power of floats takes. */
const POWER_STEPS = 64

/** `a ** b`. */
export function power(rt: Runtime, a: Num, b: Num): Py {
  if (typeof a !== "number" && typeof b !== "number") {
    const [base, exponent] = [toInt(a), toInt(b)]
    if (exponent >= 0n) return powerInts(rt, base, exponent)
  }
  rt.tick(POWER_STEPS)
  return powerFloats(toFloat(a), toFloat(b))
}

function powerInts(rt: Runtime, base: bigint, exponent: bigint): bigint {
  if (base === 0n || base === 1n || base === -1n) return base ** (exponent === 0n ? 0n : exponent % 2n === 0n ? 2n : 1n)
  bounded(rt, Math.max(0, bitLength(base) - 1) * Number(exponent))
  return base ** exponent
}

function powerFloats(base: number, exponent: number): Py {
  if (base === 0 && exponent < 0) throw zeroDivisionError("0.0 cannot be raised to a negative power")
  if (base === 1 || exponent === 0) return 1
  // JavaScript leaves (-1) ** Infinity undefined, where C gives 1.
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    const size = exactPower(-base, exponent)
    return new PyComplex(size * Math.cos(Math.PI * exponent), size * Math.sin(Math.PI * exponent))
  }
  const result = exactFloatPower(base, exponent)
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw new JinjaError("OverflowError", "(34, 'Numerical result out of range')")
  }
  return result
}

function exactFloatPower(base: number, exponent: number): number {
  if (!Number.isFinite(base) || !Number.isFinite(exponent) || base === 0) return base ** exponent
  const size = exactPower(Math.abs(base), exponent)
  return base < 0 && exponent % 2 !== 0 ? -size : size
}

const DIGIT_RUN = "\\d(?:_?\\d)*"
const FLOAT_TEXT = new RegExp(
  `^[+-]?(?:(?:${DIGIT_RUN}(?:\\.(?:${DIGIT_RUN})?)?|\\.${DIGIT_RUN})(?:e[+-]?${DIGIT_RUN})?|inf(?:inity)?|nan)$`,
  "i",
)

/** `float(text)`; undefined where Python raises ValueError. */
export function parseFloatText(text: string): number | undefined {
  const body = strip(text)
  if (!FLOAT_TEXT.test(body)) return undefined
  const word = /^([+-]?)(inf|nan)/i.exec(body)
  if (word) return word[2]?.toLowerCase() === "nan" ? Number.NaN : word[1] === "-" ? -Infinity : Infinity
  return Number(body.replaceAll("_", ""))
}

/** `int(text, base)`; undefined where Python raises ValueError. */
export function parseIntText(text: string, base = 10): bigint | undefined {
  const match = /^([+-]?)(.*)$/s.exec(strip(text))
  const digits = withoutPrefix(match?.[2]?.toLowerCase() ?? "", base)
  if (!digits || !/^[\da-z](?:_?[\da-z])*$/.test(digits.text)) return undefined
  const plain = digits.text.replaceAll("_", "")
  if (!new RegExp(`^[${DIGITS.slice(0, digits.base)}]+$`).test(plain)) return undefined
  if (digits.base === 10 && plain.length > MAX_INT_DIGITS) {
    throw valueError(
      `${TOO_MANY_DIGITS}: value has ${plain.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
    )
  }
  const value = digitsValue(plain, digits.base)
  return match?.[1] === "-" ? -value : value
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
const PREFIXES: Readonly<Record<string, number>> = { "0x": 16, "0o": 8, "0b": 2 }

function withoutPrefix(text: string, base: number): { text: string; base: number } | undefined {
  const prefix = PREFIXES[text.slice(0, 2)]
  if (prefix !== undefined && (base === 0 || base === prefix))
    return { text: text.slice(2).replace(/^_/, ""), base: prefix }
  if (base !== 0) return { text, base }
  return /^0[_0]*[1-9]/.test(text) ? undefined : { text, base: 10 }
}

function digitsValue(text: string, base: number): bigint {
  if (base === 10) return BigInt(text)
  if (base === 16) return BigInt(`0x${text}`)
  let value = 0n
  for (const char of text) value = value * BigInt(base) + BigInt(Number.parseInt(char, 36))
  return value
}

/** `int(float)`, towards zero. */
export function truncate(value: number): bigint {
  if (Number.isNaN(value)) throw valueError("cannot convert float NaN to integer")
  if (!Number.isFinite(value)) throw overflowError("cannot convert float infinity to integer")
  return BigInt(Math.trunc(value))
}
