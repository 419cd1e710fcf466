/** Expressions, with the precedence that Jinja2 gives them (which is Python's, but `**` groups from the left). */

import { describeToken } from "./lexer.js"
import { floatLiteral, integerLiteral } from "./lexical.js"
import type { Binary, BinaryOperator, CompareOperator, Expr, Tuple } from "./nodes.js"
import { parseFilters, parsePostfix } from "./parse-postfix.js"
import type { TokenStream } from "./token-stream.js"

const COMPARE = new Set<string>(["==", "!=", "<", "<=", ">", ">="])
const TERM = new Set<string>(["+", "-"])
const FACTOR = new Set<string>(["*", "/", "//", "%"])
const POWER = new Set<string>(["**"])

export interface TupleRules {
  /** Only names and literals, as in the targets of for and set. */
  readonly simplified?: boolean
  readonly conditional?: boolean
  readonly parentheses?: boolean
  /** `ns.attr` may stand for a name. */
  readonly namespaces?: boolean
}

export function parseExpression(tokens: TokenStream, conditional = true): Expr {
  return tokens.nested(() => (conditional ? parseConditional(tokens) : parseOr(tokens)))
}

function parseConditional(tokens: TokenStream): Expr {
  let at = tokens.current.at
  let result = parseOr(tokens)
  while (tokens.skipName("if")) {
    const then = result
    const test = parseOr(tokens)
    const other = tokens.skipName("else") ? tokens.nested(() => parseConditional(tokens)) : undefined
    result = { kind: "cond", test, then, other, at, height: tokens.heightOver(test, then, other) }
    at = tokens.current.at
  }
  return result
}

function parseOr(tokens: TokenStream): Expr {
  let left = parseAnd(tokens)
  while (tokens.isName("or")) {
    const { at } = tokens.advance()
    const right = parseAnd(tokens)
    left = { kind: "or", left, right, at, height: tokens.heightOver(left, right) }
  }
  return left
}

function parseAnd(tokens: TokenStream): Expr {
  let left = parseNot(tokens)
  while (tokens.isName("and")) {
    const { at } = tokens.advance()
    const right = parseNot(tokens)
    left = { kind: "and", left, right, at, height: tokens.heightOver(left, right) }
  }
  return left
}

function parseNot(tokens: TokenStream): Expr {
  if (!tokens.isName("not")) return parseCompare(tokens)
  const { at } = tokens.advance()
  const node = tokens.nested(() => parseNot(tokens))
  return { kind: "not", node, at, height: tokens.heightOver(node) }
}

function parseCompare(tokens: TokenStream): Expr {
  const first = parseTerm(tokens)
  const { at } = tokens.current
  const rest: Array<{ operator: CompareOperator; node: Expr }> = []
  for (let operator = compareOperator(tokens); operator; operator = compareOperator(tokens)) {
    rest.push({ operator, node: parseTerm(tokens) })
  }
  if (rest.length === 0) return first
  return { kind: "compare", first, rest, at, height: tokens.heightOver(first, ...rest.map(({ node }) => node)) }
}

function compareOperator(tokens: TokenStream): CompareOperator | undefined {
  const { type, value } = tokens.current
  if (type === "operator" && COMPARE.has(value)) return tokens.advance().value as CompareOperator
  if (tokens.skipName("in")) return "in"
  if (!tokens.isName("not")) return undefined
  const next = tokens.look()
  if (next.type !== "name" || next.value !== "in") return undefined
  tokens.advance()
  tokens.advance()
  return "not in"
}

const parseTerm = (tokens: TokenStream): Expr => binary(tokens, TERM, parseConcat)
const parseFactor = (tokens: TokenStream): Expr => binary(tokens, FACTOR, parsePower)
const parsePower = (tokens: TokenStream): Expr => binary(tokens, POWER, parseUnary)

function binary(tokens: TokenStream, operators: ReadonlySet<string>, parse: (tokens: TokenStream) => Expr): Expr {
  let left = parse(tokens)
  while (tokens.current.type === "operator" && operators.has(tokens.current.value)) {
    const { value, at } = tokens.advance()
    const right = parse(tokens)
    const node: Binary = {
      kind: "binary",
      operator: value as BinaryOperator,
      left,
      right,
      at,
      height: tokens.heightOver(left, right),
    }
    left = node
  }
  return left
}

function parseConcat(tokens: TokenStream): Expr {
  const first = parseFactor(tokens)
  if (!tokens.isOperator("~")) return first
  const { at } = tokens.current
  const nodes = [first]
  while (tokens.skipOperator("~")) nodes.push(parseFactor(tokens))
  return { kind: "concat", nodes, at, height: tokens.heightOver(...nodes) }
}

