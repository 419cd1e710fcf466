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
  write({ document }) {
    // First by the joined keys, then by the variable's name: a falsy value takes back an equal joined name before it.
    const leaves = new Map(flatten(document, "CICD_", new Set(excludeKeyNames)))
    const variables = new Map<string, string>()
    for (const [name, value] of leaves) {
      if (isTruthy(value)) variables.set(name.replace(/[^0-9A-Za-z_]+/g, "_"), pythonStr(value))
    }
    return [...variables]
      .filter(([, text]) => !text.includes("\0"))
      .map(([name, text]) => `${name}=${quote(text)}\n`)
      .join("")
  },
})

function* flatten(map: ValueMap, prefix: string, exclude: ReadonlySet<string>): Generator<[string, Value]> {
  for (const [key, value] of map) {
    if (exclude.has(key)) continue
    const name = prefix + key
    if (isList(value) && value.length > 0) {
      for (const [i, item] of value.entries()) yield* leafOrBelow(`${name}__${i}`, item, exclude)
    } else yield* leafOrBelow(name, value, exclude)
  }
}

function* leafOrBelow(name: string, value: Value, exclude: ReadonlySet<string>): Generator<[string, Value]> {
  if (isMap(value)) yield* flatten(value, `${name}__`, exclude)
  else yield [name, value]
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
