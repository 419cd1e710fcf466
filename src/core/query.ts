/**
 * Queries: the core syntax of jsonpath-ng, which `get`, `generate` and template variables have always taken:
 * fields, `*`, `..`, indices, slices, `|`, `where`, parentheses, `$`. Filters (`?()`) are not part of it.
 *
 * Operators bind as jsonpath-ng has them, loosest first: `..`, `.`, `|`, `where`; so `a.b|c` means `a.(b|c)`.
 */
import { isList, isMap, type Value } from "../data/value.js"
import { StateError } from "../errors.js"
import { INDEX, isSymbol, syntaxError, type Token, tokenize } from "./path.js"

/** Gives the values that a query selects below a value. */
export type Query = (value: Value, run: Run) => readonly Value[]

interface Run {
  /** What `$` means. */
  readonly root: Value
  /** So many values may still be looked at: `$..*..*..*` of a large document has no end that anyone would see. */
  left: number
}

const MAX_VISITED = 5_000_000

/** A query is run by functions that call each other, one for each operator; the stack is not endless. */
const MAX_TOKENS = 2_000

/** @throws StateError USAGE when the text is not a query */
export function parseQuery(text: string): Query {
  const parser = { text, tokens: [...tokenize(text)], depth: 0 }
  if (parser.tokens.length > MAX_TOKENS) throw new StateError("USAGE", `A query has at most ${MAX_TOKENS} parts`)
  const query = binary(parser, 0)
  if (parser.tokens.length > 0) throw unexpected(parser)
  return query
}

/** The values a query selects in a document. @throws StateError USAGE, LIMIT_EXCEEDED */
export const select = (document: Value, query: string): readonly Value[] =>
  parseQuery(query)(document, { root: document, left: MAX_VISITED })

interface Parser {
  readonly text: string
  readonly tokens: Token[]
  depth: number
}
type Combine = (left: Query, right: Query) => Query

const child: Combine = (left, right) => (value, run) => left(value, run).flatMap((item) => visit(right, item, run))
const descendants: Combine = (left, right) => (value, run) =>
  left(value, run).flatMap((item) => selfAndBelow(item, run).flatMap((below) => visit(right, below, run)))
const union: Combine = (left, right) => (value, run) => [...visit(left, value, run), ...visit(right, value, run)]
const where: Combine = (left, right) => (value, run) =>
  left(value, run).filter((item) => visit(right, item, run).length > 0)

function visit(query: Query, value: Value, run: Run): readonly Value[] {
  const found = query(value, run)
  spend(run, 1 + found.length)
  return found
}

function spend(run: Run, visited: number): void {
  run.left -= visited
  if (run.left >= 0) return
  throw new StateError("LIMIT_EXCEEDED", `The query looks at more than ${MAX_VISITED} values`, {
    hint: "Name more of the path, and use .. once at most.",
  })
}

/** Loosest first. */
const OPERATORS: ReadonlyArray<readonly [string, Combine]> = [
  ["..", descendants],
  [".", child],
  ["|", union],
  ["where", where],
]

function binary(parser: Parser, level: number): Query {
  const operator = OPERATORS[level]
  if (!operator) return postfix(parser)
  const [symbol, combine] = operator
  let left = binary(parser, level + 1)
  while (parser.tokens[0]?.text === symbol && !isQuoted(parser.tokens[0])) {
    parser.tokens.shift()
    left = combine(left, binary(parser, level + 1))
  }
  return left
}

/** A primary with the brackets behind it: `a[0]['b']`. */
function postfix(parser: Parser): Query {
  let query = isSymbol(parser.tokens[0], "[") ? bracket(parser) : primary(parser)
  while (isSymbol(parser.tokens[0], "[")) query = child(query, bracket(parser))
  return query
}

