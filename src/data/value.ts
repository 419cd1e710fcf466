/**
 * The value model under everything: what a context document, a config file or a template's data is made of.
 *
 * Python keeps `1` and `1.0` apart and its ints have no bound, so JavaScript's own types carry it as follows:
 * `bigint` is an int, `number` is a float, a `Map` is a dict. A plain object would move the key `"10"` behind `"9"`
 * and give `__proto__` a meaning; a Map keeps every key where it stood and means nothing by any of them.
 * Values are never changed in place: a change gives a new value that shares what stayed.
 */
export type Value = null | boolean | bigint | number | string | ValueList | ValueMap
export type ValueList = readonly Value[]
export type ValueMap = ReadonlyMap<string, Value>

/**
 * Nesting beyond this is refused wherever text becomes a value: so no later walk can exhaust the stack, and PyYAML,
 * whose recursion ends between 400 and 500, can read what is stored.
 */
export const MAX_DEPTH = 300

export const isMap = (value: Value | undefined): value is ValueMap => value instanceof Map
export const isList = (value: Value | undefined): value is ValueList => Array.isArray(value)

/**
 * A JavaScript value as a Value: safe integers become ints, other numbers floats, bigints ints, arrays lists, Maps
 * and plain objects maps (own enumerable keys; undefined members are left out, as JSON.stringify does).
 * @throws TypeError for what has no counterpart (functions, symbols, class instances) and for cycles or nesting
 *   beyond {@link MAX_DEPTH}.
 */
export function fromJs(value: unknown, depth = 0): Value {
  if (value === null || value === undefined) return null
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") return value
  if (depth >= MAX_DEPTH) throw new TypeError(`the value is nested more than ${MAX_DEPTH} levels deep`)
  // Not map(), which leaves holes as they are.
  if (Array.isArray(value)) return Array.from(value, (item) => fromJs(item, depth + 1))
  const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : undefined
  if (!entries) throw new TypeError(`a ${describe(value)} cannot be stored`)
  return new Map(
    entries.filter(([, item]) => item !== undefined).map(([key, item]) => [String(key), fromJs(item, depth + 1)]),
  )
}

/**
 * A Value as plain JavaScript: ints become numbers where that is exact and bigints elsewhere, floats numbers, lists
 * arrays, maps objects without a prototype. The kinds of `1` and `1.0` and the place of integer-like keys are lost:
 * keep the Value where they matter.
 */
export function toJs(value: Value): unknown {
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : value
  if (isList(value)) return value.map(toJs)
  if (!isMap(value)) return value
  const object: Record<string, unknown> = Object.create(null)
  for (const [key, item] of value) object[key] = toJs(item)
  return object
}

const isSafe = (int: bigint) => int >= Number.MIN_SAFE_INTEGER && int <= Number.MAX_SAFE_INTEGER

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const describe = (value: unknown) => (typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value)
