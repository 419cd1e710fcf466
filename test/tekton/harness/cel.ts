/**
 * The part of CEL, with the functions of Tekton Triggers' interceptor, that the example's EventListener is written in:
 * `&&`, `||`, `!`, `==`, `!=`, `in`, `?:`, member access, indices, text and list literals, and the functions below. Anything
 * else is an error.
 */

export type CelValue = string | number | boolean | null | readonly CelValue[] | { readonly [key: string]: CelValue }

export interface CelScope {
  readonly body: CelValue
  /** Names in lower case. */
  readonly header: Readonly<Record<string, string>>
  readonly extensions: CelValue
  /** @throws Error when there is no such secret */
  secret(name: string, key: string): string
}

/** @throws Error for what cannot be parsed, for missing keys and for wrong types */
export function evaluateCel(expression: string, scope: CelScope): CelValue {
  const tokens = tokenize(expression)
  const parser: Parser = { tokens, at: 0 }
  const node = ternary(parser)
  if (parser.at < tokens.length) throw new Error(`CEL: what is "${tokens[parser.at]}" in ${expression}?`)
  return node(scope)
}

interface Node {
  (scope: CelScope): CelValue
  /** Of a field that is selected, for has(). */
  readonly field?: { readonly of: Node; readonly name: string }
}

interface Parser {
  readonly tokens: readonly string[]
  at: number
}

const TOKEN = /\s*(?:('(?:[^'\\]|\\.)*')|(\d+)|([A-Za-z_]\w*)|(&&|\|\||==|!=|[?:!.,()[\]]))/y

function tokenize(text: string): string[] {
  const tokens: string[] = []
  const source = text.trimEnd()
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < source.length; ) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(source)
    if (!match) throw new Error(`CEL: cannot read ${source.slice(from)}`)
    tokens.push(match[0].trim())
  }
  return tokens
}

function take(parser: Parser, token: string): boolean {
  if (parser.tokens[parser.at] !== token) return false
  parser.at += 1
  return true
}

function expect(parser: Parser, token: string): void {
  if (!take(parser, token))
    throw new Error(`CEL: "${token}" is missing before "${parser.tokens[parser.at] ?? "the end"}"`)
}

function ternary(parser: Parser): Node {
  const condition = disjunction(parser)
  if (!take(parser, "?")) return condition
  const yes = ternary(parser)
  expect(parser, ":")
  const no = ternary(parser)
  return (scope) => (isTrue(condition(scope)) ? yes(scope) : no(scope))
}

const disjunction = (parser: Parser) => junction(parser, "||", true, conjunction)
const conjunction = (parser: Parser) => junction(parser, "&&", false, relation)

/** A side that is false settles an `&&`, one that is true an `||`, even if the other one is an error. */
function junction(parser: Parser, operator: string, settles: boolean, side: (parser: Parser) => Node): Node {
  let left = side(parser)
  while (take(parser, operator)) {
    const sides = [left, side(parser)]
    left = (scope) => {
      const outcomes = sides.map((each) => attempt(() => isTrue(each(scope))))
      if (outcomes.includes(settles)) return settles
      for (const outcome of outcomes) if (outcome instanceof Error) throw outcome
      return !settles
    }
  }
  return left
}

function attempt<T>(action: () => T): T | Error {
  try {
    return action()
  } catch (error) {
    return error as Error
  }
}

function isTrue(value: CelValue): boolean {
  if (typeof value !== "boolean") throw new Error(`CEL: ${JSON.stringify(value)} is not a bool`)
  return value
}

function relation(parser: Parser): Node {
  const left = member(parser)
  for (const operator of ["==", "!=", "in"] as const) {
    if (!take(parser, operator)) continue
    const right = member(parser)
    return (scope) => RELATIONS[operator](left(scope), right(scope))
  }
  return left
}

const RELATIONS: Readonly<Record<"==" | "!=" | "in", (a: CelValue, b: CelValue) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  in(a, b) {
    if (!Array.isArray(b)) throw new Error("CEL: in needs a list")
    return b.includes(a)
  },
}

