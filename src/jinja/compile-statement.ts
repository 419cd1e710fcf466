/** Statements to closures. */

import { compileFilter } from "./compile-call.js"
import { compileExpression, compilePrinted, isConstant } from "./compile-expression.js"
import { compileFor } from "./compile-loop.js"
import { compileCallBlock, compileMacro } from "./compile-macro.js"
import { bodyFrame, compileTarget, compileTargetCheck } from "./compile-target.js"
import { JinjaError, runtimeError, typeError } from "./errors.js"
import {
  BREAK,
  CONTINUE,
  type Env,
  type Evaluate,
  entering,
  type Frame,
  innerFrame,
  NORMAL,
  type Run,
  softFrame,
} from "./frame.js"
import { escapeHtml } from "./html.js"
import { isTrue } from "./iterate.js"
import type {
  AssignBlock,
  AutoEscape,
  Block,
  Body,
  Expr,
  FilterBlock,
  If,
  Load,
  Output,
  Statement,
  TemplateData,
  With,
} from "./nodes.js"
import { toText } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { analyseBody } from "./symbols.js"
import { isText, Markup, type Py, typeName, Undefined } from "./values.js"

/** As many parts of a body, and parameters of a macro, take one step; calls and loops count by themselves. */
export const PARTS_PER_STEP_LOG2 = 4

export function compileBody(frame: Frame, body: Body): Run {
  const { compiled } = frame.unit
  const before = compiled.parts
  const runs = body.map((statement) => compileStatement(frame, statement))
  const steps = (compiled.parts - before) >>> PARTS_PER_STEP_LOG2
  const [first] = runs
  if (!first) return () => NORMAL
  if (runs.length === 1 && steps === 0) return first
  return (env) => {
    if (steps > 0) env.rt.tick(steps)
    for (const run of runs) {
      const end = run(env)
      if (end !== NORMAL) return end
    }
    return NORMAL
  }
}

function compileStatement(frame: Frame, node: Statement): Run {
  frame.unit.compiled.parts++
  switch (node.kind) {
    case "output":
      return compileOutput(frame, node)
    case "if":
      return compileIf(frame, node)
    case "for":
      return compileFor(frame, node)
    case "assign": {
      const value = compileExpression(frame, node.node)
      const assign = compileTarget(frame, node.target)
      const check = compileTargetCheck(frame, node.target)
      const place = node.at + frame.unit.base
      return (env) => {
        env.rt.at = place
        check?.(env)
        const result = value(env)
        env.rt.at = place
        assign(env, result)
        return NORMAL
      }
    }
    case "assignblock":
      return compileAssignBlock(frame, node)
    case "macro":
      return compileMacro(frame, node)
    case "callblock":
      return compileCallBlock(frame, node)
    case "filterblock":
      return compileFilterBlock(frame, node)
    case "with":
      return compileWith(frame, node)
    case "autoescape":
      return compileAutoEscape(frame, node)
    case "block":
      return compileBlock(frame, node)
    case "load":
      return compileLoad(frame, node)
    case "break":
    case "continue":
      return compileJump(frame, node.kind, node.at)
  }
}

/** How a value becomes output. */
function writer(frame: Frame): (rt: Runtime, value: Py) => string {
  if (frame.escaping === true) return escapeHtml
  if (frame.escaping === false) return toText
  return (rt, value) => (rt.autoescape ? escapeHtml(rt, value) : toText(rt, value))
}

function compileOutput(frame: Frame, node: Output): Run {
  const show = writer(frame)
  // Jinja2 writes constants while it compiles, when it cannot know yet that they are to be escaped.
  const showConstant = frame.escaping === "volatile" ? toText : show
  frame.unit.compiled.parts += node.nodes.length
  const writes = node.nodes.map((part): ((env: Env) => void) => {
    if (part.kind === "data") return ({ rt }) => rt.write(part.text)
    return compileWrite(frame, part, isConstant(part) ? showConstant : show)
  })
  return (env) => {
    for (const write of writes) write(env)
    return NORMAL
  }
}

function compileWrite(
  frame: Frame,
  node: Exclude<Expr | TemplateData, TemplateData>,
  show: (rt: Runtime, value: Py) => string,
) {
  const value = compilePrinted(frame, node)
  const place = node.at + frame.unit.base
  return (env: Env) => {
    const { rt } = env
    rt.at = place
    const result = value(env)
    rt.write(typeof result === "string" && frame.escaping === false ? result : show(rt, result))
  }
}

function compileIf(frame: Frame, node: If): Run {
  const soft = softFrame(frame)
  const branches = [node, ...node.elifs].map(({ test, body }) => ({
    test: compileExpression(soft, test),
    run: compileBody(soft, body),
  }))
  const other = compileBody(soft, node.other)
  return (env) => {
    for (const { test, run } of branches) if (isTrue(test(env))) return run(env)
    return other(env)
  }
}

/** Runs a body and gives what it wrote, or the jump that left it. */
function capturing(run: Run): (env: Env) => { readonly text: string; readonly end: ReturnType<Run> } {
  return (env) => {
    let end: ReturnType<Run> = NORMAL
    const text = env.rt.capture(() => {
      end = run(env)
    })
    return { text, end }
  }
}

