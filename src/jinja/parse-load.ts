/** The statements that load other templates, which there is no loader for. */
import { assertionError } from "./errors.js"
import type { Name, Statement } from "./nodes.js"
import { parseExpression } from "./parse-expression.js"
import type { TokenStream } from "./token-stream.js"

interface HasTokens {
  readonly tokens: TokenStream
}

export function parseInclude({ tokens }: HasTokens, at: number): Statement {
  const template = parseExpression(tokens)
  const ignoresMissing = tokens.isName("ignore") && tokens.look().value === "missing"
  if (ignoresMissing) {
    tokens.advance()
    tokens.advance()
  }
  skipImportContext(tokens)
  return { kind: "load", template, names: [], ignoresMissing, at }
}

function skipImportContext(tokens: TokenStream): boolean {
  if (!(tokens.isName("with") || tokens.isName("without")) || tokens.look().value !== "context") return false
  tokens.advance()
  tokens.advance()
  return true
}

export function parseImport(parser: HasTokens, at: number): Statement {
  const { tokens } = parser
  const template = parseExpression(tokens)
  tokens.expect("name", "as")
  const { name } = parseNameTarget(parser)
  skipImportContext(tokens)
  return { kind: "load", template, names: [name], at }
}

export function parseFrom(parser: HasTokens, at: number): Statement {
  const { tokens } = parser
  const template = parseExpression(tokens)
  tokens.expect("name", "import")
  const names: string[] = []
  for (let first = true; ; first = false) {
    if (!first) tokens.expect("operator", ",")
    if (skipImportContext(tokens)) break
    const { name, at: nameAt } = parseNameTarget(parser)
    if (name.startsWith("_")) throw assertionError("names starting with an underline can not be imported", nameAt)
    names.push(tokens.skipName("as") ? parseNameTarget(parser).name : name)
    if (skipImportContext(tokens) || !tokens.isOperator(",")) break
  }
  return { kind: "load", template, names, at }
}

/** A name to be assigned to. */
export function parseNameTarget({ tokens }: HasTokens): Name {
  const { value, at } = tokens.expect("name")
  if (/^(?:[Tt]rue|[Ff]alse|[Nn]one)$/.test(value)) tokens.fail("can't assign to 'name'", at)
  return { kind: "name", name: value, use: "store", at, height: 1 }
}
