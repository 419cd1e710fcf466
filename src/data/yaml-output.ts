import { TextParts, type TextSink } from "./text-parts.js"

/** Where a text stands. */
export interface TextPlace {
  /** Spaces before its next lines, if it needs some. */
  readonly indent: number
  readonly inFlow: boolean
  /** A key without `? ` before it must stay on its line. */
  readonly isKey: boolean
}

/** Writes one text in the form it chooses. */
export type TextWriter = (output: YamlOutput, text: string, place: TextPlace) => void

/** The YAML text so far, and where its end stands. */
export class YamlOutput {
  /** In code points, from 0. */
  column = 0
  /** Whether the next token needs a space before it. */
  private gap = false

  /** @param parts take the text */
  constructor(private readonly parts: TextSink = new TextParts()) {}

  get text(): string {
    return this.parts.toString()
  }

  /** A token that stands apart from what is before it. */
  token(token: string): void {
    this.append(this.gap ? ` ${token}` : token)
  }

  /** Text that touches what is before it. */
  append(text: string): void {
    this.parts.add(text)
    this.column += codePoints(text)
    this.gap = true
  }

  /** A bracket that touches what comes behind it. */
  open(bracket: string): void {
    this.token(bracket)
    this.gap = false
  }

  newline(indent: number, breaks = "\n"): void {
    this.parts.add(breaks + " ".repeat(indent))
    this.column = indent
    this.gap = false
  }

  /** Goes on at a column of the same line. */
  pad(column: number): void {
    this.append(" ".repeat(Math.max(0, column - this.column)))
    this.gap = false
  }
}

/** The length of a text as Python counts it. */
export const codePoints = (text: string) =>
  MAYBE_PAIR.test(text) ? text.length - (text.match(PAIRS)?.length ?? 0) : text.length
const MAYBE_PAIR = /[\ud800-\udbff]/
const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g
