/** What both halves of the parser share: the tokens with one to look ahead, the tests on them, and the bounds of nesting. */
import { JinjaError, syntaxError } from "./errors.js"
import { describeToken, Lexer, type Token, type TokenType } from "./lexer.js"
import { MAX_EXPRESSION_HEIGHT, MAX_TOKENS } from "./limits.js"

/** A token to look for: a type, `name:NAME` or an operator's own text. */
const matches = (token: Token, type: TokenType, value: string | undefined) =>
  token.type === type && (value === undefined || token.value === value)

export class TokenStream {
  private readonly lexer: Lexer
  private ahead: Token | undefined
  current: Token
  private nesting = 0
  private count = 0

  constructor(source: string, start: number) {
    this.lexer = new Lexer(source, start)
    this.current = this.lexer.next()
  }

  get stripsNext(): boolean {
    return this.lexer.stripsNext
  }

  advance(): Token {
    const token = this.current
    this.current = this.ahead ?? this.lexer.next()
    this.ahead = undefined
    if (++this.count > MAX_TOKENS) this.exceeded(`the template has more than ${MAX_TOKENS} tokens`)
    return token
  }

  look(): Token {
    this.ahead ??= this.lexer.next()
    return this.ahead
  }

  is(type: TokenType, value?: string): boolean {
    return matches(this.current, type, value)
  }

  isOperator(text: string): boolean {
    return this.current.type === "operator" && this.current.value === text
  }

  isName(name: string): boolean {
    return this.current.type === "name" && this.current.value === name
  }

  /** Takes the token if it is this one. */
  skip(type: TokenType, value: string): boolean {
    if (!matches(this.current, type, value)) return false
    this.advance()
    return true
  }

  skipName = (name: string) => this.skip("name", name)
  skipOperator = (text: string) => this.skip("operator", text)

  expect(type: TokenType, value?: string): Token {
    if (matches(this.current, type, value)) return this.advance()
    const wanted = describeToken({ type, value: value ?? type, at: 0 })
    if (this.current.type === "eof") this.fail(`unexpected end of template, expected '${wanted}'.`)
    this.fail(`expected token '${wanted}', got '${describeToken(this.current)}'`)
  }

  fail(message: string, at = this.current.at): never {
    throw syntaxError(message, at)
  }

  /** Runs a part of the parser that may come to itself again, within the bound of nesting. */
  nested<T>(parse: () => T): T {
    if (++this.nesting > MAX_EXPRESSION_HEIGHT) this.tooDeep()
    const result = parse()
    this.nesting--
    return result
  }

  /** The height of a node over these children. */
  heightOver(...children: ReadonlyArray<{ readonly height: number } | undefined>): number {
    let height = 0
    for (const child of children) if (child && child.height > height) height = child.height
    if (height >= MAX_EXPRESSION_HEIGHT) this.tooDeep()
    return height + 1
  }

  private tooDeep(): never {
    this.exceeded(`the template nests expressions more than ${MAX_EXPRESSION_HEIGHT} levels deep`)
  }

  private exceeded(message: string): never {
    throw new JinjaError("LimitError", message, { offset: this.current.at })
  }
}
