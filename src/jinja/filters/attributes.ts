/** The `attribute=` argument of filters: a path, several of them, or an index. */
import { getItem } from "../access.js"
import { PyList } from "../containers.js"
import type { Runtime } from "../runtime.js"
import { lower } from "../text.js"
import { isText, Markup, type Py, textOf, Undefined } from "../values.js"

export type Getter = (item: Py) => Py

/** Reads `a.b.0` from an item; without an attribute the item itself. */
export function attributeGetter(
  rt: Runtime,
  attribute: Py | undefined,
  options: { readonly default?: Py; readonly ignoreCase?: boolean } = {},
): Getter {
  const parts = partsOf(attribute ?? null)
  const fallback = options.default ?? null
  return (item) => {
    let value = item
    for (const part of parts) {
      value = getItem(rt, value, part)
      if (fallback !== null && value instanceof Undefined) value = fallback
    }
    return options.ignoreCase ? ignoreCase(rt, value) : value
  }
}

/** As sort reads them: `a,b.c` gives a list of each. */
export function attributesGetter(rt: Runtime, attribute: Py | undefined, ignoringCase: boolean): Getter {
  const names: Py[] =
    attribute !== undefined && attribute !== null && isText(attribute)
      ? textOf(attribute).split(",")
      : [attribute ?? null]
  const getters = names.map((name) => attributeGetter(rt, name, { ignoreCase: ignoringCase }))
  return (item) => new PyList(getters.map((get) => get(item)))
}

function partsOf(attribute: Py): Py[] {
  if (attribute === null) return []
  if (!isText(attribute)) return [attribute]
  return textOf(attribute)
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? BigInt(part) : part))
}

export function ignoreCase(rt: Runtime, value: Py): Py {
  rt.read(value)
  if (typeof value === "string") return lower(value)
  return value instanceof Markup ? new Markup(lower(value.text)) : value
}
