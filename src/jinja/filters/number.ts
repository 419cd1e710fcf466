/** Filters on numbers. */
import { filterArgumentError, JinjaError, limitError, overflowError, typeError, valueError } from "../errors.js"
import { floatText, roundToPlaces } from "../format/float-text.js"
import { failUndefined, isTrue } from "../iterate.js"
import { parseFloatText, parseIntText, toFloat, truncate } from "../numbers.js"
import { BINARY } from "../operators.js"
import { repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { isInt, isNumber, isText, type Py, PyComplex, textOf, toInt, typeName, Undefined } from "../values.js"

export const NUMBER_FILTERS = {
  abs: define("abs x", (_rt, value: Py) => {
    if (isInt(value)) return toInt(value) < 0n ? -toInt(value) : toInt(value)
    if (typeof value === "number") return Math.abs(value)
    if (value instanceof PyComplex) return Math.hypot(value.real, value.imag)
    throw typeError(`bad operand type for abs(): '${typeName(value)}'`)
  }),
  int: define("do_int value default= base=", toIntFilter),
  float: define("do_float value default=", (rt, value: Py, fallback: Py = 0) =>
    orElse(rt, () => floatOf(rt, value), fallback),
  ),
  round: define("do_round value precision= method=", round),
  filesizeformat: define("do_filesizeformat value binary=", (rt, value: Py, binary: Py = false) =>
    fileSize(floatOf(rt, value), isTrue(binary)),
  ),
}

/** What it takes to make an error and catch it. */
const ERROR_STEPS = 32

/** The value of a conversion, or the fallback where it is refused. */
function orElse<T>(rt: Runtime, convert: () => Py, fallback: T, refusals = ["TypeError", "ValueError"]): Py | T {
  try {
    return convert()
  } catch (error) {
    if (!(error instanceof JinjaError && refusals.includes(error.pythonClass))) throw error
    rt.tick(ERROR_STEPS)
    return fallback
  }
}

/** `float(value)`. */
function floatOf(rt: Runtime, value: Py): number {
  if (isNumber(value)) return toFloat(value)
  if (value instanceof Undefined) return failUndefined(value)
  if (!isText(value)) throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`)
  const float = parseFloatText(textOf(value))
  if (float === undefined) throw valueError(`could not convert string to float: ${repr(rt, textOf(value))}`)
  return float
}

function intOf(rt: Runtime, value: Py, base: Py): bigint {
  if (isInt(value)) return toInt(value)
  if (typeof value === "number") return truncate(value)
  if (value instanceof Undefined) return failUndefined(value)
  if (!isText(value))
    throw typeError(`int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`)
  if (!isInt(base)) throw typeError(`'${typeName(base)}' object cannot be interpreted as an integer`)
  const radix = Number(toInt(base))
  if (radix !== 0 && (radix < 2 || radix > 36)) throw valueError("int() base must be >= 2 and <= 36, or 0")
  // Python bounds the digits of decimals only.
  if (radix !== 10 && textOf(value).length > rt.limits.bits / 5) throw limitError("the text of an int is too long")
  const int = parseIntText(textOf(value), radix)
  if (int === undefined) throw valueError(`invalid literal for int() with base ${radix}: ${repr(rt, textOf(value))}`)
  return int
}

/** "42.23" is 42 as well, hence the way over float. */
function toIntFilter(rt: Runtime, value: Py, fallback: Py = 0n, base: Py = 10n): Py {
  const viaFloat = () => truncate(floatOf(rt, value))
  const int = orElse(rt, () => intOf(rt, value, base), undefined)
  return int === undefined ? orElse(rt, viaFloat, fallback, ["TypeError", "ValueError", "OverflowError"]) : int
}

function round(rt: Runtime, value: Py, precision: Py = 0n, method: Py = "common"): Py {
  if (method !== "common" && method !== "ceil" && method !== "floor")
    throw filterArgumentError("method must be common, ceil or floor")
  if (method === "common") return roundCommon(value, precision)
  const scale = BINARY["**"](rt, 10n, precision)
  const scaled = BINARY["*"](rt, value, scale)
  if (!isNumber(scaled)) throw typeError(`must be real number, not ${typeName(scaled)}`)
  const whole = isInt(scaled) ? toInt(scaled) : truncate(method === "ceil" ? Math.ceil(scaled) : Math.floor(scaled))
  return BINARY["/"](rt, whole, scale)
}

/** `round(value, precision)`: half to even. */
function roundCommon(value: Py, precision: Py): Py {
  if (value instanceof Undefined) throw typeError("type Undefined doesn't define __round__ method")
  if (!isNumber(value)) throw typeError(`type ${typeName(value)} doesn't define __round__ method`)
  if (precision === null) return isInt(value) ? toInt(value) : truncate(roundToPlaces(value, 0))
  if (!isInt(precision)) throw typeError(`'${typeName(precision)}' object cannot be interpreted as an integer`)
  const places = Number(toInt(precision))
  if (!isInt(value)) return roundFloat(value, places)
  return places >= 0 ? toInt(value) : roundInt(toInt(value), -places)
}

function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 330) return value
  const rounded = places < -330 ? 0 : roundToPlaces(value, places)
  if (!Number.isFinite(rounded)) throw overflowError("rounded value too large to represent")
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded
}

function roundInt(value: bigint, zeros: number): bigint {
  if (zeros > 5000) {
    if (zeros > 1e9) throw limitError("rounding to that many places")
    return 0n
  }
  const unit = 10n ** BigInt(zeros)
  const size = value < 0n ? -value : value
  const rest = size % unit
  const floor = size - rest
  const up = rest * 2n > unit || (rest * 2n === unit && (floor / unit) % 2n === 1n)
  const rounded = up ? floor + unit : floor
  return value < 0n ? -rounded : rounded
}

const UNITS = "kMGTPEZY"

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (bytes === 1) return "1 Byte"
  if (bytes < base) return `${truncate(bytes)} Bytes`
  for (let i = 0; ; i++) {
    const unit = base ** (i + 2)
    if (bytes >= unit && i < UNITS.length - 1) continue
    const prefix = binary ? `${UNITS[i]?.toUpperCase()}i` : UNITS[i]
    return `${bytes === Infinity ? "inf" : Number.isNaN(bytes) ? "nan" : floatText((base * bytes) / unit, "f", 1)} ${prefix}B`
  }
}
