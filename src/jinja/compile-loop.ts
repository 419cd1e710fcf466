/** `{% for %}`. */
import { compileExpression } from "./compile-expression.js"
import { compileBody } from "./compile-statement.js"
import { type Assign, bodyFrame, compileTarget } from "./compile-target.js"
import { assertionError } from "./errors.js"
import {
  BREAK,
  type Env,
  type Evaluate,
  entering,
  type Frame,
  functionFrame,
  innerFrame,
  NORMAL,
  newEnv,
  type Run,
} from "./frame.js"
import { isTrue, iterate } from "./iterate.js"
import { createLoop, type Recurse } from "./loop.js"
import type { Expr, For, Node } from "./nodes.js"
import type { Runtime } from "./runtime.js"
import { analyseBody, analyseParameters, type Ref, someNode, usesLoop } from "./symbols.js"
import { Markup, type Py, PyIterator } from "./values.js"

/** A loop compiled for the function that it runs in. */
interface Walk {
  /** Walks the items; says how it ended. */
  readonly run: (env: Env, items: Py, depth0: number, recurse?: Recurse) => ReturnType<Run>
}

export function compileFor(frame: Frame, node: For): Run {
  refuseLoopTarget(frame, node)
  const items = compileExpression(frame, node.iter)
  const place = node.iter.at + frame.unit.base
  if (node.recursive) return compileRecursive(frame, node, items, place)
  const walk = compileWalk(frame, frame, node)
  return (env) => {
    const value = items(env)
    env.rt.at = place
    return walk.run(env, value, 0)
  }
}

function refuseLoopTarget(frame: Frame, node: For): void {
  const isLoopTarget = (child: Node) => child.kind === "name" && child.use === "store" && child.name === "loop"
  if (!frame.unit.mentions("loop") || !someNode(node, isLoopTarget)) return
  throw assertionError("Can't assign to special loop variable in for-loop target", node.at + frame.unit.base)
}

function compileWalk(frame: Frame, outer: Frame, node: For): Walk {
  const loopFrame: Frame = { ...innerFrame(frame), inLoop: true }
  const loopRef = usesLoop(frame.unit.mentions, node) ? loopFrame.symbols.declareParameter("loop") : undefined
  analyseParameters(loopFrame.symbols, node.target)
  const { enter, run } = bodyFrame(loopFrame, node.body, compileBody)
  const assign = compileTarget(loopFrame, node.target)
  const other = compileElse(frame, outer, node)
  const select = node.test && compileTest(frame, node.target, node.test)
  return {
    run: (env, items, depth0, recurse) => {
      const { rt } = env
      const chosen = select ? new PyIterator(select(env, iterate(rt, items)), "generator") : items
      const next = open(env, rt, chosen, depth0, loopRef, recurse)
      let isEmpty = true
      for (let item = next(); item !== undefined; item = next()) {
        rt.tick()
        assign(env, item)
        enter(env)
        const end = run(env)
        if (end === BREAK) break
        // Jinja2 notes an iteration at its end, so a jump out of the first one still lets the else branch run.
        if (end === NORMAL) isEmpty = false
      }
      return isEmpty && other ? other(env) : NORMAL
    },
  }
}

function open(
  env: Env,
  rt: Runtime,
  items: Py,
  depth0: number,
  loopRef: Ref | undefined,
  recurse: Recurse | undefined,
) {
  if (!loopRef) return iterate(rt, items)
  const loop = createLoop(rt, items, depth0, recurse)
  env.slots[loopRef.slot] = loop.object
  return loop.next
}

function compileElse(frame: Frame, outer: Frame, node: For): Run | undefined {
  if (node.other.length === 0) return undefined
  const elseFrame: Frame = { ...innerFrame(frame), inLoop: outer.inLoop && frame === outer }
  const { enter, run } = bodyFrame(elseFrame, node.other, compileBody)
  return (env) => {
    enter(env)
    return run(env)
  }
}

/** The items that satisfy the loop's `if`, one by one; the targets are variables of their own there. */
function compileTest(
  frame: Frame,
  target: Expr,
  test: Expr,
): (env: Env, next: () => Py | undefined) => () => Py | undefined {
  const testFrame = innerFrame(frame)
  analyseParameters(testFrame.symbols, target)
  analyseBody(testFrame.symbols, [test])
  const enter = entering(testFrame)
  const assign: Assign = compileTarget(testFrame, target)
  const holds = compileExpression(testFrame, test)
  return (env, next) => {
    enter(env)
    return () => {
      for (let item = next(); item !== undefined; item = next()) {
        env.rt.tick()
        assign(env, item)
        if (isTrue(holds(env))) return item
      }
      return undefined
    }
  }
}

/** A recursive loop is a function that `loop(items)` calls again. */
function compileRecursive(frame: Frame, node: For, items: Evaluate, place: number): Run {
  const loopFrame = functionFrame(frame)
  const walk = compileWalk(loopFrame, frame, node)
  const { scope } = loopFrame
  return (env) => {
    const { rt, context } = env
    const recurse: Recurse = (children, depth0) =>
      rt.nested(scope.height, () => {
        const text = rt.capture(() => {
          walk.run(newEnv(scope, rt, context, env), children, depth0, recurse)
        })
        return rt.autoescape ? new Markup(text) : text
      })
    const value = items(env)
    rt.at = place
    const result = recurse(value, 0)
    rt.write(result instanceof Markup ? result.text : String(result))
    return NORMAL
  }
}
