/** Lists, tuples and dicts. Given data is read in place until it is walked or changed. */
import type { ValueList, ValueMap } from "../data/value.js"
import type { Runtime } from "./runtime.js"
import { type Py, PyObject } from "./values.js"

/** A list. One of the given data is read in place and copied, one level deep, when it is walked or changed. */
export class PyList extends PyObject {
  readonly typeName = "list"
  private own: Py[]
  private given: ValueList | undefined

  constructor(items: Py[]) {
    super()
    this.own = items
  }

  static given(items: ValueList): PyList {
    const list = new PyList([])
    list.given = items
    return list
  }

  get length(): number {
    return (this.given ?? this.own).length
  }

  at(rt: Runtime, index: number): Py | undefined {
    if (!this.given) return this.own[index]
    const item = this.given[index]
    return item === undefined ? undefined : rt.wrap(item)
  }

  /** The items, to be read and changed. */
  items(rt: Runtime): Py[] {
    if (this.given) {
      rt.tick(this.given.length >>> 3)
      this.own = this.given.map((item) => rt.wrap(item))
      this.given = undefined
    }
    return this.own
  }
}

export class PyTuple extends PyObject {
  readonly typeName = "tuple"
  readonly items: readonly Py[]

  constructor(items: readonly Py[]) {
    super()
    this.items = items
  }
}

/**
 * What stands for a key in a Map: equal keys have the same one. A string stands for itself unless it begins with the
 * NUL that marks the text made of a tuple.
 */
export type Key = string | bigint | number | null | PyObject

/** A dict. Given data is read in place and copied, one level deep, when it is walked or changed. */
export class PyDict extends PyObject {
  readonly typeName = "dict"
  private own = new Map<Key, Py>()
  /** The keys that are shown otherwise than their Key: `True`, `1.0`, tuples. */
  private shown: Map<Key, Py> | undefined
  private given: ValueMap | undefined

  static given(map: ValueMap): PyDict {
    const dict = new PyDict()
    dict.given = map
    return dict
  }

  static of(entries: Iterable<readonly [string, Py]>): PyDict {
    const dict = new PyDict()
    for (const [key, value] of entries) dict.set(undefined, textKey(key), key, value)
    return dict
  }

  get size(): number {
    return (this.given ?? this.own).size
  }

  get(rt: Runtime, key: Key): Py | undefined {
    if (!this.given) return this.own.get(key)
    const item = typeof key === "string" ? this.given.get(key) : undefined
    return item === undefined ? undefined : rt.wrap(item)
  }

  /** @param shown the key itself; the first of equal keys stays */
  set(rt: Runtime | undefined, key: Key, shown: Py, value: Py): void {
    const map = rt ? this.map(rt) : this.own
    if (key !== shown && !map.has(key)) {
      this.shown ??= new Map()
      this.shown.set(key, shown)
    }
    map.set(key, value)
  }

  delete(rt: Runtime, key: Key): void {
    this.map(rt).delete(key)
    this.shown?.delete(key)
  }

  clear(rt: Runtime): void {
    this.map(rt).clear()
    this.shown = undefined
  }

  keys(rt: Runtime): Py[] {
    const { shown } = this
    rt.tick(this.size >>> 1)
    const keys = [...this.map(rt).keys()]
    return shown ? keys.map((key) => shown.get(key) ?? key) : keys
  }

  values(rt: Runtime): Py[] {
    rt.tick(this.size >>> 1)
    return [...this.map(rt).values()]
  }

  /** Key as looked up, key as shown, value. */
  entries(rt: Runtime): Array<[Key, Py, Py]> {
    const { shown } = this
    rt.tick(this.size)
    return Array.from(this.map(rt), ([key, value]) => [key, shown?.get(key) ?? key, value])
  }

  private map(rt: Runtime): Map<Key, Py> {
    const { given } = this
    if (given) {
      rt.tick(given.size)
      for (const [key, item] of given) this.own.set(key, rt.wrap(item))
      this.given = undefined
    }
    return this.own
  }
}

/** The Key of a string. */
export const textKey = (text: string): string => (text.charCodeAt(0) === 0 ? `\0s${text}` : text)

/** `dict.keys()`, `.values()` and `.items()`: they follow the dict. */
export class DictView extends PyObject {
  readonly typeName: `dict_${"keys" | "values" | "items"}`
  readonly dict: PyDict
  readonly part: "keys" | "values" | "items"

  constructor(dict: PyDict, part: "keys" | "values" | "items") {
    super()
    this.typeName = `dict_${part}`
    this.dict = dict
    this.part = part
  }

  items(rt: Runtime): Py[] {
    if (this.part === "keys") return this.dict.keys(rt)
    if (this.part === "values") return this.dict.values(rt)
    return this.dict.entries(rt).map(([, key, value]) => new PyTuple([key, value]))
  }
}

/** What groupby gives: a pair whose parts also have names. */
export class GroupPair extends PyTuple {
  readonly grouper: Py
  readonly list: PyList

  constructor(grouper: Py, list: PyList) {
    super([grouper, list])
    this.grouper = grouper
    this.list = list
  }
}

/** What `namespace()` makes: attributes that a set can change from within a loop. */
export class Namespace extends PyObject {
  readonly typeName = "Namespace"
  readonly attrs = new PyDict()
}
