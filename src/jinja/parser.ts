/** Template text to syntax tree: the statements. */
import { JinjaError, syntaxError } from "./errors.js"
import { MAX_BLOCK_NESTING } from "./limits.js"
import type { Body, Call, Expr, Filter, If, Name, Output, Signature, Statement, TemplateData } from "./nodes.js"
import { parseExpression, parseTuple, type TupleRules } from "./parse-expression.js"
import { parseFrom, parseImport, parseInclude, parseNameTarget } from "./parse-load.js"
import { parseFilter } from "./parse-postfix.js"
import { isSpace } from "./text.js"
import { TokenStream } from "./token-stream.js"

/**
 * @param source normalised template text
 * @param start where to begin reading
 * @throws JinjaError TemplateSyntaxError with the offset
 */
export function parseTemplate(source: string, start = 0): { readonly body: Body; readonly stripsNext: boolean } {
  const tokens = new TokenStream(source, start)
  const body = subparse({ tokens, tags: [], ends: [] })
  return { body, stripsNext: tokens.stripsNext }
}

interface Parser {
  readonly tokens: TokenStream
  /** The open tags, for messages. */
  readonly tags: string[]
  /** What each open body may end with. */
  readonly ends: Array<readonly string[]>
}
type ParseStatement = (parser: Parser, at: number) => Statement

function subparse(parser: Parser, ends?: readonly string[]): Statement[] {
  const { tokens } = parser
  const body: Statement[] = []
  let data: Array<TemplateData | Expr> = []
  const flush = () => {
    if (data[0]) body.push({ kind: "output", nodes: data, at: data[0].at } satisfies Output)
    data = []
  }
  if (ends) parser.ends.push(ends)
  while (!tokens.is("eof")) {
    const token = tokens.advance()
    if (token.type === "data") {
      if (token.value !== "") data.push({ kind: "data", text: token.value, at: token.at })
    } else if (token.type === "variable_begin") {
      data.push(parseTuple(tokens))
      tokens.expect("variable_end")
    } else {
      flush()
      if (ends?.some((name) => tokens.isName(name))) break
      body.push(parseStatement(parser))
      tokens.expect("block_end")
    }
  }
  flush()
  if (ends) parser.ends.pop()
  return body
}

function parseStatement(parser: Parser): Statement {
  const { tokens, tags } = parser
  const token = tokens.current
  if (token.type !== "name") tokens.fail("tag name expected")
  const parse = Object.hasOwn(STATEMENTS, token.value) ? STATEMENTS[token.value] : undefined
  if (!parse) throw unknownTag(parser, token.value)
  if (tags.length >= MAX_BLOCK_NESTING) {
    throw new JinjaError("LimitError", `the template nests blocks more than ${MAX_BLOCK_NESTING} levels deep`, {
      offset: token.at,
    })
  }
  tags.push(token.value)
  tokens.advance()
  const statement = parse(parser, token.at)
  tags.pop()
  return statement
}

/** The body of a block tag up to one of the end tags, which stays the current token. */
function parseBody(parser: Parser, ...ends: string[]): Body {
  const { tokens } = parser
  tokens.skipOperator(":")
  tokens.expect("block_end")
  const body = subparse(parser, ends)
  if (tokens.is("eof")) throw lookingFor(parser, "Unexpected end of template.", [...parser.ends, ends])
  return body
}

function parseWholeBody(parser: Parser, end: string): Body {
  const body = parseBody(parser, end)
  parser.tokens.advance()
  return body
}

const unknownTag = (parser: Parser, name: string) =>
  lookingFor(parser, `Encountered unknown tag '${name}'.`, parser.ends, name)

