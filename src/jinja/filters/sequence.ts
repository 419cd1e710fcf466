/** Filters on lists and other things to walk. */
import { pythonItem } from "../access.js"
import { equals, ordered } from "../compare.js"
import { DictView, GroupPair, PyDict, PyList, PyTuple } from "../containers.js"
import { attributeError, filterArgumentError, JinjaError, typeError, zeroDivisionError } from "../errors.js"
import { escapeHtml } from "../html.js"
import { drain, failUndefined, isTrue, itemsOf, iterate, lengthOf } from "../iterate.js"
import { joinTexts, wholeOf } from "../methods/string.js"
import { BINARY } from "../operators.js"
import { toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { sortItems } from "../sort.js"
import { chars } from "../text.js"
import {
  isInt,
  isText,
  Markup,
  orElse,
  type Py,
  PyIterator,
  PyRange,
  textOf,
  toInt,
  typeName,
  Undefined,
} from "../values.js"
import { attributeGetter, attributesGetter, ignoreCase } from "./attributes.js"
import { lazily } from "./select.js"

const nothing = (message: string) => new Undefined(() => message)

function lengthFilter(_rt: Runtime, value: Py): Py {
  const length = lengthOf(value)
  if (length === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  return BigInt(length)
}

export const SEQUENCE_FILTERS = {
  length: define("len value", lengthFilter),
  count: define("len value", lengthFilter),
  list: define("do_list value", (rt, value: Py) => {
    const items = itemsOf(rt, value)
    rt.items(items.length)
    return new PyList([...items])
  }),
  first: define("do_first seq", (rt, value: Py) =>
    orElse(iterate(rt, value)(), () => nothing("No first item, sequence was empty.")),
  ),
  last: define("do_last seq", (rt, value: Py) => {
    if (value instanceof PyRange)
      return value.length > 0 ? value.at(value.length - 1) : nothing("No last item, sequence was empty.")
    return orElse(reversible(rt, value).at(-1), () => nothing("No last item, sequence was empty."))
  }),
  random: define("do_random seq", (rt, value: Py) => {
    const length = Number(lengthFilter(rt, value))
    if (length === 0) return nothing("No random item, sequence was empty.")
    const index = BigInt(Math.floor(Math.random() * length))
    const item = pythonItem(rt, value, index)
    if (item === undefined)
      throw value instanceof PyDict
        ? new JinjaError("KeyError", `${index}`)
        : typeError(`'${typeName(value)}' object is not subscriptable`)
    return item
  }),
  reverse: define("do_reverse value", reverse),
  join: define("do_join value d= attribute=", join),
  sort: define(
    "do_sort value reverse= case_sensitive= attribute=",
    (rt, value: Py, reversed: Py = false, caseSensitive: Py = false, attribute?: Py) =>
      new PyList(
        sortItems(
          rt,
          itemsOf(rt, value),
          attributesGetter(rt, attribute, !isTrue(caseSensitive)),
          wholeOf(reversed) !== 0,
        ),
      ),
  ),
  dictsort: define(
    "do_dictsort value case_sensitive= by= reverse=",
    (rt, value: Py, caseSensitive: Py = false, by: Py = "key", reversed: Py = false) => {
      const at = equals(rt, by, "key") ? 0 : equals(rt, by, "value") ? 1 : -1
      if (at < 0) throw filterArgumentError('You can only sort by either "key" or "value"')
      if (value instanceof Undefined) return failUndefined(value)
      if (!(value instanceof PyDict)) throw attributeError(`'${typeName(value)}' object has no attribute 'items'`)
      const pairs = value.entries(rt).map(([, key, item]) => new PyTuple([key, item]))
      const key = (pair: Py) => {
        const part = (pair as PyTuple).items[at] ?? null
        return isTrue(caseSensitive) ? part : ignoreCase(rt, part)
      }
      return new PyList(sortItems(rt, pairs, key, wholeOf(reversed) !== 0))
    },
  ),
  groupby: define("do_groupby value attribute default= case_sensitive=", groupBy),
  min: define("do_min value case_sensitive= attribute=", (rt, value: Py, caseSensitive: Py = false, attribute?: Py) =>
    extreme(rt, "<", value, caseSensitive, attribute),
  ),
  max: define("do_max value case_sensitive= attribute=", (rt, value: Py, caseSensitive: Py = false, attribute?: Py) =>
    extreme(rt, ">", value, caseSensitive, attribute),
  ),
  sum: define("do_sum iterable attribute= start=", (rt, value: Py, attribute?: Py, start: Py = 0n) => {
    const read = attributeGetter(rt, attribute)
    if (isText(start)) throw typeError("sum() can't sum strings [use ''.join(seq) instead]")
    let total: Py = start
    for (const item of itemsOf(rt, value)) {
      rt.tick()
      total = BINARY["+"](rt, total, read(item))
    }
    return total
  }),
  batch: define("do_batch value linecount fill_with=", (rt, value: Py, count: Py, fill: Py = null) =>
    lazily("do_batch", () => batch(rt, value, count, fill)),
  ),
  slice: define("do_slice value slices fill_with=", (rt, value: Py, slices: Py, fill: Py = null) =>
    lazily("sync_do_slice", () => slice(rt, value, slices, fill)),
  ),
}

/** What Python's reversed() takes. */
function reversible(rt: Runtime, value: Py): readonly Py[] {
  if (value instanceof PyIterator) throw typeError(`'${value.typeName}' object is not reversible`)
  if (value === null || typeof value === "number" || isInt(value))
    throw typeError(`'${typeName(value)}' object is not reversible`)
  try {
    return itemsOf(rt, value)
  } catch (error) {
    if (!(error instanceof JinjaError && error.pythonClass === "TypeError")) throw error
    throw typeError(`'${typeName(value)}' object is not reversible`)
  }
}

function reverse(rt: Runtime, value: Py): Py {
  if (isText(value)) {
    rt.text(textOf(value).length)
    const text = chars(textOf(value)).reverse().join("")
    return typeof value === "string" ? text : new Markup(text)
  }
  let items: readonly Py[]
  try {
    if (value instanceof PyIterator) return new PyList(drain(rt, value.next).reverse())
    items = reversible(rt, value)
  } catch (error) {
    if (!(error instanceof JinjaError && error.pythonClass === "TypeError")) throw error
    throw filterArgumentError("argument must be iterable")
  }
  let at = items.length
  const title = reversedTitle(value)
  return new PyIterator(() => items[--at], title, title.replace(" object", ""))
}

function reversedTitle(value: Py): string {
  if (value instanceof PyList) return "list_reverseiterator object"
  if (value instanceof PyDict) return "dict_reversekeyiterator object"
  if (value instanceof DictView)
    return `dict_reverse${value.part === "values" ? "value" : value.part === "keys" ? "key" : "item"}iterator object`
  return value instanceof PyRange ? "range_iterator object" : "reversed object"
}

function join(rt: Runtime, value: Py, glue: Py = "", attribute: Py = null): Py {
  const read = attributeGetter(rt, attribute)
  const items = itemsOf(rt, value).map((item) => {
    rt.tick()
    return read(item)
  })
  const isMarked = rt.autoescape && (glue instanceof Markup || items.some((item) => item instanceof Markup))
  const show = (item: Py) => (isMarked ? escapeHtml(rt, item) : toText(rt, item))
  const text = joinTexts(rt, show(glue), new PyList(items.map(show)))
  return isMarked ? new Markup(text) : text
}

function groupBy(rt: Runtime, value: Py, attribute: Py, fallback: Py = null, caseSensitive: Py = false): Py {
  const exact = attributeGetter(rt, attribute, { default: fallback })
  const key = attributeGetter(rt, attribute, { default: fallback, ignoreCase: !isTrue(caseSensitive) })
  const groups: GroupPair[] = []
  let last: Py | undefined
  for (const item of sortItems(rt, itemsOf(rt, value), key)) {
    const current = key(item)
    const group = last !== undefined && equals(rt, last, current) ? groups.at(-1) : undefined
    if (group) group.list.items(rt).push(item)
    else groups.push(new GroupPair(isTrue(caseSensitive) ? current : exact(item), new PyList([item])))
    last = current
  }
  return new PyList(groups)
}

function extreme(rt: Runtime, operator: "<" | ">", value: Py, caseSensitive: Py, attribute: Py | undefined): Py {
  const key = attributeGetter(rt, attribute, { ignoreCase: !isTrue(caseSensitive) })
  const next = iterate(rt, value)
  const first = next()
  if (first === undefined) return nothing("No aggregated item, sequence was empty.")
  let best = first
  let bestKey = key(best)
  for (let item = next(); item !== undefined; item = next()) {
    rt.tick()
    const itemKey = key(item)
    if (!ordered(rt, operator, itemKey, bestKey)) continue
    best = item
    bestKey = itemKey
  }
  return best
}

function batch(rt: Runtime, value: Py, count: Py, fill: Py) {
  const next = iterate(rt, value)
  const size = isInt(count) ? Number(toInt(count)) : typeof count === "number" ? count : undefined
  let row: Py[] = []
  return () => {
    for (let item = next(); item !== undefined; item = next()) {
      rt.tick()
      const full = row
      if (full.length === size) row = []
      row.push(item)
      if (full !== row) return new PyList(full)
    }
    if (row.length === 0) return undefined
    const last = row
    row = []
    if (fill === null) return new PyList(last)
    if (size === undefined) throw typeError(`'<' not supported between instances of 'int' and '${typeName(count)}'`)
    rt.items(Math.max(0, size))
    while (last.length < size) last.push(fill)
    return new PyList(last)
  }
}

function slice(rt: Runtime, value: Py, slices: Py, fill: Py) {
  const items = itemsOf(rt, value)
  if (!isInt(slices)) throw typeError(`unsupported operand type(s) for //: 'int' and '${typeName(slices)}'`)
  const count = Number(toInt(slices))
  if (count === 0) throw zeroDivisionError("integer division or modulo by zero")
  rt.items(Math.max(0, count))
  const size = Math.floor(items.length / count)
  const extra = items.length % count
  let [number, start] = [0, 0]
  return () => {
    if (number >= count) return undefined
    rt.tick()
    const end = start + size + (number < extra ? 1 : 0)
    const part = items.slice(start, end)
    if (fill !== null && number >= extra) part.push(fill)
    start = end
    number++
    return new PyList(part)
  }
}
