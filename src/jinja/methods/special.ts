/** The methods behind the operators, for values that have them: `text.__add__(other)` is `text + other`. */
import { equals, type OrderOperator, ordered } from "../compare.js"
import { PyDict, PyList, PyTuple } from "../containers.js"
import { lengthOf } from "../iterate.js"
import { BINARY } from "../operators.js"
import { repr, toText } from "../repr.js"
import { type Definition, defineMethod } from "../signature.js"
import { isNumber, isText, type Py } from "../values.js"

const binary = (operator: keyof typeof BINARY) =>
  defineMethod("operator other", (rt, self: Py, other: Py) => BINARY[operator](rt, self, other))
const reversed = (operator: keyof typeof BINARY) =>
  defineMethod("operator other", (rt, self: Py, other: Py) => BINARY[operator](rt, other, self))
const order = (operator: OrderOperator) =>
  defineMethod("operator other", (rt, self: Py, other: Py) => ordered(rt, operator, self, other))

const EVERY = {
  __eq__: defineMethod("__eq__ other", (rt, self: Py, other: Py) => equals(rt, self, other)),
  __ne__: defineMethod("__ne__ other", (rt, self: Py, other: Py) => !equals(rt, self, other)),
  __str__: defineMethod("__str__", (rt, self: Py) => toText(rt, self)),
  __repr__: defineMethod("__repr__", (rt, self: Py) => repr(rt, self)),
  __len__: defineMethod("__len__", (_rt, self: Py) => BigInt(lengthOf(self) ?? 0)),
}
const ORDERED = { __lt__: order("<"), __le__: order("<="), __gt__: order(">"), __ge__: order(">=") }
const SEQUENCE = { ...EVERY, ...ORDERED, __add__: binary("+"), __mul__: binary("*"), __rmul__: reversed("*") }
const TEXT = { ...SEQUENCE, __mod__: binary("%") }
const NUMBER = {
  ...EVERY,
  ...ORDERED,
  __add__: binary("+"),
  __radd__: reversed("+"),
  __sub__: binary("-"),
  __rsub__: reversed("-"),
  __mul__: binary("*"),
  __rmul__: reversed("*"),
  __truediv__: binary("/"),
  __floordiv__: binary("//"),
  __mod__: binary("%"),
  __pow__: binary("**"),
}

export function findSpecialMethod(value: Py, name: string): Definition | undefined {
  const table: Readonly<Record<string, Definition>> | undefined = tableOf(value)
  if (!table || !Object.hasOwn(table, name)) return undefined
  return name === "__len__" && isNumber(value) ? undefined : table[name]
}

function tableOf(value: Py) {
  if (isText(value)) return TEXT
  if (isNumber(value)) return NUMBER
  if (value instanceof PyList || value instanceof PyTuple) return SEQUENCE
  return value instanceof PyDict ? EVERY : undefined
}
