/** The lazy filters that call other filters and tests: map, select, reject and their attr forms; unique, items. */

import { PyDict, PyTuple } from "../containers.js"
import { filterArgumentError, runtimeError, typeError } from "../errors.js"
import { keyOf } from "../hash.js"
import { isTrue, iterate } from "../iterate.js"
import { repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { type Definition, define } from "../signature.js"
import { type Cursor, cursorOf, isText, type Kwargs, type Py, PyIterator, textOf, Undefined } from "../values.js"
import { attributeGetter, type Getter } from "./attributes.js"

export type Find = (name: string) => Definition | undefined

/** @param filters and tests: where map and select find what they are to apply */
export function selectFilters(filters: Find, tests: Find): Readonly<Record<string, Definition>> {
  const choosing = (name: string, keep: boolean, byAttribute: boolean): Definition => ({
    name,
    call: (rt, [value, ...args], kwargs) =>
      lazily("select_or_reject", () => {
        if (value === undefined || !isTrue(value)) return undefined
        const test = prepareTest(rt, tests, args, kwargs, byAttribute)
        return choose(iterate(rt, value), (item) => test(item) === keep)
      }),
  })
  return {
    map: {
      name: "map",
      call: (rt, [value, ...args], kwargs) =>
        lazily("sync_do_map", () => {
          if (value === undefined || !isTrue(value)) return undefined
          const apply = prepareMap(rt, filters, args, kwargs)
          const next = iterate(rt, value)
          return () => {
            const item = next()
            return item === undefined ? undefined : apply(item)
          }
        }),
    },
    select: choosing("select", true, false),
    reject: choosing("reject", false, false),
    selectattr: choosing("selectattr", true, true),
    rejectattr: choosing("rejectattr", false, true),
    unique: define(
      "do_unique value case_sensitive= attribute=",
      (rt, value: Py, caseSensitive: Py = false, attribute?: Py) =>
        lazily("sync_do_unique", () =>
          unique(rt, value, attributeGetter(rt, attribute, { ignoreCase: !isTrue(caseSensitive) })),
        ),
    ),
    items: define("do_items value", (rt, value: Py) =>
      lazily("do_items", () => {
        if (value instanceof Undefined) return undefined
        if (!(value instanceof PyDict)) throw typeError("Can only get item pairs from a mapping.")
        const pairs = value.entries(rt).map(([, key, item]) => new PyTuple([key, item]))
        return cursorOf(pairs[Symbol.iterator]())
      }),
    ),
  }
}

/** A generator that begins its work, and meets its errors, with the first item asked for. */
export function lazily(title: string, open: () => Cursor | undefined): PyIterator {
  let next: Cursor | undefined
  let isOpen = false
  return new PyIterator(() => {
    if (!isOpen) {
      isOpen = true
      next = open()
    }
    return next?.()
  }, `generator object ${title}`)
}

function choose(next: Cursor, keeps: (item: Py) => boolean): Cursor {
  return () => {
    for (let item = next(); item !== undefined; item = next()) if (keeps(item)) return item
    return undefined
  }
}

function unique(rt: Runtime, value: Py, key: Getter): Cursor {
  const seen = new Set()
  return choose(iterate(rt, value), (item) => {
    rt.tick()
    const found = keyOf(rt, key(item))
    if (seen.has(found)) return false
    seen.add(found)
    return true
  })
}

function prepareMap(rt: Runtime, filters: Find, args: readonly Py[], kwargs: Kwargs): Getter {
  const [name, ...rest] = args
  if (name === undefined && kwargs.has("attribute")) {
    for (const key of kwargs.keys()) {
      if (key !== "attribute" && key !== "default") throw filterArgumentError(`Unexpected keyword argument '${key}'`)
    }
    return attributeGetter(rt, kwargs.get("attribute"), { default: kwargs.get("default") ?? null })
  }
  if (name === undefined) throw filterArgumentError("map requires a filter argument")
  return (item) => {
    rt.tick()
    return rt.nested(1, () => named(rt, "filter", filters, name).call(rt, [item, ...rest], kwargs))
  }
}

function prepareTest(
  rt: Runtime,
  tests: Find,
  args: readonly Py[],
  kwargs: Kwargs,
  byAttribute: boolean,
): (item: Py) => boolean {
  const [attribute] = args
  if (byAttribute && attribute === undefined) throw filterArgumentError("Missing parameter for attribute name")
  const read = byAttribute ? attributeGetter(rt, attribute) : (item: Py) => item
  const [name, ...rest] = byAttribute ? args.slice(1) : args
  return (item) => {
    rt.tick()
    const value = read(item)
    return isTrue(name === undefined ? value : named(rt, "test", tests, name).call(rt, [value, ...rest], kwargs))
  }
}

function named(rt: Runtime, kind: "filter" | "test", find: Find, name: Py): Definition {
  const found = isText(name) ? find(textOf(name)) : undefined
  if (found) return found
  keyOf(rt, name)
  const hint = name instanceof Undefined ? ` (${name.message()}; did you forget to quote the callable name?)` : ""
  throw runtimeError(`No ${kind} named ${repr(rt, name)}.${hint}`)
}