const marked = (frame: Frame, env: Env, text: string): Py => {
  const escaping = frame.escaping === "volatile" ? env.rt.autoescape : frame.escaping
  return escaping ? new Markup(text) : text
}

function compileAssignBlock(frame: Frame, node: AssignBlock): Run {
  const inner = innerFrame(frame)
  const { enter, run } = bodyFrame(inner, node.body, compileBody)
  const capture = capturing(run)
  let text = ""
  const input: Evaluate = (env) => marked(frame, env, text)
  const filter = node.filter && compileFilter(inner, node.filter, input)
  const assign = compileTarget(frame, node.target)
  return (env) => {
    enter(env)
    const captured = capture(env)
    if (captured.end !== NORMAL) return captured.end
    text = captured.text
    const value = filter ? filter(env) : text
    assign(env, env.rt.autoescape && !(value instanceof Markup) ? new Markup(toText(env.rt, value)) : value)
    return NORMAL
  }
}

function compileFilterBlock(frame: Frame, node: FilterBlock): Run {
  const inner = innerFrame(frame)
  const { enter, run } = bodyFrame(inner, node.body, compileBody)
  const capture = capturing(run)
  let text = ""
  const filter = compileFilter(inner, node.filter, (env) => marked(frame, env, text))
  return (env) => {
    enter(env)
    const captured = capture(env)
    if (captured.end !== NORMAL) return captured.end
    text = captured.text
    writeRaw(env.rt, filter(env))
    return NORMAL
  }
}

/** Writes what must be text already: Jinja2 joins the results of filter and call blocks as they are. */
export function writeRaw(rt: Runtime, value: Py): void {
  if (typeof value !== "string" && !(value instanceof Markup)) {
    throw typeError(`sequence item 0: expected str instance, ${typeName(value)} found`)
  }
  rt.write(typeof value === "string" ? value : value.text)
}

function compileWith(frame: Frame, node: With): Run {
  const inner = innerFrame(frame)
  analyseBody(inner.symbols, node.targets)
  analyseBody(inner.symbols, node.body)
  const enter = entering(inner)
  const steps = node.targets.map((target, i) => {
    const assign = compileTarget(inner, target)
    const value = compileExpression(frame, node.values[i] as Expr)
    return (env: Env) => assign(env, value(env))
  })
  const run = compileBody(inner, node.body)
  return (env) => {
    enter(env)
    for (const step of steps) step(env)
    return run(env)
  }
}

function compileAutoEscape(frame: Frame, node: AutoEscape): Run {
  const constant = node.value.kind === "const" ? isTrue(node.value.value) : undefined
  const inner: Frame = { ...innerFrame(frame), escaping: constant ?? "volatile" }
  const { enter, run } = bodyFrame(inner, node.body, compileBody, [node.value])
  const value = compileExpression(inner, node.value)
  return (env) => {
    const { rt } = env
    const before = rt.autoescape
    enter(env)
    rt.autoescape = isTrue(value(env))
    const end = run(env)
    rt.autoescape = before
    return end
  }
}

function compileBlock(frame: Frame, node: Block): Run {
  const { name } = node
  if (node.required) {
    return () => {
      throw runtimeError(`Required block '${name}' not found`)
    }
  }
  return (env) => {
    const { rt, context } = env
    const seen = node.scoped ? context.derived(localsOf(frame, env, frame.symbols.visibleStores())) : context
    rt.tick()
    context.blocks.get(name)?.(rt, seen)
    return NORMAL
  }
}

function localsOf(frame: Frame, env: Env, visible: ReturnType<Frame["symbols"]["visibleStores"]>): Map<string, Py> {
  const locals = new Map<string, Py>()
  env.rt.tick(visible.size)
  for (const [name, { scope, slot }] of visible) {
    let owner: Env | undefined = env
    for (let level = frame.scope.depth; level > scope.depth; level--) owner = owner?.up
    const value = owner?.slots[slot]
    if (value !== undefined) locals.set(name, value)
  }
  return locals
}

/** There is no loader, so whatever is to be loaded cannot be; an include may be given nothing to load. */
function compileLoad(frame: Frame, node: Load): Run {
  const template = compileExpression(frame, node.template)
  const place = node.at + frame.unit.base
  return (env) => {
    const value = template(env)
    env.rt.at = place
    const isNothing = !isTrue(value) && !isText(value) && !(value instanceof Undefined)
    if (!isNothing || node.ignoresMissing === undefined) throw typeError("no loader for this environment specified")
    if (node.ignoresMissing) return NORMAL
    throw new JinjaError("TemplatesNotFound", "Tried to select from an empty list of templates.")
  }
}

function compileJump(frame: Frame, kind: "break" | "continue", at: number): Run {
  if (!frame.inLoop) {
    const message = kind === "break" ? "'break' outside loop" : "'continue' not properly in loop"
    throw new JinjaError("SyntaxError", message, { offset: at + frame.unit.base })
  }
  return kind === "break" ? () => BREAK : () => CONTINUE
}
