/** Expressions to closures. */
import { getAttribute, getItem, sliceOf } from "./access.js"
import { equals, type OrderOperator, ordered } from "./compare.js"
import { compileCall, compileFilter, compileTest } from "./compile-call.js"
import { PyDict, PyList, PyTuple } from "./containers.js"
import { JinjaError, positionIn } from "./errors.js"
import { type Evaluate, type Frame, reader, softFrame, undefinedName } from "./frame.js"
import { keyOf } from "./hash.js"
import { contains, isTrue } from "./iterate.js"
import { childrenOf } from "./node-children.js"
import type { Binary, Compare, CompareOperator, CondExpr, Expr, GetItem, Slice } from "./nodes.js"
import { BINARY, concat, negate, positive } from "./operators.js"
import type { Runtime } from "./runtime.js"
import { type Py, PySlice, Undefined } from "./values.js"

export function compileExpression(frame: Frame, node: Expr): Evaluate {
  const { scope } = frame
  scope.height = Math.max(scope.height, node.height + 2 * frame.nesting)
  return compileNode(frame, node)
}

/** As {@link compileExpression}, for a part of one. */
export function compileNode(frame: Frame, node: Expr): Evaluate {
  const sub = (child: Expr) => compileNode(frame, child)
  frame.unit.compiled.parts++
  switch (node.kind) {
    case "const": {
      const { value } = node
      return () => value
    }
    case "name":
      return compileName(frame, node.name)
    case "tuple": {
      const items = node.items.map(sub)
      return (env) => {
        env.rt.tick()
        return new PyTuple(items.map((item) => item(env)))
      }
    }
    case "list": {
      const items = node.items.map(sub)
      return (env) => {
        env.rt.tick()
        return new PyList(items.map((item) => item(env)))
      }
    }
    case "dict":
      return compileDict(node.items.map(([key, value]) => [sub(key), sub(value)]))
    case "cond":
      return compileConditional(frame, node)
    case "and": {
      const [left, right] = [sub(node.left), sub(node.right)]
      return (env) => {
        const value = left(env)
        return isTrue(value) ? right(env) : value
      }
    }
    case "or": {
      const [left, right] = [sub(node.left), sub(node.right)]
      return (env) => {
        const value = left(env)
        return isTrue(value) ? value : right(env)
      }
    }
    case "not": {
      const value = sub(node.node)
      return (env) => !isTrue(value(env))
    }
    case "neg":
      return located(frame, node.at, sub(node.node), (_rt, value) => negate(value))
    case "pos":
      return located(frame, node.at, sub(node.node), (_rt, value) => positive(value))
    case "binary":
      return compileBinary(frame, node.at, operationOf(node), sub(node.left), sub(node.right))
    case "compare":
      return compileCompare(frame, node)
    case "concat":
      return compileConcat(frame, node.nodes.map(sub))
    case "getattr": {
      const { attr } = node
      return located(frame, node.at, sub(node.node), (rt, value) => getAttribute(rt, value, attr))
    }
    case "getitem":
      return compileGetItem(frame, node)
    case "call":
      return compileCall(frame, node)
    case "filter":
      return compileFilter(frame, node, undefined)
    case "test":
      return compileTest(frame, node)
    case "slice":
    case "nsref":
      throw new JinjaError("SyntaxError", "invalid syntax", { offset: node.at + frame.unit.base })
  }
}

/** An operation on one value that says where it stands before it begins. */
function located(frame: Frame, at: number, value: Evaluate, operate: (rt: Runtime, value: Py) => Py): Evaluate {
  const place = at + frame.unit.base
  return (env) => {
    const operand = value(env)
    env.rt.at = place
    return operate(env.rt, operand)
  }
}

function compileName(frame: Frame, name: string): Evaluate {
  const ref = frame.symbols.find(name)
  // Jinja2 fails the same way for a name that only the arguments of a set block's filter mention.
  if (!ref) {
    throw new JinjaError(
      "AssertionError",
      `Tried to resolve a name to a reference that was unknown to the frame ('${name}')`,
    )
  }
  const read = reader(frame, ref)
  return (env) => {
    const value = read(env)
    return value === undefined ? undefinedName(name) : value
  }
}

function compileDict(items: ReadonlyArray<readonly [Evaluate, Evaluate]>): Evaluate {
  return (env) => {
    env.rt.tick()
    const dict = new PyDict()
    for (const [key, value] of items) {
      const shown = key(env)
      const item = value(env)
      dict.set(env.rt, keyOf(env.rt, shown), shown, item)
    }
    return dict
  }
}

