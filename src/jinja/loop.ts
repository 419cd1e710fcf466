/** The `loop` object and the walk behind it (Jinja2's LoopContext). */
import { equals } from "./compare.js"
import { PyTuple } from "./containers.js"
import { typeError } from "./errors.js"
import { drain, iterate, lengthOf } from "./iterate.js"
import type { Runtime } from "./runtime.js"
import { type Cursor, type Kwargs, NO_KWARGS, orElse, type Py, PyFunction, PyNative, Undefined } from "./values.js"

/** Runs a recursive loop's body over other items. */
export type Recurse = (items: Py, depth0: number) => Py

export interface Loop {
  readonly object: PyNative
  readonly next: Cursor
}

interface State {
  index0: number
  next: Cursor
  /** The item behind the current one, once it was looked at; null stands for the end. */
  after: { readonly item: Py | undefined } | undefined
  before: Py | undefined
  current: Py | undefined
  length: number | undefined
  changedTo: PyTuple | undefined
}

export function createLoop(rt: Runtime, items: Py, depth0: number, recurse?: Recurse): Loop {
  const state: State = {
    index0: -1,
    next: iterate(rt, items),
    after: undefined,
    before: undefined,
    current: undefined,
    length: undefined,
    changedTo: undefined,
  }
  const lengthNow = () => lengthOfLoop(rt, state, items)
  const object: PyNative = new PyNative("LoopContext", () => `<LoopContext ${state.index0 + 1}/${lengthNow()}>`, {
    attribute: (name) => attribute(rt, state, name, lengthNow, depth0),
    call: (_rt, args, kwargs) => callLoop(args, kwargs, depth0, recurse),
  })
  return { object, next: () => advance(state) }
}

function advance(state: State): Py | undefined {
  const item = state.after ? state.after.item : state.next()
  state.after = undefined
  if (item === undefined) return undefined
  state.index0++
  state.before = state.current
  state.current = item
  return item
}

function peek(state: State): Py | undefined {
  state.after ??= { item: state.next() }
  return state.after.item
}

/** Iterators without a length are read to their end. */
function lengthOfLoop(rt: Runtime, state: State, items: Py): number {
  const known = state.length ?? lengthOf(items)
  if (known !== undefined) return known
  const rest = drain(rt, state.next)
  let at = 0
  state.next = () => rest[at++]
  state.length = rest.length + state.index0 + 1 + (state.after?.item === undefined ? 0 : 1)
  return state.length
}

function attribute(rt: Runtime, state: State, name: string, length: () => number, depth0: number): Py | undefined {
  switch (name) {
    case "index":
      return BigInt(state.index0 + 1)
    case "index0":
      return BigInt(state.index0)
    case "revindex":
      return BigInt(length() - state.index0)
    case "revindex0":
      return BigInt(length() - state.index0 - 1)
    case "first":
      return state.index0 === 0
    case "last":
      return peek(state) === undefined
    case "length":
      return BigInt(length())
    case "depth":
      return BigInt(depth0 + 1)
    case "depth0":
      return BigInt(depth0)
    case "previtem":
      return state.index0 === 0 || state.before === undefined
        ? new Undefined(() => "there is no previous item")
        : state.before
    case "nextitem":
      return orElse(peek(state), () => new Undefined(() => "there is no next item"))
    case "cycle":
      return method("cycle", (_rt, args) => cycle(state, args))
    case "changed":
      return method("changed", (_rt, args) => changed(rt, state, args))
    default:
      return undefined
  }
}

const method = (name: string, call: PyFunction["call"]) =>
  new PyFunction(name, `<bound method LoopContext.${name}>`, call, "method")

function cycle(state: State, args: readonly Py[]): Py {
  const value = args[state.index0 % args.length]
  if (value === undefined) throw typeError("no items for cycling given")
  return value
}

function changed(rt: Runtime, state: State, args: readonly Py[]): boolean {
  const now = new PyTuple(args)
  if (state.changedTo && equals(rt, state.changedTo, now)) return false
  state.changedTo = now
  return true
}

function callLoop(args: readonly Py[], kwargs: Kwargs, depth0: number, recurse: Recurse | undefined): Py {
  if (!recurse) throw typeError("The loop must have the 'recursive' marker to be called recursively.")
  const [items] = kwargs === NO_KWARGS ? args : []
  if (items === undefined || args.length > 1) throw typeError("__call__() takes exactly one argument")
  return recurse(items, depth0 + 1)
}
