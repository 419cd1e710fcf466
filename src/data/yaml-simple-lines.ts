/** A place in a text of simple YAML, which moves from line to line and within a line. */

/** What is read is not simple. */
export class NotSimple extends Error {}

/** The column at the end of the text: no line that holds something stands there. */
export const END = -1

export class SimpleLines {
  protected pos = 0
  /** Where the list or map at `pos` begins in its line. */
  protected column = END
  constructor(protected readonly text: string) {}

  /** To what the next line holds that is neither blank nor a comment. */
  protected nextLine(): void {
    for (;;) {
      const column = this.skipSpaces()
      const char = this.text[this.pos]
      if (char !== "#" && char !== "\n") {
        this.column = char === undefined ? END : column
        this.expect(column > 0 || !/^(?:---|\.\.\.)/.test(this.text.slice(this.pos, this.pos + 3)))
        return
      }
      this.pos += this.restOfLine().length + 1
    }
  }

  protected restOfLine(): string {
    const end = this.text.indexOf("\n", this.pos)
    return this.text.slice(this.pos, end < 0 ? undefined : end)
  }

  /** @returns how many there were */
  protected skipSpaces(): number {
    const start = this.pos
    while (this.text[this.pos] === " ") this.pos++
    return this.pos - start
  }

  /** A comment needs a space before it. */
  protected atLineEnd(): boolean {
    const char = this.text[this.pos]
    return char === undefined || char === "\n" || (char === "#" && this.text[this.pos - 1] === " ")
  }

  protected atQuote(): boolean {
    const char = this.text[this.pos]
    return char === '"' || char === "'"
  }

  protected atDash(): boolean {
    return /^-(?:[ \n]|$)/.test(this.text.slice(this.pos, this.pos + 2))
  }

  protected expect(condition: boolean): asserts condition {
    if (!condition) throw new NotSimple()
  }
}