function compileConditional(frame: Frame, node: CondExpr): Evaluate {
  const soft = softFrame(frame)
  const then = compileNode(soft, node.then)
  const test = compileNode(soft, node.test)
  if (node.other) {
    const other = compileNode(soft, node.other)
    return (env) => (isTrue(test(env)) ? then(env) : other(env))
  }
  const { source } = frame.unit
  const nothing = new Undefined(() => {
    const { line } = positionIn(source, node.at, "")
    return `the inline if-expression on line ${line} evaluated to false and no else section was defined.`
  })
  return (env) => (isTrue(test(env)) ? then(env) : nothing)
}

function compileBinary(
  frame: Frame,
  at: number,
  operate: (rt: Runtime, a: Py, b: Py) => Py,
  left: Evaluate,
  right: Evaluate,
): Evaluate {
  const place = at + frame.unit.base
  return (env) => {
    const a = left(env)
    const b = right(env)
    env.rt.at = place
    return operate(env.rt, a, b)
  }
}

/**
 * Jinja2 writes a negative constant without brackets into the Python it makes, where the power binds closer than the
 * sign: `(-2) ** x` is `-(2 ** x)` there, unless x is a constant too.
 */
function operationOf(node: Binary): (rt: Runtime, a: Py, b: Py) => Py {
  const operate = BINARY[node.operator]
  if (node.operator !== "**" || node.left.kind !== "neg" || node.left.node.kind !== "const" || isConstant(node.right))
    return operate
  return (rt, a, b) => negate(operate(rt, negate(a), b))
}

type Comparison = (rt: Runtime, a: Py, b: Py) => boolean
const order =
  (operator: OrderOperator): Comparison =>
  (rt, a, b) =>
    ordered(rt, operator, a, b)
const COMPARISONS: Readonly<Record<CompareOperator, Comparison>> = {
  "==": (rt, a, b) => equals(rt, a, b),
  "!=": (rt, a, b) => !equals(rt, a, b),
  "<": order("<"),
  "<=": order("<="),
  ">": order(">"),
  ">=": order(">="),
  in: (rt, a, b) => contains(rt, b, a),
  "not in": (rt, a, b) => !contains(rt, b, a),
}

function compileCompare(frame: Frame, node: Compare): Evaluate {
  const first = compileNode(frame, node.first)
  const rest = node.rest.map(({ operator, node: operand }) => ({
    holds: COMPARISONS[operator],
    value: compileNode(frame, operand),
  }))
  const [only] = rest
  if (only && rest.length === 1) return compileBinary(frame, node.at, only.holds, first, only.value)
  const place = node.at + frame.unit.base
  return (env) => {
    let left = first(env)
    for (const { holds, value } of rest) {
      const right = value(env)
      env.rt.at = place
      if (!holds(env.rt, left, right)) return false
      left = right
    }
    return true
  }
}

function compileConcat(frame: Frame, values: readonly Evaluate[]): Evaluate {
  const { escaping } = frame
  return (env) => {
    const all = values.map((value) => value(env))
    return concat(env.rt, all, escaping === "volatile" ? env.rt.autoescape : escaping)
  }
}

function compileGetItem(frame: Frame, node: GetItem): Evaluate {
  const value = compileNode(frame, node.node)
  const { arg } = node
  if (arg.kind === "slice")
    return compileBinary(frame, node.at, (rt, a, b) => sliceOf(rt, a, b as PySlice), value, compileSlice(frame, arg))
  if (arg.kind !== "const") return compileBinary(frame, node.at, getItem, value, compileNode(frame, arg))
  const key = arg.value
  return located(frame, node.at, value, (rt, owner) => getItem(rt, owner, key))
}

const CONSTANT_KINDS = new Set<Expr["kind"]>(
  "const tuple list dict slice neg pos not and or binary compare concat getitem".split(" ") as Expr["kind"][],
)
/** What Jinja2 computes while it compiles. */
export const isConstant = (node: Expr): boolean =>
  CONSTANT_KINDS.has(node.kind) && childrenOf(node).every((child) => isConstant(child as Expr))

/**
 * What a print statement shows. A constant that is sliced Jinja2 computes ahead, by its lenient look-up; elsewhere a
 * slice is Python's own and fails for what has none.
 */
export function compilePrinted(frame: Frame, node: Expr): Evaluate {
  if (node.kind !== "getitem" || node.arg.kind !== "slice" || !isConstant(node.node) || !isConstant(node.arg)) {
    return compileExpression(frame, node)
  }
  return compileBinary(frame, node.at, getItem, compileNode(frame, node.node), compileSlice(frame, node.arg))
}

function compileSlice(frame: Frame, { start, stop, step }: Slice): Evaluate {
  const part = (node: Expr | undefined): Evaluate => (node ? compileNode(frame, node) : () => null)
  const [from, to, by] = [part(start), part(stop), part(step)]
  return (env) => new PySlice(from(env), to(env), by(env))
}
