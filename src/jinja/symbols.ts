/**
 * Which variable a name means, decided before anything runs (Jinja2's idtracking): each frame knows the names it reads
 * and stores, and for each of them where its value comes from when the frame is entered.
 */
import { childrenOf } from "./node-children.js"
import type { Body, Expr, For, If, Node } from "./nodes.js"

/** A function at run time: the root, a block, a macro, a recursive loop. Its variables live in numbered slots. */
export interface FunctionScope {
  readonly depth: number
  slots: number
  /** How deep its evaluation nests, for the bound of recursion. */
  height: number
}
export interface Ref {
  readonly scope: FunctionScope
  readonly slot: number
}
/** What a variable holds when its frame is entered: an argument, the context's value, another variable's, nothing. */
export type Load =
  | { readonly kind: "parameter" }
  | { readonly kind: "resolve"; readonly name: string }
  | { readonly kind: "alias"; readonly ref: Ref }
  | { readonly kind: "nothing" }

export class Symbols {
  readonly scope: FunctionScope
  readonly loads = new Map<Ref, Load>()
  private readonly parent: Symbols | undefined
  private readonly refs = new Map<string, Ref>()
  private readonly stores = new Set<string>()
  /** For a branch of an if: what the frame knew before it. */
  private readonly before: Symbols | undefined
  /** One variable for each name of this frame, whichever branch mentions it. */
  private readonly pool: Map<string, Ref>

  constructor(scope: FunctionScope, parent?: Symbols, before?: Symbols) {
    this.scope = scope
    this.parent = parent
    this.before = before
    this.pool = before?.pool ?? new Map()
  }

  find(name: string): Ref | undefined {
    return this.own(name) ?? this.parent?.find(name)
  }

  private own(name: string): Ref | undefined {
    return this.refs.get(name) ?? this.before?.own(name)
  }

  private isStored(name: string): boolean {
    return this.stores.has(name) || (this.before?.isStored(name) ?? false)
  }

  load(name: string): void {
    if (!this.find(name)) this.defineRef(name, { kind: "resolve", name })
  }

  store(name: string): void {
    this.stores.add(name)
    if (this.own(name)) return
    const outer = this.parent?.find(name)
    this.defineRef(name, outer ? { kind: "alias", ref: outer } : { kind: "nothing" })
  }

  declareParameter(name: string): Ref {
    this.stores.add(name)
    return this.defineRef(name, { kind: "parameter" })
  }

  /** Everything stored here and further out, by name. */
  visibleStores(): Map<string, Ref> {
    const found = this.parent?.visibleStores() ?? new Map<string, Ref>()
    for (const name of this.stores) {
      const ref = this.find(name)
      if (ref) found.set(name, ref)
    }
    return found
  }

  /** For a branch of an if: knows what is known here, and keeps what it finds to itself. */
  branch(): Symbols {
    return new Symbols(this.scope, this.parent, this)
  }

  /** Takes in what the branches of an if found; what only some of them store keeps its value from outside. */
  mergeBranches(branches: readonly Symbols[]): void {
    const stored = new Set(branches.flatMap((branch) => [...branch.stores]).filter((name) => !this.isStored(name)))
    for (const branch of branches) this.absorb(branch)
    for (const name of stored) {
      const ref = this.find(name)
      const outer = this.parent?.find(name)
      if (ref) this.loads.set(ref, outer ? { kind: "alias", ref: outer } : { kind: "resolve", name })
    }
  }

  private absorb(other: Symbols): void {
    for (const [name, ref] of other.refs) this.refs.set(name, ref)
    for (const [ref, load] of other.loads) this.loads.set(ref, load)
    for (const name of other.stores) this.stores.add(name)
  }

  private defineRef(name: string, load: Load): Ref {
    const ref = this.pool.get(name) ?? { scope: this.scope, slot: this.scope.slots++ }
    this.pool.set(name, ref)
    this.refs.set(name, ref)
    this.loads.set(ref, load)
    return ref
  }
}

/** Notes the names of statements that belong to this frame; frames within are left to their own analysis. */
export function analyseBody(symbols: Symbols, body: readonly Node[]): void {
  for (const node of body) analyse(symbols, node)
}

/** Notes a target whose names get their value from outside, like a loop's. */
export function analyseParameters(symbols: Symbols, target: Expr): void {
  if (target.kind === "name") symbols.declareParameter(target.name)
  else for (const child of childrenOf(target)) analyseParameters(symbols, child as Expr)
}

export function analyse(symbols: Symbols, node: Node): void {
  switch (node.kind) {
    case "name":
      if (node.use === "param") symbols.declareParameter(node.name)
      else if (node.use === "store") symbols.store(node.name)
      else symbols.load(node.name)
      return
    case "nsref":
      symbols.load(node.name)
      return
    case "if":
      analyseIf(symbols, node)
      return
    case "macro":
      symbols.store(node.name)
      return
    case "load":
      analyse(symbols, node.template)
      for (const name of node.names) symbols.store(name)
      return
    case "assign":
      analyse(symbols, node.node)
      analyse(symbols, node.target)
      return
    case "for":
      analyse(symbols, node.iter)
      return
    case "callblock":
      analyse(symbols, node.call)
      return
    case "filterblock":
      analyse(symbols, node.filter)
      return
    case "with":
      analyseBody(symbols, node.values)
      return
    case "assignblock":
      analyse(symbols, node.target)
      return
    case "autoescape":
    case "block":
      return
    default:
      analyseBody(symbols, childrenOf(node))
  }
}

function analyseIf(symbols: Symbols, node: If): void {
  analyse(symbols, node.test)
  const branches = [node.body, node.elifs, node.other].map((body: Body) => {
    const branch = symbols.branch()
    analyseBody(branch, body)
    return branch
  })
  symbols.mergeBranches(branches)
}

/**
 * Those of the names that are read before anything in the nodes stores to them; blocks are not looked into.
 * @param mentions whether a word stands in the template's text: one that does not need not be looked for
 */
export function findUndeclared(mentions: Mentions, nodes: readonly Node[], names: readonly string[]): Set<string> {
  const wanted = new Set(names.filter(mentions))
  const found = new Set<string>()
  const visit = (node: Node): void => {
    if (node.kind === "block") return
    if (node.kind !== "name") {
      for (const child of childrenOf(node)) visit(child)
    } else if (node.use !== "load") wanted.delete(node.name)
    else if (wanted.has(node.name)) found.add(node.name)
  }
  if (wanted.size > 0) nodes.forEach(visit)
  return found
}

type Mentions = (word: string) => boolean

/** Whether anything below satisfies the test. */
export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someNode(child, test))
}

/** Whether a loop needs its `loop` object. */
export const usesLoop = (mentions: Mentions, node: For): boolean =>
  node.recursive ||
  findUndeclared(mentions, node.body, ["loop"]).size > 0 ||
  (mentions("scoped") && someNode(node, (child) => child.kind === "block" && child.scoped))
