/** `str.translate` and the tables for it. */
import { pythonItem } from "../access.js"
import { PyDict, PyList, PyTuple } from "../containers.js"
import { typeError, valueError } from "../errors.js"
import { keyOf } from "../hash.js"
import { failUndefined } from "../iterate.js"
import type { Runtime } from "../runtime.js"
import { chars, textLength } from "../text.js"
import { isText, type Py, textOf, typeName, Undefined } from "../values.js"
import { stringOf, wholeOf } from "./string.js"

export function translate(rt: Runtime, text: string, table: Py): string {
  if (table instanceof Undefined) return failUndefined(table)
  const isTable = table instanceof PyDict || table instanceof PyList || table instanceof PyTuple || isText(table)
  if (!isTable) throw typeError(`'${typeName(table)}' object is not subscriptable`)
  let result = ""
  for (const char of text) {
    const by = pythonItem(rt, table, BigInt(char.codePointAt(0) ?? 0))
    result += by === undefined ? char : by === null ? "" : isText(by) ? textOf(by) : String.fromCodePoint(wholeOf(by))
    rt.text(result.length)
  }
  return result
}

/** The table for translate: from a dict, or from texts of the same length and one of what goes. */
export function makeTranslation(rt: Runtime, from: Py, to: Py | undefined, gone: Py | undefined): PyDict {
  const table = new PyDict()
  const put = (char: string, by: Py) => {
    const code = BigInt(char.codePointAt(0) ?? 0)
    table.set(rt, code, code, by)
  }
  if (to === undefined) {
    if (!(from instanceof PyDict)) throw typeError("if you give only one argument to maketrans it must be a dict")
    for (const [, key, value] of from.entries(rt)) {
      if (isText(key) && textLength(textOf(key)) !== 1)
        throw valueError("string keys in translate table must be of length 1")
      if (isText(key)) put(textOf(key), value)
      else table.set(rt, keyOf(rt, key), key, value)
    }
    return table
  }
  const [froms, tos] = [chars(stringOf(from, "maketrans() argument 1")), chars(stringOf(to, "maketrans() argument 2"))]
  if (froms.length !== tos.length) throw valueError("the first two maketrans arguments must have equal length")
  froms.forEach((char, i) => {
    put(char, BigInt(tos[i]?.codePointAt(0) ?? 0))
  })
  if (gone !== undefined) for (const char of chars(stringOf(gone, "maketrans() argument 3"))) put(char, null)
  return table
}
