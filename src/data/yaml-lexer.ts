/**
 * Where PyYAML's scanner and the yaml package's lexer differ: PyYAML's rule holds if both take the text, and what only
 * the package takes is refused.
 */
import { CST, Lexer } from "yaml"
import { DataError, DataLimitError, positionAt } from "./data-error.js"
import { MAX_DEPTH } from "./value.js"

/**
 * The lexemes of a text, for the package's Parser.
 * @param most how many there may be; the line breaks within a scalar count as well
 * @throws DataError for what PyYAML's scanner refuses, with line and column
 */
export function* lex(text: string, most: number): Generator<string> {
  let offset = 0
  let count = 0
  let flowDepth = 0
  // A marker announces a plain or a block scalar; which one, the lexemes before it told.
  let announced: ScalarKind = "plain"
  let scalar: ScalarKind | undefined
  for (const lexeme of lenientLexer().lex(text)) {
    const type = scalar ?? CST.tokenType(lexeme)
    if (type === "flow-map-start" || type === "flow-seq-start") flowDepth++
    if (type === "flow-map-end" || type === "flow-seq-end") flowDepth--
    count += 1 + (lexeme.length > 1 ? lineBreaks(lexeme) : 0)
    if (count > most) throw new DataLimitError(tooManyParts(most), positionAt(text, offset))
    const problem = flowDepth > MAX_DEPTH ? TOO_DEEP : problemIn(lexeme, type, flowDepth > 0)
    if (problem) throw new DataError(problem, positionAt(text, offset))
    yield lexeme
    scalar = type === "scalar" ? announced : undefined
    if (type === "block-scalar-header") announced = "block"
    else if (scalar) announced = "plain"
    if (!MARKERS.has(lexeme)) offset += lexeme.length
  }
}

function lineBreaks(text: string): number {
  let count = 0
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) count++
  return count
}

type ScalarKind = "plain" | "block"

/** Lexemes that stand for no text. */
const MARKERS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR])
const UNINDENTED = /^(?: *\n)*[^ \n]/
const DIRECTIVE = /^%(?:YAML|TAG)\s/
const ANCHOR = /^[&*][\w-]+$/
const tooManyParts = (most: number) => `the YAML has more than ${most} parts (write it as JSON, which may have more)`
export const TOO_DEEP = `the text is nested more than ${MAX_DEPTH} levels deep`

function problemIn(lexeme: string, type: string | null, inFlow: boolean): string | undefined {
  if (type === "anchor" || type === "alias") {
    return ANCHOR.test(lexeme) ? undefined : `the name of an ${type} is made of letters, digits, "-" and "_"`
  }
  if (type === "block") return UNINDENTED.test(lexeme) ? "the text below | or > must be indented" : undefined
  if (type === "directive-line") return DIRECTIVE.test(lexeme) ? undefined : "a line that begins with % needs quotes"
  if (type !== "space" && type !== "plain") return undefined
  if (lexeme.includes("\t")) return "a tab where only spaces may stand"
  // PyYAML takes these for indicators there, the package for text.
  return inFlow && /^:|\?/.test(lexeme)
    ? 'text that holds "?" or begins with ":" needs quotes within [] and {}'
    : undefined
}

interface LexerState {
  indentNext: number
  parseQuotedScalar(): Generator<string, string>
  parseFlowCollection(): Generator<string, string>
}

/**
 * Within quotes and brackets PyYAML does not look at the indentation. The package does, against a private field and
 * without an option, so that field is 0 while these two states run.
 */
function lenientLexer(): Lexer {
  const lexer = new Lexer()
  const state = lexer as unknown as LexerState
  for (const name of ["parseQuotedScalar", "parseFlowCollection"] as const) {
    const parse = state[name]
    state[name] = function* () {
      const indent = state.indentNext
      state.indentNext = 0
      const next = yield* parse.call(state)
      state.indentNext = indent
      return next
    }
  }
  return lexer
}