function member(parser: Parser): Node {
  let node = primary(parser)
  for (;;) {
    const inner = node
    if (take(parser, "[")) {
      const index = ternary(parser)
      expect(parser, "]")
      node = (scope) => at(inner(scope), index(scope))
    } else if (take(parser, ".")) {
      const name = parser.tokens[parser.at++] ?? ""
      node = take(parser, "(") ? call(name, inner, list(parser, ")")) : select(inner, name)
    } else return node
  }
}

const select = (of: Node, name: string): Node =>
  Object.assign((scope: CelScope) => at(of(scope), name), { field: { of, name } })

/** What the field is selected from must be there. */
function has({ field }: Node): Node {
  if (!field) throw new Error("CEL: has() takes a field")
  return (scope) => Object.hasOwn(Object(field.of(scope)), field.name)
}

function primary(parser: Parser): Node {
  const token = parser.tokens[parser.at++] ?? "the end"
  if (token.startsWith("'")) return constant(token.slice(1, -1).replace(/\\(.)/g, (_, c: string) => unescaped(c)))
  if (/^\d+$/.test(token)) return constant(Number(token))
  if (token === "true" || token === "false") return constant(token === "true")
  if (token === "null") return constant(null)
  if (token === "body") return ({ body }) => body
  if (token === "extensions") return ({ extensions }) => extensions
  if (token === "header") return ({ header }) => header
  if (token === "!") {
    const operand = member(parser)
    return (scope) => !isTrue(operand(scope))
  }
  if (token === "(" || token === "has") {
    if (token === "has") expect(parser, "(")
    const inner = ternary(parser)
    expect(parser, ")")
    return token === "(" ? inner : has(inner)
  }
  if (token === "[") {
    const items = list(parser, "]")
    return (scope) => items.map((item) => item(scope))
  }
  throw new Error(`CEL: "${token}" is not known here`)
}

function unescaped(character: string): string {
  if (/^[\\'"`?]$/.test(character)) return character
  if (character === "n") return "\n"
  throw new Error(`CEL: \\${character} is not known here`)
}

const constant =
  (value: CelValue): Node =>
  () =>
    value

function list(parser: Parser, end: string): Node[] {
  const items: Node[] = []
  while (!take(parser, end)) {
    if (items.length > 0) expect(parser, ",")
    items.push(ternary(parser))
  }
  return items
}

function at(value: CelValue, key: CelValue): CelValue {
  const found =
    value !== null && typeof value === "object" && Object.hasOwn(value, String(key))
      ? (value as Readonly<Record<string, CelValue>>)[String(key)]
      : undefined
  if (found === undefined) throw new Error(`CEL: no such key: ${String(key)}`)
  return found
}

function call(name: string, on: Node, args: readonly Node[]): Node {
  const method = METHODS[name]
  if (!method) throw new Error(`CEL: there is no function "${name}" here`)
  return (scope) =>
    method(
      on(scope),
      args.map((arg) => arg(scope)),
      scope,
    )
}

function text(value: CelValue | undefined): string {
  if (typeof value !== "string") throw new Error(`CEL: ${JSON.stringify(value)} is not a string`)
  return value
}

const METHODS: Readonly<Record<string, (on: CelValue, args: readonly CelValue[], scope: CelScope) => CelValue>> = {
  startsWith: (on, [prefix]) => text(on).startsWith(text(prefix)),
  split: (on, [separator]) => text(on).split(text(separator)),
  replace: (on, [from, to]) => text(on).replaceAll(text(from), () => text(to)),
  matches: (on, [pattern]) => new RegExp(text(pattern), "u").test(text(on)),
  /** At most so many bytes. */
  truncate: (on, [bytes]) => Buffer.from(text(on)).subarray(0, Number(bytes)).toString(),
  size: (on) => (typeof on === "string" ? on.length : (on as readonly CelValue[]).length),
  canonical: (_, [name], { header }) => header[text(name).toLowerCase()] ?? "",
  compareSecret: (on, [key, name], { secret }) => text(on) === secret(text(name), text(key)),
  parseJSON(on) {
    const value: unknown = JSON.parse(text(on))
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("CEL: not a JSON object")
    return value as CelValue
  },
}
