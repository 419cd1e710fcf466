/** How arguments find their parameters, with Python's messages where they do not. */
import { typeError } from "./errors.js"
import type { Runtime } from "./runtime.js"
import type { Kwargs, Py } from "./values.js"

/** Takes the values in the order of the parameters, undefined for what was not given. */
type Implementation = (rt: Runtime, ...values: never[]) => Py
export interface Definition {
  /** Python's name of the function. */
  readonly name: string
  readonly call: (rt: Runtime, args: readonly Py[], kwargs: Kwargs) => Py
}

/** As {@link define}, for a method: the value it belongs to comes first and is not counted. */
export function defineMethod(signature: string, run: Implementation): Definition {
  const [name = "", ...rest] = signature.split(" ")
  return define([name, "self", ...rest].join(" "), run, 1)
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
export function define(signature: string, run: Implementation, uncounted = 0): Definition {
  let parameters: Parameters | undefined
  const invoke = run as unknown as (rt: Runtime, ...values: ReadonlyArray<Py | undefined>) => Py
  const name = signature.split(" ", 1)[0] ?? ""
  return {
    name,
    call: (rt, args, kwargs) => {
      parameters ??= parse(signature)
      return invoke(rt, ...bind({ name, uncounted, ...parameters }, args, kwargs))
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
  /** Arguments at the front that messages do not count. */
  readonly uncounted: number
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

function tooMany({ name, names, required, uncounted }: Callee, length: number) {
  const [least, most, given] = [required - uncounted, names.length - uncounted, length - uncounted]
  const range = least === most ? `${most}` : `from ${least} to ${most}`
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
