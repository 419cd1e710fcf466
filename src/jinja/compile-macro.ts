/** `{% macro %}` and `{% call %}`. */
import { compileCall } from "./compile-call.js"
import { compileExpression } from "./compile-expression.js"
import { compileBody, PARTS_PER_STEP_LOG2, writeRaw } from "./compile-statement.js"
import { PyDict, PyTuple } from "./containers.js"
import { assertionError, typeError } from "./errors.js"
import { type Env, entering, type Frame, functionFrame, NORMAL, newEnv, type Run } from "./frame.js"
import type { CallBlock, Macro } from "./nodes.js"
import type { Runtime } from "./runtime.js"
import { analyseBody, type FunctionScope, findUndeclared } from "./symbols.js"
import { type Kwargs, Markup, type Py, PyNative, Undefined } from "./values.js"

interface Parameter {
  readonly name: string
  readonly slot: number
  readonly fallback: ((env: Env) => Py) | undefined
}
interface MacroCode {
  /** `None` for the body of a call block. */
  readonly name: string | undefined
  readonly parameters: readonly Parameter[]
  /** Where the extra arguments go that the body mentions. */
  readonly caller: number | undefined
  readonly kwargs: number | undefined
  readonly varargs: number | undefined
  readonly scope: FunctionScope
  readonly enter: (env: Env) => void
  readonly run: Run
}

export function compileMacro(frame: Frame, node: Macro): Run {
  const code = compileMacroCode(frame, node, node.name)
  const slot = frame.symbols.find(node.name)?.slot ?? 0
  return (env) => {
    const macro = makeMacro(code, env)
    env.slots[slot] = macro
    if (frame.toplevel) env.context.vars.set(node.name, macro)
    return NORMAL
  }
}

export function compileCallBlock(frame: Frame, node: CallBlock): Run {
  const code = compileMacroCode(frame, node, undefined)
  const call = compileCall(frame, node.call, (env) => makeMacro(code, env))
  return (env) => {
    writeRaw(env.rt, call(env))
    return NORMAL
  }
}

function compileMacroCode(outer: Frame, node: Macro | CallBlock, name: string | undefined): MacroCode {
  const frame = functionFrame(outer)
  const { symbols } = frame
  analyseBody(symbols, [...node.args, ...node.defaults, ...node.body])
  const special = declareSpecial(frame, node)
  analyseBody(symbols, [...node.args, ...node.defaults, ...node.body])
  const offset = node.args.length - node.defaults.length
  frame.unit.compiled.parts += node.args.length
  const parameters = node.args.map((arg, i): Parameter => {
    const fallback = node.defaults[i - offset]
    return {
      name: arg.name,
      slot: symbols.find(arg.name)?.slot ?? 0,
      fallback: fallback && compileExpression(frame, fallback),
    }
  })
  const run = compileBody(frame, node.body)
  return { name, parameters, ...special, scope: frame.scope, enter: entering(frame), run }
}

/** The names that a macro's body gets filled in when it mentions them without declaring them. */
function declareSpecial(frame: Frame, node: Macro | CallBlock) {
  const names = node.args.map((arg) => arg.name)
  const used = findUndeclared(frame.unit.mentions, node.body, ["caller", "kwargs", "varargs"])
  const explicitCaller = names.indexOf("caller")
  if (used.has("caller") && explicitCaller >= 0 && explicitCaller < names.length - node.defaults.length) {
    throw assertionError(
      'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
      node.at + frame.unit.base,
    )
  }
  const declare = (name: string) =>
    used.has(name) && !names.includes(name) ? frame.symbols.declareParameter(name).slot : undefined
  return { caller: declare("caller"), kwargs: declare("kwargs"), varargs: declare("varargs") }
}

function makeMacro(code: MacroCode, env: Env): PyNative {
  const title = code.name === undefined ? "None" : `'${code.name}'`
  return new PyNative("Macro", () => (code.name === undefined ? "<Macro anonymous>" : `<Macro ${title}>`), {
    attribute: (name) => macroAttribute(code, name),
    call: (rt, args, kwargs) => rt.nested(code.scope.height, () => invoke(rt, code, env, args, kwargs)),
  })
}

function macroAttribute(code: MacroCode, name: string): Py | undefined {
  switch (name) {
    case "name":
      return code.name ?? null
    case "arguments":
      return new PyTuple(code.parameters.map((parameter) => parameter.name))
    case "catch_kwargs":
      return code.kwargs !== undefined
    case "catch_varargs":
      return code.varargs !== undefined
    case "caller":
      return code.caller !== undefined
    case "explicit_caller":
      return code.parameters.some((parameter) => parameter.name === "caller")
    default:
      return undefined
  }
}

function invoke(rt: Runtime, code: MacroCode, outer: Env, args: readonly Py[], kwargs: Kwargs): Py {
  const env = newEnv(code.scope, rt, outer.context, outer)
  bindArguments(rt, code, env, args, kwargs)
  const { autoescape } = rt
  const text = rt.capture(() => {
    code.enter(env)
    for (const parameter of code.parameters) {
      if (env.slots[parameter.slot] !== undefined) continue
      env.slots[parameter.slot] = parameter.fallback ? parameter.fallback(env) : notProvided(parameter.name)
    }
    code.run(env)
  })
  return autoescape ? new Markup(text) : text
}

const notProvided = (name: string) => new Undefined(() => `parameter '${name}' was not provided`)

/** As Jinja2's Macro binds them: positional first, then by name, the rest to what the body mentions. */
function bindArguments(rt: Runtime, code: MacroCode, env: Env, args: readonly Py[], kwargs: Kwargs): void {
  const { parameters, caller } = code
  const rest = new Map(kwargs)
  parameters.forEach(({ name, slot }, i) => {
    env.slots[slot] = i < args.length ? args[i] : rest.get(name)
    if (i >= args.length) rest.delete(name)
  })
  if (caller !== undefined) {
    env.slots[caller] = rest.get("caller") ?? new Undefined(() => "No caller defined")
    rest.delete("caller")
  }
  if (code.kwargs !== undefined) env.slots[code.kwargs] = PyDict.of(rest)
  else refuseKeywords(code, rest)
  if (code.varargs !== undefined) env.slots[code.varargs] = new PyTuple(args.slice(parameters.length))
  else if (args.length > parameters.length) {
    throw typeError(`macro ${titleOf(code)} takes not more than ${parameters.length} argument(s)`)
  }
  rt.tick(1 + (parameters.length >>> PARTS_PER_STEP_LOG2))
}

const titleOf = (code: MacroCode) => (code.name === undefined ? "None" : `'${code.name}'`)

function refuseKeywords(code: MacroCode, rest: ReadonlyMap<string, Py>): void {
  const [first] = rest.keys()
  if (first === undefined) return
  if (rest.has("caller")) {
    throw typeError(
      `macro ${titleOf(code)} was invoked with two values for the special caller argument. This is most likely a bug.`,
    )
  }
  throw typeError(`macro ${titleOf(code)} takes no keyword argument '${first}'`)
}
