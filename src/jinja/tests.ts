/** What stands behind `is`. */
import { isCallable } from "./call.js"
import { equals, type OrderOperator, ordered } from "./compare.js"
import { PyDict, PyList, PyTuple } from "./containers.js"
import { keyOf } from "./hash.js"
import { contains, isIterable, lengthOf } from "./iterate.js"
import { STRING_METHODS } from "./methods/string.js"
import { BINARY } from "./operators.js"
import { toText } from "./repr.js"
import { type Definition, define } from "./signature.js"
import {
  isNumber,
  isText,
  Markup,
  NO_KWARGS,
  type Py,
  PyBytes,
  PyComplex,
  PyRange,
  textOf,
  Undefined,
} from "./values.js"

const remainder = (divisor: bigint, wanted: bigint) =>
  define("test value", (rt, value: Py) => equals(rt, BINARY["%"](rt, value, divisor), wanted))
const is = (test: (value: Py) => boolean) => define("test value", (_rt, value: Py) => test(value))
const compare = (operator: OrderOperator) =>
  define(`${operator} a b`, (rt, a: Py, b: Py) => ordered(rt, operator, a, b))
const equal = define("eq a b", (rt, a: Py, b: Py) => equals(rt, a, b))
const unequal = define("ne a b", (rt, a: Py, b: Py) => !equals(rt, a, b))

const TESTS: Readonly<Record<string, Definition>> = {
  odd: remainder(2n, 1n),
  even: remainder(2n, 0n),
  divisibleby: define("test_divisibleby value num", (rt, value: Py, by: Py) =>
    equals(rt, BINARY["%"](rt, value, by), 0n),
  ),
  defined: is((value) => !(value instanceof Undefined)),
  undefined: is((value) => value instanceof Undefined),
  none: is((value) => value === null),
  boolean: is((value) => typeof value === "boolean"),
  false: is((value) => value === false),
  true: is((value) => value === true),
  integer: is((value) => typeof value === "bigint"),
  float: is((value) => typeof value === "number"),
  number: is((value) => isNumber(value) || value instanceof PyComplex),
  string: is(isText),
  mapping: is((value) => value instanceof PyDict),
  sequence: is(isSequence),
  iterable: is(isIterable),
  callable: is(isCallable),
  escaped: is((value) => value instanceof Markup),
  lower: define("test_lower value", (rt, value: Py) => STRING_METHODS.islower.call(rt, [toText(rt, value)], NO_KWARGS)),
  upper: define("test_upper value", (rt, value: Py) => STRING_METHODS.isupper.call(rt, [toText(rt, value)], NO_KWARGS)),
  sameas: define("test_sameas value other", (_rt, value: Py, other: Py) => isSame(value, other)),
  in: define("test_in value seq", (rt, value: Py, items: Py) => contains(rt, items, value)),
  "==": equal,
  eq: equal,
  equalto: equal,
  "!=": unequal,
  ne: unequal,
  ">": compare(">"),
  gt: compare(">"),
  greaterthan: compare(">"),
  ">=": compare(">="),
  ge: compare(">="),
  "<": compare("<"),
  lt: compare("<"),
  lessthan: compare("<"),
  "<=": compare("<="),
  le: compare("<="),
}

function isSequence(value: Py): boolean {
  if (value instanceof Undefined || isText(value)) return true
  const indexed =
    value instanceof PyList ||
    value instanceof PyTuple ||
    value instanceof PyDict ||
    value instanceof PyRange ||
    value instanceof PyBytes
  return indexed && lengthOf(value) !== undefined
}

/** Python's `is`: one object. Small ints and equal constants are one there too. */
function isSame(a: Py, b: Py): boolean {
  return typeof a === typeof b && (a === b || (typeof a === "number" && Object.is(a, b)))
}

export type FindTest = (name: string) => Definition | undefined

/** Jinja2's tests; `filter` and `test` ask for names. */
export function findTest(filters: (name: string) => Definition | undefined): FindTest {
  const named = (find: FindTest) =>
    define("test_named value", (rt, value: Py) => {
      if (isText(value)) return find(textOf(value)) !== undefined
      if (typeof value === "object") keyOf(rt, value)
      return false
    })
  const find: FindTest = (name) =>
    Object.hasOwn(asking, name) ? asking[name] : Object.hasOwn(TESTS, name) ? TESTS[name] : undefined
  const asking: Readonly<Record<string, Definition>> = { filter: named(filters), test: named(find) }
  return find
}
