/** Methods of list and tuple (and range). Changes stay within the render: given data is copied before. */
import { pythonItem } from "../access.js"
import { callValue } from "../call.js"
import { equals } from "../compare.js"
import { PyList } from "../containers.js"
import { indexError, typeError, valueError } from "../errors.js"
import { contains, itemsOf, lengthOf } from "../iterate.js"
import { repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { type Definition, defineMethod } from "../signature.js"
import { sortItems } from "../sort.js"
import { isInt, type Py, toInt, typeName } from "../values.js"
import { wholeOf } from "./string.js"

type Sequence = Py

const SHARED = {
  index: defineMethod("index value start= stop=", (rt, self: Sequence, value: Py, start: Py = 0n, stop?: Py) => {
    const items = itemsOf(rt, self)
    rt.tick(items.length)
    const from = bound(start, items.length)
    const to = stop === undefined ? items.length : bound(stop, items.length)
    for (let i = from; i < to && i < items.length; i++) if (equals(rt, items[i] as Py, value)) return BigInt(i)
    throw valueError(self instanceof PyList ? `${repr(rt, value)} is not in list` : "tuple.index(x): x not in tuple")
  }),
  count: defineMethod("count value", (rt, self: Sequence, value: Py) => {
    const items = itemsOf(rt, self)
    rt.tick(items.length)
    return BigInt(items.filter((item) => equals(rt, item, value)).length)
  }),
  __len__: defineMethod("__len__", (_rt, self: Sequence) => BigInt(lengthOf(self) ?? 0)),
  __contains__: defineMethod("__contains__ value", (rt, self: Sequence, value: Py) => contains(rt, self, value)),
  __getitem__: defineMethod("__getitem__ index", (rt, self: Sequence, index: Py) => {
    const item = pythonItem(rt, self, index)
    if (item !== undefined) return item
    throw isInt(index)
      ? indexError(`${typeName(self)} index out of range`)
      : typeError(`${typeName(self)} indices must be integers or slices, not ${typeName(index)}`)
  }),
}

export const TUPLE_METHODS = SHARED

const sortByName = defineMethod("sort / key= reverse=", (rt, self: PyList, key: Py = null, reverse: Py = 0n) => {
  const by = key === null ? undefined : (item: Py) => callValue(rt, key, [item])
  const isReversed = wholeOf(reverse) !== 0
  const sorted = sortItems(rt, self.items(rt), by, isReversed)
  self.items(rt).splice(0, sorted.length)
  for (const item of sorted) self.items(rt).push(item)
  return null
})
const sortList: Definition = {
  name: "sort",
  call: (rt, args, kwargs) => {
    if (args.length > 1) throw typeError("sort() takes no positional arguments")
    return sortByName.call(rt, args, kwargs)
  },
}

export const LIST_METHODS = {
  ...SHARED,
  append: defineMethod("append object", (rt, self: PyList, value: Py) => {
    grow(rt, self, 1)
    self.items(rt).push(value)
    return null
  }),
  extend: defineMethod("extend iterable", (rt, self: PyList, values: Py) => {
    const items = [...itemsOf(rt, values)]
    grow(rt, self, items.length)
    for (const item of items) self.items(rt).push(item)
    return null
  }),
  insert: defineMethod("insert index object", (rt, self: PyList, index: Py, value: Py) => {
    grow(rt, self, 1)
    rt.tick(self.length >>> MOVED_PER_STEP_LOG2)
    self.items(rt).splice(bound(index, self.length), 0, value)
    return null
  }),
  remove: defineMethod("remove value", (rt, self: PyList, value: Py) => {
    const items = self.items(rt)
    rt.tick(items.length)
    const at = items.findIndex((item) => equals(rt, item, value))
    if (at < 0) throw valueError("list.remove(x): x not in list")
    items.splice(at, 1)
    return null
  }),
  pop: defineMethod("pop index=", (rt, self: PyList, index: Py = -1n) => {
    const items = self.items(rt)
    if (!isInt(index)) throw typeError(`'${typeName(index)}' object cannot be interpreted as an integer`)
    if (items.length === 0) throw indexError("pop from empty list")
    const at = Number(toInt(index)) + (toInt(index) < 0n ? items.length : 0)
    if (at < 0 || at >= items.length) throw indexError("pop index out of range")
    rt.tick((items.length - at) >>> MOVED_PER_STEP_LOG2)
    return items.splice(at, 1)[0] ?? null
  }),
  clear: defineMethod("clear", (rt, self: PyList) => {
    self.items(rt).length = 0
    return null
  }),
  copy: defineMethod("copy", (rt, self: PyList) => {
    rt.items(self.length)
    return new PyList([...self.items(rt)])
  }),
  reverse: defineMethod("reverse", (rt, self: PyList) => {
    rt.tick(self.length >>> 3)
    self.items(rt).reverse()
    return null
  }),
  sort: sortList,
  __setitem__: defineMethod("__setitem__ index value", (rt, self: PyList, index: Py, value: Py) => {
    if (!isInt(index)) throw typeError("list indices must be integers or slices")
    const at = Number(toInt(index)) + (toInt(index) < 0n ? self.length : 0)
    if (at < 0 || at >= self.length) throw indexError("list assignment index out of range")
    self.items(rt)[at] = value
    return null
  }),
}

/** Items that move up or down in one step. */
const MOVED_PER_STEP_LOG2 = 10

const grow = (rt: Runtime, list: PyList, by: number) => {
  if (list.length + by > rt.limits.items) rt.items(list.length + by)
  rt.tick(by)
}

/** A start or stop as a place within the items, counted from the end where negative. */
function bound(index: Py, length: number): number {
  if (!isInt(index)) throw typeError(`'${typeName(index)}' object cannot be interpreted as an integer`)
  const at = Number(toInt(index))
  return Math.max(0, Math.min(length, at < 0 ? at + length : at))
}
