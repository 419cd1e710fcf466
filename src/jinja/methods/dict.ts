/** Methods of dict and of its views. Changes stay within the render: given data is copied before. */
import { DictView, PyDict, PyTuple, textKey } from "../containers.js"
import { JinjaError, typeError, valueError } from "../errors.js"
import { keyOf } from "../hash.js"
import { contains, failUndefined, isIterable, itemsOf, lengthOf } from "../iterate.js"
import { repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { type Definition, defineMethod } from "../signature.js"
import { type Kwargs, orElse, type Py, PyIterator, Undefined } from "../values.js"

/** `update` takes any keyword. */
const updateAny: Definition = {
  name: "update",
  call: (rt, [self, source, ...more], kwargs) => {
    if (more.length > 0) throw typeError(`update expected at most 1 argument, got ${more.length + 1}`)
    fillDict(rt, self as PyDict, source, kwargs)
    return null
  },
}

export const DICT_METHODS = {
  keys: defineMethod("keys", (_rt, self: PyDict) => new DictView(self, "keys")),
  values: defineMethod("values", (_rt, self: PyDict) => new DictView(self, "values")),
  items: defineMethod("items", (_rt, self: PyDict) => new DictView(self, "items")),
  get: defineMethod("get key default=", (rt, self: PyDict, key: Py, fallback: Py = null) =>
    orElse(self.get(rt, keyOf(rt, key)), () => fallback),
  ),
  copy: defineMethod("copy", (rt, self: PyDict) => copyDict(rt, self)),
  clear: defineMethod("clear", (rt, self: PyDict) => {
    self.clear(rt)
    return null
  }),
  pop: defineMethod("pop key default=", (rt, self: PyDict, key: Py, fallback?: Py) => {
    const value = self.get(rt, keyOf(rt, key))
    if (value === undefined && fallback === undefined) throw new JinjaError("KeyError", repr(rt, key))
    self.delete(rt, keyOf(rt, key))
    return orElse(value, () => fallback ?? null)
  }),
  popitem: defineMethod("popitem", (rt, self: PyDict) => {
    const last = self.entries(rt).at(-1)
    if (!last) throw new JinjaError("KeyError", "'popitem(): dictionary is empty'")
    self.delete(rt, last[0])
    return new PyTuple([last[1], last[2]])
  }),
  setdefault: defineMethod("setdefault key default=", (rt, self: PyDict, key: Py, fallback: Py = null) => {
    const value = self.get(rt, keyOf(rt, key))
    if (value === undefined) setItem(rt, self, key, fallback)
    return orElse(value, () => fallback)
  }),
  update: updateAny,
  fromkeys: defineMethod("fromkeys iterable value=", (rt, _self: Py, keys: Py, value: Py = null) =>
    fromKeys(rt, keys, value),
  ),
  __len__: defineMethod("__len__", (_rt, self: PyDict) => BigInt(self.size)),
  __contains__: defineMethod("__contains__ key", (rt, self: PyDict, key: Py) => contains(rt, self, key)),
  __getitem__: defineMethod("__getitem__ key", (rt, self: PyDict, key: Py) => {
    const value = self.get(rt, keyOf(rt, key))
    if (value === undefined) throw new JinjaError("KeyError", repr(rt, key))
    return value
  }),
  __setitem__: defineMethod("__setitem__ key value", (rt, self: PyDict, key: Py, value: Py) => {
    setItem(rt, self, key, value)
    return null
  }),
}

export const DICT_TYPE_METHODS = { fromkeys: DICT_METHODS.fromkeys }

export const VIEW_METHODS = {
  isdisjoint: defineMethod("isdisjoint other", (rt, self: DictView, other: Py) => {
    const keys = new Set(self.items(rt).map((item) => keyOf(rt, item)))
    return !itemsOf(rt, other).some((item) => keys.has(keyOf(rt, item)))
  }),
  __len__: defineMethod("__len__", (_rt, self: DictView) => BigInt(lengthOf(self) ?? 0)),
  __contains__: defineMethod("__contains__ key", (rt, self: DictView, key: Py) => contains(rt, self, key)),
}

export function setItem(rt: Runtime, dict: PyDict, key: Py, value: Py): void {
  if (dict.size >= rt.limits.items) rt.items(dict.size + 1)
  rt.tick()
  dict.set(rt, keyOf(rt, key), key, value)
}

export function copyDict(rt: Runtime, dict: PyDict): PyDict {
  const copy = new PyDict()
  fillDict(rt, copy, dict, new Map())
  return copy
}

function fromKeys(rt: Runtime, keys: Py, value: Py): PyDict {
  const dict = new PyDict()
  for (const key of itemsOf(rt, keys)) setItem(rt, dict, key, value)
  return dict
}

/** `dict.update(source, **kwargs)`: from a mapping or from pairs. */
export function fillDict(rt: Runtime, dict: PyDict, source: Py | undefined, kwargs: Kwargs): void {
  if (source instanceof PyDict) for (const [, key, value] of source.entries(rt)) setItem(rt, dict, key, value)
  else if (source !== undefined) fillFromPairs(rt, dict, source)
  for (const [name, value] of kwargs) dict.set(rt, textKey(name), name, value)
}

function fillFromPairs(rt: Runtime, dict: PyDict, source: Py): void {
  // Python asks for the keys of what might be a mapping, which an undefined refuses.
  if (source instanceof Undefined) failUndefined(source)
  itemsOf(rt, source).forEach((pair, i) => {
    if (!isIterable(pair)) throw typeError(`cannot convert dictionary update sequence element #${i} to a sequence`)
    const [key, value, ...more] = itemsOf(rt, pair)
    if (key === undefined || value === undefined || more.length > 0) {
      const length = (key === undefined ? 0 : 1) + (value === undefined ? 0 : 1) + more.length
      throw valueError(`dictionary update sequence element #${i} has length ${length}; 2 is required`)
    }
    setItem(rt, dict, key, value)
  })
}

/** `reversed(dict)` and its views. */
export const reversedKeys = (items: readonly Py[], title: string): PyIterator => {
  let at = items.length
  return new PyIterator(() => items[--at], title, title)
}
