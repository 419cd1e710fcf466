/** The methods of Python's types, found by name in fixed tables. */

import { DictView, PyDict, PyList, PyTuple } from "../containers.js"
import type { Definition } from "../signature.js"
import { isInt, isText, Markup, type Py, PyBytes, PyFunction, PyRange } from "../values.js"
import { BYTES_METHODS } from "./bytes.js"
import { DICT_METHODS, DICT_TYPE_METHODS, VIEW_METHODS } from "./dict.js"
import { LIST_METHODS, TUPLE_METHODS } from "./list.js"
import { MARKUP_METHODS } from "./markup.js"
import { FLOAT_METHODS, INT_METHODS } from "./number.js"
import { findSpecialMethod } from "./special.js"
import { STRING_METHODS } from "./string.js"

type Table = Readonly<Record<string, Definition>>

/** The method of that name, undefined where the value's type has none. */
export function findMethod(value: Py, name: string): Definition | undefined {
  const table = tableOf(value)
  if (table && Object.hasOwn(table, name)) return table[name]
  return name.startsWith("__") ? findSpecialMethod(value, name) : undefined
}

function tableOf(value: Py): Table | undefined {
  if (typeof value === "string") return STRING_METHODS
  if (value instanceof PyDict) return DICT_METHODS
  if (value instanceof PyList) return LIST_METHODS
  if (value instanceof PyTuple || value instanceof PyRange) return TUPLE_METHODS
  if (isInt(value)) return INT_METHODS
  if (typeof value === "number") return FLOAT_METHODS
  if (isText(value)) return value instanceof Markup ? MARKUP_METHODS : STRING_METHODS
  if (value instanceof DictView) return VIEW_METHODS
  if (value instanceof PyBytes) return BYTES_METHODS
  return value instanceof PyFunction && value.title === "<class 'dict'>" ? DICT_TYPE_METHODS : undefined
}
