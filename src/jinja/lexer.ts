/**
 * Template text to tokens (Jinja2's lexer with its default delimiters): one token at a time, so that an error shows
 * when the parser comes to it.
 */
import { type JinjaError, syntaxError } from "./errors.js"
import { nameRun, unescapeString } from "./lexical.js"
import { rstrip, SPACE_CLASS } from "./text.js"

export type TokenType = "data" | "name" | "string" | "integer" | "float" | "eof" | keyof typeof TOKEN_TITLES
export interface Token {
  readonly type: TokenType
  /** The text of a name, string, number or operator. */
  readonly value: string
  /** Offset into the source. */
  readonly at: number
}

/** What Jinja2's messages call the tokens that are not shown by their own text. */
const TOKEN_TITLES = {
  block_begin: "begin of statement block",
  block_end: "end of statement block",
  variable_begin: "begin of print statement",
  variable_end: "end of print statement",
  operator: "operator",
} as const

const SPACE = new RegExp(`${SPACE_CLASS}*`, "y")
const RAW_BEGIN = new RegExp(`\\{%[-+]?${SPACE_CLASS}*raw${SPACE_CLASS}*(-?)%\\}`, "y")
const RAW_END = new RegExp(`\\{%([-+]?)${SPACE_CLASS}*endraw${SPACE_CLASS}*([-+]?)%\\}`, "g")
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y
const INTEGER = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y
const ASCII_NAME = /[A-Za-z_][A-Za-z0-9_]*(?![^\x00-\x7f])/y
const isDigit = (code: number) => code >= 0x30 && code <= 0x39
const STRING = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y
const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }
const identifier = () => /^[\p{ID_Start}_]\p{ID_Continue}*$/u

/** Newlines become `\n`, and one at the very end goes, as Jinja2 does without keep_trailing_newline. */
export function normaliseSource(text: string): string {
  const source = normaliseNewlines(text)
  return source.endsWith("\n") ? source.slice(0, -1) : source
}

export const normaliseNewlines = (text: string) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text)

export class Lexer {
  private readonly source: string
  private at: number
  private mode: "data" | "block" | "variable" = "data"
  private readonly open: string[] = []
  /** Whether the last tag, comment or raw block takes the white space behind it. */
  stripsNext = false

  /** @param start where to begin: behind leading space that an earlier `-%}` took */
  constructor(source: string, start = 0) {
    this.source = source
    this.at = start
  }

  next(): Token {
    return this.mode === "data" ? this.data() : this.code()
  }

  private data(): Token {
    const { source } = this
    for (;;) {
      const { at } = this
      if (at >= source.length) return this.token("eof", "", at)
      const tag = this.findTag(at)
      if (tag < 0) {
        this.at = source.length
        this.stripsNext = false
        return this.token("data", source.slice(at), at)
      }
      const sign = source[tag + 2]
      const text = sign === "-" ? rstrip(source.slice(at, tag)) : source.slice(at, tag)
      this.at = tag
      if (text !== "") return this.token("data", text, at)
      const length = sign === "-" || sign === "+" ? 3 : 2
      if (source[tag + 1] !== "#") return this.tag(tag, length)
      this.skipComment(tag + length)
    }
  }

  private findTag(from: number): number {
    for (let at = this.source.indexOf("{", from); at >= 0; at = this.source.indexOf("{", at + 1)) {
      const char = this.source[at + 1]
      if (char === "%" || char === "{" || char === "#") return at
    }
    return -1
  }

  private tag(at: number, length: number): Token {
    const kind = this.source[at + 1]
    if (kind === "%") {
      RAW_BEGIN.lastIndex = at
      const raw = RAW_BEGIN.exec(this.source)
      if (raw) return this.raw(at + raw[0].length, raw[1] === "-")
    }
    this.at = at + length
    this.mode = kind === "%" ? "block" : "variable"
    return this.token(kind === "%" ? "block_begin" : "variable_begin", "", at)
  }

