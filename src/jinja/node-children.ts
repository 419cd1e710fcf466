/** Walking the syntax tree. */
import type { Arguments, Expr, Node } from "./nodes.js"

/** The children of a node, in the order in which Jinja2 visits them. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "const":
    case "name":
    case "nsref":
    case "data":
    case "break":
    case "continue":
      return []
    case "tuple":
    case "list":
      return node.items
    case "dict":
      return node.items.flat()
    case "cond":
      return present(node.test, node.then, node.other)
    case "binary":
    case "and":
    case "or":
      return [node.left, node.right]
    case "not":
    case "neg":
    case "pos":
      return [node.node]
    case "compare":
      return [node.first, ...node.rest.map((operand) => operand.node)]
    case "concat":
    case "output":
      return node.nodes
    case "getattr":
      return [node.node]
    case "getitem":
      return [node.node, node.arg]
    case "slice":
      return present(node.start, node.stop, node.step)
    case "call":
    case "filter":
    case "test":
      return [...present(node.node), ...argumentsOf(node)]
    case "for":
      return [node.target, node.iter, ...node.body, ...node.other, ...present(node.test)]
    case "if":
      return [node.test, ...node.body, ...node.elifs, ...node.other]
    case "macro":
      return [...node.args, ...node.defaults, ...node.body]
    case "callblock":
      return [node.call, ...node.args, ...node.defaults, ...node.body]
    case "filterblock":
      return [...node.body, node.filter]
    case "with":
      return [...node.targets, ...node.values, ...node.body]
    case "block":
      return node.body
    case "assign":
      return [node.target, node.node]
    case "assignblock":
      return [node.target, ...present(node.filter), ...node.body]
    case "autoescape":
      return [node.value, ...node.body]
    case "load":
      return [node.template]
  }
}

export const argumentsOf = (node: Arguments): readonly Expr[] => [
  ...node.args,
  ...node.kwargs.map((keyword) => keyword.value),
  ...present(node.dynArgs, node.dynKwargs),
]

const present = (...nodes: ReadonlyArray<Expr | undefined>): readonly Expr[] =>
  nodes.filter((node) => node !== undefined)
