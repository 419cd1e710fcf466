import { isTruthy, pythonStr } from "../../data/python.js"
import { isList, isMap, type Value, type ValueMap } from "../../data/value.js"
import type { Format } from "../ports.js"

/**
 * The shell file: `CICD_state__list__0='value'`, one variable per leaf, to be read by any POSIX shell with `.`.
 *
 * Names are the keys joined by `__`, each run of other characters than `[0-9A-Za-z_]` made `_`; of two equal names the
 * last wins. Falsy values have no variable; others are shown as Python's str() does. Values are single-quoted, where a
 * shell takes everything literally (POSIX, Shell Command Language 2.2.2), so nothing in them can run. A value that
 * holds NUL has no variable: no shell variable can hold it, and a cut value would be a wrong one.
 *
 * @param excludeKeyNames keys that are left out wherever they stand, with all below them
 */
export const shellFormat = (excludeKeyNames: readonly string[] = []): Format => ({
  write({ document }, text) {
    const excluded = new Set(excludeKeyNames)
    const writeLine = (variable: string, value: Value) => {
      const shown = isTruthy(value) ? pythonStr(value) : ""
      if (shown !== "" && !shown.includes("\0")) text.add(`${variable}=${quote(shown)}\n`)
    }
    if (hasDistinctNames(document, excluded)) eachLeaf(document, { excluded, name: variablePart, visit: writeLine })
    else for (const [variable, value] of lastOfEach(document, excluded)) writeLine(variable, value)
  },
})

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

interface Walk {
  readonly excluded: ReadonlySet<string>
  /** What stands for a key in the names of the leaves. */
  readonly name: (key: string) => string
  readonly visit: (name: string, leaf: Value) => void
}

/** A leaf is what is no map; of a list in a map, each item. */
function eachLeaf(map: ValueMap, walk: Walk, prefix = "CICD_"): void {
  for (const [key, value] of map) {
    if (walk.excluded.has(key)) continue
    const name = prefix + walk.name(key)
    if (isList(value) && value.length > 0)
      for (let i = 0; i < value.length; i++) leafOrBelow(value[i]!, walk, `${name}__${i}`)
    else leafOrBelow(value, walk, name)
  }
}

function leafOrBelow(value: Value, walk: Walk, name: string): void {
  if (isMap(value)) eachLeaf(value, walk, `${name}__`)
  else walk.visit(name, value)
}

// No "__", and no "_" at either end that could make one.
const PLAIN_PART = /^[0-9A-Za-z]+(?:_[0-9A-Za-z]+)*$/
const variablePart = (key: string) => (PLAIN_PART.test(key) ? key : key.replace(/[^0-9A-Za-z_]+/g, "_"))

/** Whether it is certain, by the keys of each map alone, that no two leaves have the same variable. */
function hasDistinctNames(value: Value, excluded: ReadonlySet<string>): boolean {
  if (isList(value)) return value.every((item) => !isMap(item) || hasDistinctNames(item, excluded))
  if (!isMap(value)) return true
  let isPlain = true
  for (const [key, item] of value) {
    if (excluded.has(key)) continue
    isPlain &&= PLAIN_PART.test(key)
    if (typeof item === "object" && !hasDistinctNames(item, excluded)) return false
  }
  return isPlain || hasDistinctParts([...value.keys()].filter((key) => !excluded.has(key)))
}

function hasDistinctParts(keys: readonly string[]): boolean {
  const parts = new Set(keys.map(variablePart))
  return parts.size === keys.length && [...parts].every((part) => PLAIN_PART.test(part))
}

/** First by the joined keys, then by the variable's name: a falsy value takes back an equal joined name before it. */
function lastOfEach(document: ValueMap, excluded: ReadonlySet<string>): ReadonlyMap<string, Value> {
  const leaves = new Map<string, Value>()
  eachLeaf(document, { excluded, name: (key) => key, visit: (name, leaf) => leaves.set(name, leaf) })
  const variables = new Map<string, Value>()
  for (const [name, leaf] of leaves) if (isTruthy(leaf)) variables.set(variablePart(name), leaf)
  return variables
}
