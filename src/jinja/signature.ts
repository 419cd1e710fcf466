/** How arguments find their parameters, with Python's messages where they do not. */
import { typeError } from "./errors.js"
import type { Runtime } from "./runtime.js"
import { type Kwargs, type Py, typeName } from "./values.js"

/** Takes the values in the order of the parameters, undefined for what was not given. */
type Implementation = (rt: Runtime, ...values: never[]) => Py
export interface Definition {
  /** Python's name of the function. */
  readonly name: string
  readonly call: (rt: Runtime, args: readonly Py[], kwargs: Kwargs) => Py
}

/**
 * As {@link define}, for a method of a built-in type: the value it belongs to comes first and is not counted, and
 * arguments have no names unless a `/` stands before the parameters: `split / sep= maxsplit=`.
 */
export function defineMethod(signature: string, run: Implementation): Definition {
  const [name = "", ...rest] = signature.split(" ")
  const isNamed = rest[0] === "/"
  return define([name, "self", ...(isNamed ? rest.slice(1) : rest)].join(" "), run, isNamed ? bindNamed : bindPlain)
}

interface Parameters {
  readonly names: readonly string[]
  readonly required: number
  /** Whether more positional arguments are taken; they follow the named ones. */
  readonly variadic: boolean
}

/**
 * Describes a function.
 * @param signature its name and its parameters: `do_join value d= attribute=`; `name=` may be left out, a `*` at the
 *   end takes any number of further arguments
 */
export function define(signature: string, run: Implementation, find: Bind = bind): Definition {
  let parameters: Parameters | undefined
  const invoke = run as unknown as (rt: Runtime, ...values: ReadonlyArray<Py | undefined>) => Py
  const name = signature.split(" ", 1)[0] ?? ""
  return {
    name,
    call: (rt, args, kwargs) => {
      for (const arg of args) rt.read(arg)
      for (const arg of kwargs.values()) rt.read(arg)
      parameters ??= parse(signature)
      return invoke(rt, ...find({ name, ...parameters }, args, kwargs))
    },
  }
}

function parse(signature: string): Parameters {
  const [, ...words] = signature.split(" ")
  const variadic = words.at(-1) === "*"
  const named = variadic ? words.slice(0, -1) : words
  const names = named.map((word) => word.replace("=", ""))
  return { names, required: named.filter((word) => !word.endsWith("=")).length, variadic }
}

interface Callee extends Parameters {
  readonly name: string
}
type Bind = (callee: Callee, args: readonly Py[], kwargs: Kwargs) => ReadonlyArray<Py | undefined>

function bindPlain(callee: Callee, args: readonly Py[], kwargs: Kwargs): readonly Py[] {
  const { name, names } = callee
  const owner = `${typeName(args[0] ?? null)}.${name}()`
  if (kwargs.size > 0) throw typeError(`${owner} takes no keyword arguments`)
  const [least, most, given] = [callee.required - 1, names.length - 1, args.length - 1]
  if (given >= least && given <= most) return args
  if (most === 0) throw typeError(`${owner} takes no arguments (${given} given)`)
  if (least === most && most === 1) throw typeError(`${owner} takes exactly one argument (${given} given)`)
  const [side, bound] = given < least ? ["least", least] : ["most", most]
  const range = least === most ? "" : `at ${side} `
  throw typeError(`${name} expected ${range}${bound} argument${bound === 1 ? "" : "s"}, got ${given}`)
}

const bindNamed: Bind = (callee, args, kwargs) => {
  const [most, given] = [callee.names.length - 1, args.length - 1 + kwargs.size]
  if (given > most)
    throw typeError(`${callee.name}() takes at most ${most} argument${most === 1 ? "" : "s"} (${given} given)`)
  return bind(callee, args, kwargs)
}

function bind(callee: Callee, args: readonly Py[], kwargs: Kwargs): ReadonlyArray<Py | undefined> {
  const { name, names, required, variadic } = callee
  if (args.length > names.length && !variadic) throw tooMany(callee, args.length)
  if (kwargs.size === 0 && args.length >= required) return args
  const values: Array<Py | undefined> = [...args]
  for (const [key, value] of kwargs) {
    const at = names.indexOf(key)
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`)
    if (values[at] !== undefined) throw typeError(`${name}() got multiple values for argument '${key}'`)
    values[at] = value
  }
  const missing = names.slice(0, required).filter((_, i) => values[i] === undefined)
  if (missing.length > 0) throw missingArguments(name, missing)
  return values
}

function tooMany({ name, names, required }: Callee, given: number) {
  const most = names.length
  const range = required === most ? `${most}` : `from ${required} to ${most}`
  return typeError(
    `${name}() takes ${range} positional argument${most === 1 ? "" : "s"} but ${given} ${given === 1 ? "was" : "were"} given`,
  )
}

function missingArguments(name: string, missing: readonly string[]) {
  const quoted = missing.map((each) => `'${each}'`)
  const list = quoted.length > 1 ? `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}` : quoted[0]
  return typeError(
    `${name}() missing ${missing.length} required positional argument${missing.length > 1 ? "s" : ""}: ${list}`,
  )
}