const parseUnary = (tokens: TokenStream): Expr => parseFilters(tokens, parseSigned(tokens))

function parseSigned(tokens: TokenStream): Expr {
  const sign = tokens.current
  if (sign.type !== "operator" || (sign.value !== "-" && sign.value !== "+")) {
    return parsePostfix(tokens, parsePrimary(tokens))
  }
  tokens.advance()
  const node = tokens.nested(() => parseSigned(tokens))
  const kind = sign.value === "-" ? "neg" : "pos"
  return parsePostfix(tokens, { kind, node, at: sign.at, height: tokens.heightOver(node) })
}

export function parsePrimary(tokens: TokenStream, namespaces = false): Expr {
  const { type, value, at } = tokens.current
  switch (type) {
    case "name":
      return parseName(tokens, namespaces)
    case "string":
      return { kind: "const", value: parseStrings(tokens), at, height: 1 }
    case "integer":
      tokens.advance()
      return { kind: "const", value: integerLiteral(value), at, height: 1 }
    case "float":
      tokens.advance()
      return { kind: "const", value: floatLiteral(value), at, height: 1 }
  }
  if (tokens.skipOperator("(")) {
    const node = parseTuple(tokens, { parentheses: true })
    tokens.expect("operator", ")")
    return node
  }
  if (tokens.isOperator("[")) return parseList(tokens)
  if (tokens.isOperator("{")) return parseDict(tokens)
  return tokens.fail(`unexpected '${describeToken(tokens.current)}'`)
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
])

function parseName(tokens: TokenStream, namespaces: boolean): Expr {
  const next = namespaces ? tokens.look() : undefined
  const { value, at } = tokens.advance()
  if (next?.type === "operator" && next.value === ".") {
    tokens.advance()
    return { kind: "nsref", name: value, attr: tokens.expect("name").value, at, height: 1 }
  }
  const word = WORDS.get(value)
  if (word !== undefined) return { kind: "const", value: word, at, height: 1 }
  return { kind: "name", name: value, use: "load", at, height: 1 }
}

function parseStrings(tokens: TokenStream): string {
  const parts: string[] = []
  while (tokens.is("string")) parts.push(tokens.advance().value)
  return parts.join("")
}

/** An expression, or a tuple where commas follow. */
export function parseTuple(tokens: TokenStream, rules: TupleRules = {}): Expr {
  const { at } = tokens.current
  const items: Expr[] = []
  let isTuple = false
  for (;;) {
    if (items.length > 0) tokens.expect("operator", ",")
    if (isTupleEnd(tokens)) break
    items.push(
      rules.simplified
        ? tokens.nested(() => parsePrimary(tokens, rules.namespaces))
        : parseExpression(tokens, rules.conditional),
    )
    if (!tokens.isOperator(",")) break
    isTuple = true
  }
  if (!isTuple) {
    if (items[0]) return items[0]
    if (!rules.parentheses) tokens.fail(`Expected an expression, got '${describeToken(tokens.current)}'`)
  }
  return tupleOf(tokens, items, at)
}

export const tupleOf = (tokens: TokenStream, items: readonly Expr[], at: number): Tuple => ({
  kind: "tuple",
  items,
  at,
  height: tokens.heightOver(...items),
})

const isTupleEnd = (tokens: TokenStream) =>
  tokens.is("variable_end") || tokens.is("block_end") || tokens.isOperator(")")

function parseList(tokens: TokenStream): Expr {
  const { at } = tokens.expect("operator", "[")
  const items: Expr[] = []
  while (!tokens.isOperator("]")) {
    if (items.length > 0) tokens.expect("operator", ",")
    if (tokens.isOperator("]")) break
    items.push(parseExpression(tokens))
  }
  tokens.expect("operator", "]")
  return { kind: "list", items, at, height: tokens.heightOver(...items) }
}

function parseDict(tokens: TokenStream): Expr {
  const { at } = tokens.expect("operator", "{")
  const items: Array<readonly [Expr, Expr]> = []
  while (!tokens.isOperator("}")) {
    if (items.length > 0) tokens.expect("operator", ",")
    if (tokens.isOperator("}")) break
    const key = parseExpression(tokens)
    tokens.expect("operator", ":")
    items.push([key, parseExpression(tokens)])
  }
  tokens.expect("operator", "}")
  return { kind: "dict", items, at, height: tokens.heightOver(...items.flat()) }
}
