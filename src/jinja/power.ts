/**
 * `a ** b` for floats, correctly rounded: JavaScript's own power is off by a bit in the last place now and then
 * (`10 ** -5`), which Python's is not.
 */

/** Bits behind the point of the fixed-point numbers here. */
const BITS = 192n
const ONE = 1n << BITS

/** @param base positive and finite @param exponent finite */
export function exactPower(base: number, exponent: number): number {
  const quick = base ** exponent
  if (quick === 0 || !Number.isFinite(quick) || base === 1 || exponent === 1) return quick
  const [mantissa, shift] = split(base)
  const [factor, factorShift] = split(exponent)
  const log = logarithm(mantissa) + BigInt(shift) * ln2()
  const product = scale(log * factor, factorShift) >> BITS
  const twos = (product + (ln2() >> 1n)) / ln2()
  const twosDown = product + (ln2() >> 1n) < twos * ln2() ? twos - 1n : twos
  const result = Number(exponential(product - twosDown * ln2()))
  const power = Number(twosDown) - Number(BITS)
  // In two steps, for 2 ** power alone may be out of range.
  return result * 2 ** Math.trunc(power / 2) * 2 ** (power - Math.trunc(power / 2))
}

/** A float as a fixed-point number from 1 up to 2 (or its negative) and a power of two. */
function split(value: number): [bigint, number] {
  let exponent = Math.floor(Math.log2(Math.abs(value)))
  if (2 ** exponent > Math.abs(value)) exponent--
  const mantissa = value / 2 ** exponent
  return [BigInt(mantissa * 2 ** 52) << (BITS - 52n), exponent]
}

const scale = (value: bigint, shift: number) => (shift >= 0 ? value << BigInt(shift) : value >> BigInt(-shift))

let knownLn2: bigint | undefined
function ln2(): bigint {
  knownLn2 ??= 2n * inverseTanh(ONE / 3n)
  return knownLn2
}

/** From 1 up to 2: ln(x) = 2 artanh((x - 1) / (x + 1)). */
const logarithm = (value: bigint) => 2n * inverseTanh(((value - ONE) << BITS) / (value + ONE))

function inverseTanh(value: bigint): bigint {
  const square = (value * value) >> BITS
  let [sum, term] = [0n, value]
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term / n
    term = (term * square) >> BITS
  }
  return sum
}

function exponential(value: bigint): bigint {
  let [sum, term] = [ONE, ONE]
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * value) / n) >> BITS
    sum += term
  }
  return sum
}
