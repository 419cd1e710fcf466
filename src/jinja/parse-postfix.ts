/** What stands behind an expression: attributes, items, calls, filters and tests. */
import { JinjaError } from "./errors.js"
import { integerLiteral } from "./lexical.js"
import type { Arguments, Expr, Filter, Keyword } from "./nodes.js"
import { parseExpression, parsePrimary, tupleOf } from "./parse-expression.js"
import type { TokenStream } from "./token-stream.js"

export function parsePostfix(tokens: TokenStream, start: Expr): Expr {
  let node = start
  for (;;) {
    if (tokens.isOperator(".")) node = parseAttribute(tokens, node)
    else if (tokens.isOperator("[")) node = parseSubscript(tokens, node)
    else if (tokens.isOperator("(")) node = parseCall(tokens, node)
    else return node
  }
}

export function parseFilters(tokens: TokenStream, start: Expr): Expr {
  let node = start
  for (;;) {
    if (tokens.isOperator("|")) {
      tokens.advance()
      node = parseFilter(tokens, node)
    } else if (tokens.isName("is")) node = parseTest(tokens, node)
    else if (tokens.isOperator("(")) node = parseCall(tokens, node)
    else return node
  }
}

function parseAttribute(tokens: TokenStream, node: Expr): Expr {
  const { at } = tokens.advance()
  const height = tokens.heightOver(node)
  const name = tokens.advance()
  if (name.type === "name") return { kind: "getattr", node, attr: name.value, at, height }
  if (name.type !== "integer") return tokens.fail("expected name or number", name.at)
  const arg: Expr = { kind: "const", value: integerLiteral(name.value), at: name.at, height: 1 }
  return { kind: "getitem", node, arg, at, height }
}

function parseSubscript(tokens: TokenStream, node: Expr): Expr {
  const { at } = tokens.advance()
  const args: Expr[] = []
  while (!tokens.isOperator("]")) {
    if (args.length > 0) tokens.expect("operator", ",")
    args.push(parseSubscribed(tokens))
  }
  tokens.expect("operator", "]")
  const arg = args.length === 1 && args[0] ? args[0] : tupleOf(tokens, args, at)
  return { kind: "getitem", node, arg, at, height: tokens.heightOver(node, arg) }
}

function parseSubscribed(tokens: TokenStream): Expr {
  const { at } = tokens.current
  const start = tokens.isOperator(":") ? undefined : parseExpression(tokens)
  if (start && !tokens.isOperator(":")) return start
  tokens.advance()
  const part = () =>
    /^[:\],]$/.test(tokens.current.value) && tokens.is("operator") ? undefined : parseExpression(tokens)
  const stop = part()
  const step = tokens.skipOperator(":") ? part() : undefined
  return { kind: "slice", start, stop, step, at, height: tokens.heightOver(start, stop, step) }
}

function parseCall(tokens: TokenStream, node: Expr): Expr {
  const { at } = tokens.current
  const found = parseArguments(tokens)
  return { kind: "call", node, ...found, at, height: tokens.heightOver(node, ...argumentNodes(found)) }
}

const argumentNodes = (found: Arguments) => [
  ...found.args,
  ...found.kwargs.map((keyword) => keyword.value),
  found.dynArgs,
  found.dynKwargs,
]

const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], dynArgs: undefined, dynKwargs: undefined }

function parseArguments(tokens: TokenStream): Arguments {
  const { at } = tokens.expect("operator", "(")
  const args: Expr[] = []
  const kwargs: Keyword[] = []
  const names = new Set<string>()
  let dynArgs: Expr | undefined
  let dynKwargs: Expr | undefined
  const ensure = (valid: boolean) => valid || tokens.fail("invalid syntax for function call expression", at)
  for (let first = true; !tokens.isOperator(")"); first = false) {
    if (!first) tokens.expect("operator", ",")
    if (!first && tokens.isOperator(")")) break
    if (tokens.isOperator("*")) {
      ensure(!dynArgs && !dynKwargs)
      tokens.advance()
      dynArgs = parseExpression(tokens)
    } else if (tokens.isOperator("**")) {
      ensure(!dynKwargs)
      tokens.advance()
      dynKwargs = parseExpression(tokens)
    } else if (isKeyword(tokens)) {
      ensure(!dynKwargs)
      kwargs.push(parseKeyword(tokens, names))
    } else {
      ensure(!dynArgs && !dynKwargs && kwargs.length === 0)
      args.push(parseExpression(tokens))
    }
  }
  tokens.expect("operator", ")")
  return { args, kwargs, dynArgs, dynKwargs }
}

function isKeyword(tokens: TokenStream): boolean {
  if (!tokens.is("name")) return false
  const next = tokens.look()
  return next.type === "operator" && next.value === "="
}

/** @param before the names that are taken */
function parseKeyword(tokens: TokenStream, before: Set<string>): Keyword {
  const { value: name, at } = tokens.advance()
  tokens.advance()
  // Jinja2 leaves this to Python's own compiler, hence the class.
  if (before.has(name)) throw new JinjaError("SyntaxError", `keyword argument repeated: ${name}`, { offset: at })
  before.add(name)
  return { name, value: parseExpression(tokens) }
}

function dottedName(tokens: TokenStream): string {
  let name = tokens.expect("name").value
  while (tokens.skipOperator(".")) name += `.${tokens.expect("name").value}`
  return name
}

/** One filter behind a `|` (or at the head of a filter block, then without a node). */
export function parseFilter<T extends Expr | undefined>(tokens: TokenStream, node: T): Filter {
  const { at } = tokens.current
  const name = dottedName(tokens)
  const found = tokens.isOperator("(") ? parseArguments(tokens) : NO_ARGUMENTS
  return { kind: "filter", node, name, ...found, at, height: tokens.heightOver(node, ...argumentNodes(found)) }
}

const ENDS_TEST = new Set(["else", "or", "and"])
const isTestArgument = (tokens: TokenStream) =>
  (tokens.is("name") && !ENDS_TEST.has(tokens.current.value)) ||
  tokens.is("string") ||
  tokens.is("integer") ||
  tokens.is("float") ||
  tokens.isOperator("[") ||
  tokens.isOperator("{")

function parseTest(tokens: TokenStream, node: Expr): Expr {
  const { at } = tokens.advance()
  const negated = tokens.skipName("not")
  const name = dottedName(tokens)
  let found = NO_ARGUMENTS
  if (tokens.isOperator("(")) found = parseArguments(tokens)
  else if (isTestArgument(tokens)) {
    if (tokens.isName("is")) tokens.fail("You cannot chain multiple tests with is")
    found = { ...NO_ARGUMENTS, args: [tokens.nested(() => parsePostfix(tokens, parsePrimary(tokens)))] }
  }
  const test: Expr = {
    kind: "test",
    node,
    name,
    ...found,
    at,
    height: tokens.heightOver(node, ...argumentNodes(found)),
  }
  return negated ? { kind: "not", node: test, at, height: tokens.heightOver(test) } : test
}
