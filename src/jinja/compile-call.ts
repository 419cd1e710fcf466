/** Calls, filters and tests to closures. */
import { getAttribute } from "./access.js"
import { callValue } from "./call.js"
import { compileNode } from "./compile-expression.js"
import { PyDict } from "./containers.js"
import { assertionError, JinjaError, runtimeError, typeError } from "./errors.js"
import type { Env, Evaluate, Frame } from "./frame.js"
import { failUndefined, itemsOf } from "./iterate.js"
import { findMethod } from "./methods/index.js"
import type { Arguments, Call, Constant, Filter, Test } from "./nodes.js"
import type { Runtime } from "./runtime.js"
import { isText, type Kwargs, NO_KWARGS, type Py, textOf, typeName, Undefined } from "./values.js"

interface CompiledArguments {
  /** Appends the positional arguments. */
  readonly positional: (env: Env, into: Py[]) => void
  readonly keywords: ((env: Env) => Kwargs) | undefined
}

function compileArguments(frame: Frame, node: Arguments): CompiledArguments {
  const args = node.args.map((arg) => compileNode(frame, arg))
  const dynArgs = node.dynArgs && compileNode(frame, node.dynArgs)
  const positional = (env: Env, into: Py[]) => {
    for (const arg of args) into.push(arg(env))
    if (dynArgs) into.push(...spread(env.rt, dynArgs(env)))
  }
  return { positional, keywords: compileKeywords(frame, node) }
}

function spread(rt: Runtime, value: Py): readonly Py[] {
  try {
    const items = itemsOf(rt, value)
    rt.items(items.length)
    // More would not fit the stack as arguments of one call.
    if (items.length > 10_000) throw new JinjaError("LimitError", "a call takes more than 10000 arguments")
    return items
  } catch (error) {
    if (!(error instanceof JinjaError && error.pythonClass === "TypeError")) throw error
    throw typeError(`Value after * must be an iterable, not ${typeName(value)}`)
  }
}

function compileKeywords(frame: Frame, node: Arguments): ((env: Env) => Kwargs) | undefined {
  const named = node.kwargs.map(({ name, value }) => [name, compileNode(frame, value)] as const)
  const more = node.dynKwargs && compileNode(frame, node.dynKwargs)
  if (!more && named.length === 0) return undefined
  return (env) => {
    const kwargs = new Map<string, Py>()
    for (const [name, value] of named) kwargs.set(name, value(env))
    if (more) addKeywords(env.rt, kwargs, more(env))
    return kwargs
  }
}

function addKeywords(rt: Runtime, kwargs: Map<string, Py>, value: Py): void {
  if (value instanceof Undefined) failUndefined(value)
  if (!(value instanceof PyDict)) throw typeError(`argument after ** must be a mapping, not ${typeName(value)}`)
  for (const [, key, item] of value.entries(rt)) {
    if (!isText(key)) throw typeError("keywords must be strings")
    const name = textOf(key)
    if (kwargs.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`)
    kwargs.set(name, item)
  }
}

/** A call; for a call block with the body to pass as `caller`. */
export function compileCall(frame: Frame, node: Call, caller?: Evaluate): Evaluate {
  const { positional, keywords: written } = compileArguments(frame, node)
  const keywords = caller ? withCaller(caller, written) : written
  const place = node.at + frame.unit.base
  if (node.node.kind === "getattr") return compileMethodCall(frame, node, positional, keywords)
  const callee = compileNode(frame, node.node)
  return (env) => {
    const target = callee(env)
    const args: Py[] = []
    positional(env, args)
    const kwargs = keywords ? keywords(env) : NO_KWARGS
    env.rt.at = place
    return callValue(env.rt, target, args, kwargs)
  }
}

function withCaller(caller: Evaluate, written: CompiledArguments["keywords"]): (env: Env) => Kwargs {
  return (env) => {
    const kwargs = new Map(written?.(env))
    kwargs.set("caller", caller(env))
    return kwargs
  }
}

/** `value.name(...)` without making a bound method of it. */
function compileMethodCall(
  frame: Frame,
  node: Call,
  positional: CompiledArguments["positional"],
  keywords: CompiledArguments["keywords"],
): Evaluate {
  const callee = node.node
  if (callee.kind !== "getattr") throw new TypeError("not a method call")
  const { attr } = callee
  const owner = compileNode(frame, callee.node)
  const ownerPlace = callee.at + frame.unit.base
  const place = node.at + frame.unit.base
  return (env) => {
    const { rt } = env
    const value = owner(env)
    rt.at = ownerPlace
    const method = findMethod(value, attr)
    const target = method ? undefined : getAttribute(rt, value, attr)
    const args: Py[] = method ? [value] : []
    positional(env, args)
    const kwargs = keywords ? keywords(env) : NO_KWARGS
    rt.at = place
    if (target !== undefined) return callValue(rt, target, args, kwargs)
    rt.tick()
    return method ? method.call(rt, args, kwargs) : null
  }
}

/** @param input the text of the block that a filter stands over, where there is no expression before it */
export function compileFilter(frame: Frame, node: Filter, input: Evaluate | undefined): Evaluate {
  const value = node.node
    ? node.node.kind === "filter"
      ? compileFilter(frame, node.node, input)
      : compileNode(frame, node.node)
    : input
  if (!value) throw new JinjaError("SyntaxError", "a filter without a value", { offset: node.at })
  const filter = frame.unit.filters(node.name)
  if (!filter && !frame.soft) throw assertionError(`No filter named '${node.name}'.`, node.at + frame.unit.base)
  return compileApplied(frame, node, value, filter?.call ?? unknown("filter", node.name))
}

export function compileTest(frame: Frame, node: Test): Evaluate {
  const test = frame.unit.tests(node.name)
  if (!test && !frame.soft) throw assertionError(`No test named '${node.name}'.`, node.at + frame.unit.base)
  const [other] = node.args
  if (node.name === "sameas" && node.node.kind === "const" && other?.kind === "const" && !isKeptOnce(other.value)) {
    return () => false
  }
  return compileApplied(frame, node, compileNode(frame, node.node), test?.call ?? unknown("test", node.name))
}

/** Whether equal literals are one object in Python: None, the bools, small ints and short texts. */
function isKeptOnce(value: Constant): boolean {
  if (typeof value === "bigint") return value >= -5n && value <= 256n
  return typeof value === "string" ? /^[\0-\xff]?$/.test(value) : typeof value !== "number"
}

type Apply = (rt: Runtime, args: readonly Py[], kwargs: Kwargs) => Py

const unknown =
  (kind: "filter" | "test", name: string): Apply =>
  () => {
    throw runtimeError(`No ${kind} named '${name}' found.`)
  }

function compileApplied(frame: Frame, node: Filter | Test, value: Evaluate, apply: Apply): Evaluate {
  const { positional, keywords } = compileArguments(frame, node)
  const place = node.at + frame.unit.base
  return (env) => {
    const args = [value(env)]
    positional(env, args)
    const kwargs = keywords ? keywords(env) : NO_KWARGS
    env.rt.at = place
    env.rt.tick()
    return apply(env.rt, args, kwargs)
  }
}
