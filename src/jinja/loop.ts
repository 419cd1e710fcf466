/** The `loop` object and the walk behind it (Jinja2's LoopContext). */
import { equals } from "./compare.js"
import { PyTuple } from "./containers.js"
import { typeError } from "./errors.js"
import { drain, iterate, lengthOf } from "./iterate.js"
import type { Runtime } from "./runtime.js"
import { boundMethod, type Cursor, type Kwargs, NO_KWARGS, orElse, type Py, PyNative, Undefined } from "./values.js"

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
    attribute: (name) => attribute(rt, object, state, name, lengthNow, depth0),
    call: (_rt, args, kwargs) => callLoop(args, kwargs, depth0, recurse),
    // Who walks the loop itself takes the items from the statement.
    next: () => {
      const item = advance(state)
      return item === undefined ? undefined : new PyTuple([item, object])
    },
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

function attribute(
  rt: Runtime,
  loop: PyNative,
  state: State,
  name: string,
  length: () => number,
  depth0: number,
): Py | undefined {
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
      return boundMethod(loop, name, (_rt, args) => cycle(state, args))
    case "changed":
      return boundMethod(loop, name, (_rt, args) => changed(rt, state, args))
    default:
      return undefined
  }
}

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
