/** Assignment targets, and the frame that a body of its own gets. */

import { Namespace, textKey } from "./containers.js"
import { runtimeError, typeError, valueError } from "./errors.js"
import { type Env, entering, type Frame, type Run, reader } from "./frame.js"
import { isIterable, iterate } from "./iterate.js"
import type { Body, Expr } from "./nodes.js"
import { analyseBody } from "./symbols.js"
import { type Py, typeName } from "./values.js"

export type Assign = (env: Env, value: Py) => void

export function compileTarget(frame: Frame, target: Expr): Assign {
  if (target.kind === "tuple") return compileUnpacking(target.items.map((item) => compileTarget(frame, item)))
  if (target.kind === "nsref") return compileNamespaceTarget(frame, target.name, target.attr)
  if (target.kind !== "name") throw new TypeError(`${target.kind} is not a target`)
  const { name } = target
  const slot = frame.symbols.find(name)?.slot ?? 0
  if (!frame.toplevel) {
    return (env, value) => {
      env.slots[slot] = value
    }
  }
  return (env, value) => {
    env.slots[slot] = value
    env.context.vars.set(name, value)
  }
}

/** Refuses attributes of anything but namespaces, before the value is computed; undefined where there are none. */
export function compileTargetCheck(frame: Frame, target: Expr): ((env: Env) => void) | undefined {
  if (target.kind === "nsref") {
    const owner = namespaceReader(frame, target.name)
    return (env) => void owner(env)
  }
  if (target.kind !== "tuple") return undefined
  const checks = target.items.flatMap((item) => compileTargetCheck(frame, item) ?? [])
  return (env) => {
    for (const check of checks) check(env)
  }
}

function namespaceReader(frame: Frame, name: string): (env: Env) => Namespace {
  const ref = frame.symbols.find(name)
  const read = ref ? reader(frame, ref) : () => undefined
  return (env) => {
    const owner = read(env)
    if (!(owner instanceof Namespace)) throw runtimeError("cannot assign attribute on non-namespace object")
    return owner
  }
}

function compileNamespaceTarget(frame: Frame, name: string, attr: string): Assign {
  const owner = namespaceReader(frame, name)
  return (env, value) => owner(env).attrs.set(env.rt, textKey(attr), attr, value)
}

function compileUnpacking(targets: readonly Assign[]): Assign {
  return (env, value) => {
    if (!isIterable(value)) throw typeError(`cannot unpack non-iterable ${typeName(value)} object`)
    const next = iterate(env.rt, value)
    const items: Py[] = []
    for (let item = next(); item !== undefined; item = next()) {
      if (items.length === targets.length) throw valueError(`too many values to unpack (expected ${targets.length})`)
      items.push(item)
    }
    if (items.length < targets.length) {
      throw valueError(`not enough values to unpack (expected ${targets.length}, got ${items.length})`)
    }
    targets.forEach((assign, i) => {
      assign(env, items[i] as Py)
    })
  }
}

/** A body in the frame made for it: how to enter it and how to run it. */
export function bodyFrame(
  frame: Frame,
  body: Body,
  compileBody: (frame: Frame, body: Body) => Run,
  before: readonly Expr[] = [],
): { readonly enter: (env: Env) => void; readonly run: Run } {
  analyseBody(frame.symbols, before)
  analyseBody(frame.symbols, body)
  const run = compileBody(frame, body)
  return { enter: entering(frame), run }
}