function primary(parser: Parser): Query {
  const token = parser.tokens.shift()
  if (!token) throw syntaxError(parser.text, "it ends too early")
  if (token.kind === "name") return fields([token.text, ...moreNames(parser)])
  if (token.text === "*") return everyField
  if (token.text === "$") return (_, { root }) => [root]
  if (token.text === "`this`") return (value) => [value]
  if (token.text !== "(" || ++parser.depth > MAX_PARENTHESES) throw unexpected({ ...parser, tokens: [token] })
  const query = binary(parser, 0)
  if (!isSymbol(parser.tokens.shift(), ")")) throw syntaxError(parser.text, 'a ")" is missing')
  return query
}

const MAX_PARENTHESES = 50

/** `a,b`: further names behind the first. */
function moreNames(parser: Parser): string[] {
  const names: string[] = []
  while (isSymbol(parser.tokens[0], ",")) {
    parser.tokens.shift()
    const token = parser.tokens.shift()
    if (token?.kind !== "name") throw syntaxError(parser.text, "expected a name behind the comma")
    names.push(token.text)
  }
  return names
}

function bracket(parser: Parser): Query {
  parser.tokens.shift()
  const end = parser.tokens.findIndex((token) => isSymbol(token, "]"))
  if (end < 0) throw syntaxError(parser.text, 'a "]" is missing')
  const inner = parser.tokens.splice(0, end + 1).slice(0, -1)
  const [first] = inner
  if (first?.kind === "name" && (first.quoted || !INDEX.test(first.text))) {
    const rest = { ...parser, tokens: inner.slice(1) }
    const query = fields([first.text, ...moreNames(rest)])
    if (rest.tokens.length > 0) throw unexpected(rest)
    return query
  }
  if (inner.length === 1 && first?.kind === "name") return index(Number(first.text))
  return slice(bounds(parser, inner))
}

/** The parts of `[start:end:step]`; `[*]` is all. */
function bounds(parser: Parser, tokens: readonly Token[]): readonly (number | undefined)[] {
  if (tokens.length === 1 && isSymbol(tokens[0], "*")) return []
  const text = tokens.map((token) => token.text).join("")
  if (!/^(-?\d+)?:(-?\d+)?(:(-?\d+)?)?$/.test(text)) throw syntaxError(parser.text, `"[${text}]" is not understood`)
  return text.split(":").map((part) => (part === "" ? undefined : Number(part)))
}

const fields =
  (names: readonly string[]): Query =>
  (value) =>
    isMap(value) ? names.flatMap((name) => (value.has(name) ? [value.get(name)!] : [])) : []

const everyField: Query = (value) => (isMap(value) ? [...value.values()] : [])

const index =
  (at: number): Query =>
  (value) => {
    const item = isList(value) ? value.at(at) : undefined
    return item === undefined ? [] : [item]
  }

/** Python's slicing; jsonpath-ng takes anything but a list as a list of one. */
const slice =
  ([start, end, step = 1]: readonly (number | undefined)[]): Query =>
  (value) => {
    const list = isList(value) ? value : [value]
    if (step === 0) return []
    const forward = step > 0
    const clamp = (bound: number) =>
      Math.min(
        Math.max(bound < 0 ? bound + list.length : bound, forward ? 0 : -1),
        forward ? list.length : list.length - 1,
      )
    const from = start === undefined ? (forward ? 0 : list.length - 1) : clamp(start)
    const to = end === undefined ? (forward ? list.length : -1) : clamp(end)
    const items: Value[] = []
    for (let at = from; forward ? at < to : at > to; at += step) items.push(list[at]!)
    return items
  }

function selfAndBelow(value: Value, run: Run): Value[] {
  spend(run, 1)
  if (!isList(value) && !isMap(value)) return [value]
  return [value, ...[...value.values()].flatMap((item) => selfAndBelow(item, run))]
}

const isQuoted = (token: Token) => token.kind === "name" && token.quoted

const unexpected = ({ text, tokens }: Pick<Parser, "text" | "tokens">) =>
  syntaxError(text, tokens[0] ? `"${tokens[0].text}" cannot stand there` : "it ends too early")
