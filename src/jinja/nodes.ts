/** The syntax tree of a template. Field order is the order in which Jinja2 visits the children. */
interface Base {
  /** Offset into the source. */
  readonly at: number
}
interface ExprBase extends Base {
  /** Levels of nesting below and including this node; bounded by the parser, so that walks cannot exhaust the stack. */
  readonly height: number
}

export interface Arguments {
  readonly args: readonly Expr[]
  readonly kwargs: readonly Keyword[]
  readonly dynArgs: Expr | undefined
  readonly dynKwargs: Expr | undefined
}
export interface Keyword {
  readonly name: string
  readonly value: Expr
}

export type Constant = null | boolean | bigint | number | string
export interface Const extends ExprBase {
  readonly kind: "const"
  readonly value: Constant
}
export interface Name extends ExprBase {
  readonly kind: "name"
  readonly name: string
  readonly use: "load" | "store" | "param"
}
/** `ns.attr` as the target of a set. */
export interface NamespaceRef extends ExprBase {
  readonly kind: "nsref"
  readonly name: string
  readonly attr: string
}
export interface Tuple extends ExprBase {
  readonly kind: "tuple"
  readonly items: readonly Expr[]
}
export interface List extends ExprBase {
  readonly kind: "list"
  readonly items: readonly Expr[]
}
export interface Dict extends ExprBase {
  readonly kind: "dict"
  readonly items: ReadonlyArray<readonly [Expr, Expr]>
}
export interface CondExpr extends ExprBase {
  readonly kind: "cond"
  readonly test: Expr
  readonly then: Expr
  readonly other: Expr | undefined
}
export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**"
export interface Binary extends ExprBase {
  readonly kind: "binary"
  readonly operator: BinaryOperator
  readonly left: Expr
  readonly right: Expr
}
export interface Logic extends ExprBase {
  readonly kind: "and" | "or"
  readonly left: Expr
  readonly right: Expr
}
export interface Unary extends ExprBase {
  readonly kind: "not" | "neg" | "pos"
  readonly node: Expr
}
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in"
export interface Compare extends ExprBase {
  readonly kind: "compare"
  readonly first: Expr
  readonly rest: ReadonlyArray<{ readonly operator: CompareOperator; readonly node: Expr }>
}
export interface Concat extends ExprBase {
  readonly kind: "concat"
  readonly nodes: readonly Expr[]
}
export interface GetAttr extends ExprBase {
  readonly kind: "getattr"
  readonly node: Expr
  readonly attr: string
}
export interface GetItem extends ExprBase {
  readonly kind: "getitem"
  readonly node: Expr
  readonly arg: Expr
}
export interface Slice extends ExprBase {
  readonly kind: "slice"
  readonly start: Expr | undefined
  readonly stop: Expr | undefined
  readonly step: Expr | undefined
}
export interface Call extends ExprBase, Arguments {
  readonly kind: "call"
  readonly node: Expr
}
/** `node` is missing where a filter stands over a block. */
export interface Filter extends ExprBase, Arguments {
  readonly kind: "filter"
  readonly node: Expr | undefined
  readonly name: string
}
export interface Test extends ExprBase, Arguments {
  readonly kind: "test"
  readonly node: Expr
  readonly name: string
}

export type Target = Name | NamespaceRef | Tuple
export type Expr =
  | Const
  | Name
  | NamespaceRef
  | Tuple
  | List
  | Dict
  | CondExpr
  | Binary
  | Logic
  | Unary
  | Compare
  | Concat
  | GetAttr
  | GetItem
  | Slice
  | Call
  | Filter
  | Test

export interface TemplateData extends Base {
  readonly kind: "data"
  readonly text: string
}
export interface Output extends Base {
  readonly kind: "output"
  readonly nodes: ReadonlyArray<TemplateData | Expr>
}
export interface For extends Base {
  readonly kind: "for"
  readonly target: Expr
  readonly iter: Expr
  readonly body: Body
  readonly other: Body
  readonly test: Expr | undefined
  readonly recursive: boolean
}
export interface If extends Base {
  readonly kind: "if"
  readonly test: Expr
  readonly body: Body
  readonly elifs: readonly If[]
  readonly other: Body
}
export interface Signature {
  readonly args: readonly Name[]
  readonly defaults: readonly Expr[]
}
export interface Macro extends Base, Signature {
  readonly kind: "macro"
  readonly name: string
  readonly body: Body
}
export interface CallBlock extends Base, Signature {
  readonly kind: "callblock"
  readonly call: Call
  readonly body: Body
}
export interface FilterBlock extends Base {
  readonly kind: "filterblock"
  readonly body: Body
  readonly filter: Filter
}
export interface With extends Base {
  readonly kind: "with"
  readonly targets: readonly Expr[]
  readonly values: readonly Expr[]
  readonly body: Body
}
export interface Block extends Base {
  readonly kind: "block"
  readonly name: string
  readonly body: Body
  readonly scoped: boolean
  readonly required: boolean
}
export interface Assign extends Base {
  readonly kind: "assign"
  readonly target: Expr
  readonly node: Expr
}
export interface AssignBlock extends Base {
  readonly kind: "assignblock"
  readonly target: Expr
  readonly filter: Filter | undefined
  readonly body: Body
}
export interface AutoEscape extends Base {
  readonly kind: "autoescape"
  readonly value: Expr
  readonly body: Body
}
/** include, import, from and extends: all of them need a loader, which there is none of. */
export interface Load extends Base {
  readonly kind: "load"
  readonly template: Expr
  readonly names: readonly string[]
  /** Of an include, which may be given several templates to choose from: whether it may find none. */
  readonly ignoresMissing?: boolean
}
export interface Jump extends Base {
  readonly kind: "break" | "continue"
}

export type Statement =
  | Output
  | For
  | If
  | Macro
  | CallBlock
  | FilterBlock
  | With
  | Block
  | Assign
  | AssignBlock
  | AutoEscape
  | Load
  | Jump
export type Body = readonly Statement[]
export type Node = Statement | TemplateData | Expr
