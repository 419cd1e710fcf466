/** Filters given by the engine's user: functions over plain data. */
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"
import { PyDict, PyList, PyTuple } from "./containers.js"
import { JinjaError, recursionError, typeError } from "./errors.js"
import { itemsOf } from "./iterate.js"
import { MAX_DATA_DEPTH } from "./limits.js"
import type { Runtime } from "./runtime.js"
import type { Definition } from "./signature.js"
import { isText, type Py, PyIterator, PyRange, textOf, typeName, Undefined } from "./values.js"

/**
 * A filter: the value before the `|`, the positional arguments, the arguments by name. An undefined value comes as null.
 * Whatever it throws becomes a JinjaError.
 */
export type CustomFilter = (value: Value, args: readonly Value[], kwargs: ValueMap) => Value

export function customFilters(filters: Readonly<Record<string, CustomFilter>>): Readonly<Record<string, Definition>> {
  return Object.fromEntries(
    Object.entries(filters).map(([name, filter]) => [name, { name, call: caller(name, filter) }]),
  )
}

const caller =
  (name: string, filter: CustomFilter): Definition["call"] =>
  (rt, [value = null, ...args], kwargs) => {
    const named = new Map([...kwargs].map(([key, arg]): [string, Value] => [key, toData(rt, arg)]))
    const [input, ...rest] = [value, ...args].map((arg) => toData(rt, arg))
    try {
      return fromData(rt, filter(input ?? null, rest, named))
    } catch (cause) {
      if (cause instanceof JinjaError) throw cause
      throw new JinjaError(
        "RuntimeError",
        `the filter '${name}' failed: ${cause instanceof Error ? cause.message : cause}`,
        { cause },
      )
    }
  }

/** A template's value as plain data; tuples and what is walked become lists. */
export function toData(rt: Runtime, value: Py, depth = 0): Value {
  if (depth > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded")
  rt.tick()
  if (isText(value)) return textOf(value)
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Undefined) return null
  if (value instanceof PyDict) {
    return new Map(
      value.entries(rt).map(([, key, item]): [string, Value] => [keyText(key), toData(rt, item, depth + 1)]),
    )
  }
  if (value instanceof PyList || value instanceof PyTuple || value instanceof PyIterator || value instanceof PyRange) {
    return itemsOf(rt, value).map((item) => toData(rt, item, depth + 1))
  }
  throw typeError(`a ${typeName(value)} is not plain data`)
}

function keyText(key: Py): string {
  if (isText(key)) return textOf(key)
  throw typeError(`keys must be str, not ${typeName(key)}`)
}

function fromData(rt: Runtime, value: Value): Py {
  const isData =
    value === null || ["string", "boolean", "bigint", "number"].includes(typeof value) || isList(value) || isMap(value)
  if (!isData) throw typeError("the filter gives something that is not data")
  return rt.wrap(value)
}