function lookingFor(parser: Parser, start: string, ends: ReadonlyArray<readonly string[]>, name?: string): JinjaError {
  const parts = [start]
  const wanted = ends
    .at(-1)
    ?.map((end) => `'${end}'`)
    .join(" or ")
  if (wanted !== undefined) {
    parts.push(
      ends.some((names) => names.includes(name ?? ""))
        ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`
        : `Jinja was looking for the following tags: ${wanted}.`,
    )
  }
  const innermost = parser.tags.at(-1)
  if (innermost !== undefined) parts.push(`The innermost block that needs to be closed is '${innermost}'.`)
  return syntaxError(parts.join(" "), parser.tokens.current.at)
}

const jump =
  (kind: "break" | "continue"): ParseStatement =>
  (_parser, at) => ({ kind, at })

const STATEMENTS: Readonly<Record<string, ParseStatement>> = {
  for: parseFor,
  if: (parser, at) => parseIf(parser, at, "if"),
  block: parseBlock,
  extends: ({ tokens }, at) => ({ kind: "load", template: parseExpression(tokens), names: [], at }),
  print: parsePrint,
  macro: parseMacro,
  include: parseInclude,
  from: parseFrom,
  import: parseImport,
  set: parseSet,
  with: parseWith,
  autoescape: (parser, at) => ({
    kind: "autoescape",
    value: parseExpression(parser.tokens),
    body: parseWholeBody(parser, "endautoescape"),
    at,
  }),
  call: parseCallBlock,
  filter: parseFilterBlock,
  break: jump("break"),
  continue: jump("continue"),
}

function parseFor(parser: Parser, at: number): Statement {
  const { tokens } = parser
  const target = parseTarget(parser, {})
  tokens.expect("name", "in")
  const iter = parseTuple(tokens, { conditional: false })
  const test = tokens.skipName("if") ? parseExpression(tokens) : undefined
  const recursive = tokens.skipName("recursive")
  const body = parseBody(parser, "endfor", "else")
  const other = tokens.advance().value === "endfor" ? [] : parseWholeBody(parser, "endfor")
  return { kind: "for", target, iter, body, other, test, recursive, at }
}

function parseIf(parser: Parser, at: number, _tag: string): If {
  const { tokens } = parser
  const branches: Array<{ test: Expr; body: Body; at: number }> = []
  let other: Body = []
  for (let start = at; ; ) {
    const test = parseTuple(tokens, { conditional: false })
    branches.push({ test, body: parseBody(parser, "elif", "else", "endif"), at: start })
    const { value } = tokens.advance()
    if (value === "else") other = parseWholeBody(parser, "endif")
    if (value !== "elif") break
    start = tokens.current.at
  }
  const [first, ...elifs] = branches.map((branch): If => ({ kind: "if", ...branch, elifs: [], other: [] }))
  return { ...(first as If), elifs, other }
}

function parsePrint({ tokens }: Parser, at: number): Statement {
  const nodes: Expr[] = []
  while (!tokens.is("block_end")) {
    if (nodes.length > 0) tokens.expect("operator", ",")
    nodes.push(parseExpression(tokens))
  }
  return { kind: "output", nodes, at }
}

function parseBlock(parser: Parser, at: number): Statement {
  const { tokens } = parser
  const name = tokens.expect("name").value
  const scoped = tokens.skipName("scoped")
  const required = tokens.skipName("required")
  if (tokens.isOperator("-")) {
    tokens.fail(
      "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.",
    )
  }
  const body = parseWholeBody(parser, "endblock")
  if (required && !body.every(isBlank)) tokens.fail("Required blocks can only contain comments or whitespace")
  tokens.skipName(name)
  return { kind: "block", name, body, scoped, required, at }
}

const isBlank = (statement: Statement) =>
  statement.kind === "output" && statement.nodes.every((node) => node.kind === "data" && isSpace(node.text))

function parseMacro(parser: Parser, at: number): Statement {
  const { name } = parseNameTarget(parser)
  const signature = parseSignature(parser)
  return { kind: "macro", name, ...signature, body: parseWholeBody(parser, "endmacro"), at }
}

function parseSignature(parser: Parser): Signature {
  const { tokens } = parser
  const args: Name[] = []
  const defaults: Expr[] = []
  const names = new Set<string>()
  tokens.expect("operator", "(")
  while (!tokens.isOperator(")")) {
    if (args.length > 0) tokens.expect("operator", ",")
    const arg: Name = { ...parseNameTarget(parser), use: "param" }
    if (tokens.skipOperator("=")) defaults.push(parseExpression(tokens))
    else if (defaults.length > 0) tokens.fail("non-default argument follows default argument")
    if (names.has(arg.name)) {
      throw new JinjaError("SyntaxError", `duplicate argument '${arg.name}' in function definition`, { offset: arg.at })
    }
    names.add(arg.name)
    args.push(arg)
  }
  tokens.expect("operator", ")")
  return { args, defaults }
}

function parseCallBlock(parser: Parser, at: number): Statement {
  const { tokens } = parser
  const signature = tokens.isOperator("(") ? parseSignature(parser) : { args: [], defaults: [] }
  const call = parseExpression(tokens)
  if (call.kind !== "call") return tokens.fail("expected call", at)
  return { kind: "callblock", ...signature, call: call satisfies Call, body: parseWholeBody(parser, "endcall"), at }
}

function parseFilterBlock(parser: Parser, at: number): Statement {
  const filter = parseFilterChain(parser, parseFilter(parser.tokens, undefined))
  return { kind: "filterblock", filter, body: parseWholeBody(parser, "endfilter"), at }
}

function parseFilterChain({ tokens }: Parser, start: Filter): Filter {
  let filter = start
  while (tokens.skipOperator("|")) filter = parseFilter(tokens, filter)
  return filter
}

function parseSet(parser: Parser, at: number): Statement {
  const { tokens } = parser
  const target = parseTarget(parser, { namespaces: true })
  if (tokens.skipOperator("=")) return { kind: "assign", target, node: parseTuple(tokens), at }
  const filter = tokens.skipOperator("|") ? parseFilterChain(parser, parseFilter(tokens, undefined)) : undefined
  return { kind: "assignblock", target, filter, body: parseWholeBody(parser, "endset"), at }
}

function parseWith(parser: Parser, at: number): Statement {
  const { tokens } = parser
  const targets: Expr[] = []
  const values: Expr[] = []
  while (!tokens.is("block_end")) {
    if (targets.length > 0) tokens.expect("operator", ",")
    targets.push(assignable(parser, parseTuple(tokens, { simplified: true }), "param"))
    tokens.expect("operator", "=")
    values.push(parseExpression(tokens))
  }
  return { kind: "with", targets, values, body: parseWholeBody(parser, "endwith"), at }
}

const parseTarget = (parser: Parser, rules: TupleRules): Expr =>
  assignable(parser, parseTuple(parser.tokens, { ...rules, simplified: true }), "store")

/** The expression as a target, all names in it to be stored to. */
function assignable(parser: Parser, node: Expr, use: "store" | "param"): Expr {
  if (node.kind === "name") return { ...node, use }
  if (node.kind === "nsref") return node
  if (node.kind === "tuple") return { ...node, items: node.items.map((item) => assignable(parser, item, use)) }
  const title = { const: "const", list: "list", dict: "dict" }[node.kind as string] ?? node.kind
  return parser.tokens.fail(`can't assign to '${title}'`, node.at)
}