  private skipComment(from: number): void {
    const end = this.source.indexOf("#}", from)
    if (end < 0) {
      // Jinja2 wants something to be missing in: an opened comment at the very end is none.
      if (from < this.source.length) throw syntaxError("Missing end of comment tag", from)
      this.at = from
      return
    }
    this.at = end + 2
    this.endTag(end > from && this.source[end - 1] === "-")
  }

  private raw(from: number, stripStart: boolean): Token {
    this.at = from
    if (stripStart) this.skipSpace()
    const start = this.at
    RAW_END.lastIndex = start
    const end = RAW_END.exec(this.source)
    if (!end) {
      if (start < this.source.length) throw syntaxError("Missing end of raw directive", start)
      return this.token("eof", "", start)
    }
    const text = this.source.slice(start, end.index)
    this.at = end.index + end[0].length
    this.endTag(end[2] === "-")
    return this.token("data", end[1] === "-" ? rstrip(text) : text, start)
  }

  private code(): Token {
    this.skipSpace()
    const { source, at } = this
    if (at >= source.length) return this.token("eof", "", at)
    if (this.open.length === 0) {
      const end = this.endOfTag()
      if (end) return end
    }
    const code = source.charCodeAt(at)
    if (isDigit(code)) return this.number()
    if (code === 0x22 || code === 0x27) {
      const string = this.match(STRING)
      if (string === undefined) throw this.unexpected()
      return this.token("string", unescapeString(normaliseNewlines(string.slice(1, -1)), at), at)
    }
    const operator = this.match(OPERATOR)
    if (operator === undefined) return this.name()
    this.balance(operator, at)
    return this.token("operator", operator, at)
  }

  private number(): Token {
    const { at } = this
    const float = this.match(FLOAT)
    if (float !== undefined) return this.token("float", float, at)
    return this.token("integer", this.match(INTEGER) ?? "", at)
  }

  private name(): Token {
    const { at } = this
    const ascii = this.match(ASCII_NAME)
    if (ascii !== undefined) return this.token("name", ascii, at)
    const name = this.match(nameRun())
    if (name === undefined) throw this.unexpected()
    if (!identifier().test(name)) throw syntaxError("Invalid character in identifier", at)
    return this.token("name", name, at)
  }

  private unexpected(): JinjaError {
    return syntaxError(`unexpected char ${quoteChar(this.source, this.at)} at ${this.at}`, this.at)
  }

  private endOfTag(): Token | undefined {
    const { source, at, mode } = this
    const close = mode === "block" ? "%}" : "}}"
    const sign = source[at] === "-" || (mode === "block" && source[at] === "+") ? 1 : 0
    if (!source.startsWith(close, at + sign)) return undefined
    this.at = at + sign + 2
    this.endTag(source[at] === "-")
    this.mode = "data"
    return this.token(mode === "block" ? "block_end" : "variable_end", "", at)
  }

  private balance(operator: string, at: number): void {
    const closer = CLOSERS[operator]
    if (closer !== undefined) this.open.push(closer)
    else if (operator === ")" || operator === "]" || operator === "}") {
      const expected = this.open.pop()
      if (expected === operator) return
      throw syntaxError(`unexpected '${operator}'${expected === undefined ? "" : `, expected '${expected}'`}`, at)
    }
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.source)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private endTag(strips: boolean): void {
    this.stripsNext = strips
    if (strips) this.skipSpace()
  }

  private skipSpace(): void {
    const code = this.source.charCodeAt(this.at)
    // Most often there is none, or just one.
    if (code > 0x20 && code < 0x7f) return
    SPACE.lastIndex = this.at
    SPACE.test(this.source)
    this.at = SPACE.lastIndex
  }

  private token(type: TokenType, value: string, at: number): Token {
    return { type, value, at }
  }
}

/** A token as Jinja2's messages name it. */
export function describeToken(token: Token): string {
  if (token.type === "eof") return "end of template"
  if (token.type === "name" || token.type === "operator") return token.value
  return TOKEN_TITLES[token.type as keyof typeof TOKEN_TITLES] ?? token.type
}

function quoteChar(source: string, at: number): string {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0)
  return char === "'" ? `"'"` : `'${char === "\\" ? "\\\\" : char}'`
}
