import { isTruthy } from "../data/python.js"
import { isMap, type Value, type ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Path, showPath } from "./path.js"

/**
 * Lays one map over another as the bases and the app file are merged: maps merge key by key, lists are replaced, a
 * falsy value below gives way to any type, and two values of different types are an error (Python's types: 1 and 1.0
 * differ, null over a value too).
 * @throws StateError CONFIG_INVALID naming the key and both types
 */
export function mergeMaps(below: ValueMap, over: ValueMap, at: Path = []): ValueMap {
  const merged = new Map(below)
  for (const [key, value] of over) {
    const old = merged.get(key)
    merged.set(key, old === undefined ? value : mergeValue(old, value, [...at, key]))
  }
  return merged
}

function mergeValue(below: Value, over: Value, at: Path): Value {
  if (isMap(below) && isMap(over)) return mergeMaps(below, over, at)
  if (!isTruthy(below)) return over
  if (typeName(below) === typeName(over)) return over
  throw new StateError("CONFIG_INVALID", `Cannot merge "${showPath(at)}": ${typeName(over)} over ${typeName(below)}`, {
    hint: "Give both files a value of the same type there, or remove one of the two.",
  })
}

/** The name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  if (isMap(value)) return "a map"
  if (typeof value === "bigint") return "an integer"
  if (typeof value === "number") return "a float"
  return typeof value === "boolean" ? "a boolean" : "a text"
}
