/** Methods of int and float. */

import { PyTuple } from "../containers.js"
import { bitLength, chargeInts, truncate } from "../numbers.js"
import { defineMethod } from "../signature.js"
import { type Py, toInt } from "../values.js"

type Int = bigint | boolean

export const INT_METHODS = {
  bit_length: defineMethod("bit_length", (rt, self: Int) => {
    chargeInts(rt, self, 1n)
    return BigInt(exactBits(toInt(self)))
  }),
  bit_count: defineMethod("bit_count", (rt, self: Int) => {
    const digits = magnitude(toInt(self)).toString(2)
    rt.text(digits.length)
    return BigInt(digits.replaceAll("0", "").length)
  }),
  conjugate: defineMethod("conjugate", (_rt, self: Int) => toInt(self)),
  as_integer_ratio: defineMethod("as_integer_ratio", (_rt, self: Int) => new PyTuple([toInt(self), 1n])),
}

export const FLOAT_METHODS = {
  is_integer: defineMethod("is_integer", (_rt, self: number) => Number.isInteger(self)),
  conjugate: defineMethod("conjugate", (_rt, self: number) => self),
  hex: defineMethod("hex", (_rt, self: number) => floatHex(self)),
  as_integer_ratio: defineMethod("as_integer_ratio", (rt, self: number) => {
    rt.tick(128)
    return ratio(self)
  }),
}

const magnitude = (value: bigint) => (value < 0n ? -value : value)
const exactBits = (value: bigint) =>
  value === 0n ? 0 : bitLength(value) > 52 ? magnitude(value).toString(2).length : bitLength(value)

function ratio(value: number): Py {
  truncate(value)
  let denominator = 1n
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    denominator *= 2n
  }
  return new PyTuple([BigInt(scaled), denominator])
}

function floatHex(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
  const sign = value < 0 || Object.is(value, -0) ? "-" : ""
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const exponent = Number(bits >> 52n)
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, "0")
  if (value === 0) return `${sign}0x0.0p+0`
  const power = exponent === 0 ? -1022 : exponent - 1023
  return `${sign}0x${exponent === 0 ? 0 : 1}.${fraction}p${power < 0 ? "-" : "+"}${Math.abs(power)}`
}
