/**
 * The YAML that most files are made of, read in one pass: maps and lists in block style, scalars and keys on one line
 * (plain or quoted), texts below `|` and `>`, lists and maps in brackets on one line, comments. That spares
 * the start of each command the yaml package, to which any other text is left.
 */
import { isList, isMap, MAX_DEPTH, type Value, type ValueList, type ValueMap } from "./value.js"
import { blockText } from "./yaml-block-text.js"
import { quotedText } from "./yaml-quoted-text.js"
import { keyText, resolvePlain } from "./yaml-scalar.js"
import { END, NotSimple, SimpleLines } from "./yaml-simple-lines.js"

/**
 * Reads one YAML document as `parseYaml` of yaml-reader.ts does.
 * @param maxParts how many scalars, lists, maps and lines below `|` and `>` are simple, and escapes in one text
 * @returns its map or list; undefined if the text is not that simple, be it right or wrong
 */
export function readSimpleYaml(text: string, maxParts = Number.POSITIVE_INFINITY): ValueMap | ValueList | undefined {
  if (UNUSUAL.test(text)) return undefined
  try {
    return new SimpleReader(text, maxParts).document()
  } catch (error) {
    if (error instanceof NotSimple) return undefined
    throw error
  }
}

/** Other line breaks than LF, and what YAML takes only as an escape. */
const UNUSUAL = /[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

/** PyYAML takes 1024 characters for a key, quotes and escapes included. */
const MAX_KEY_LENGTH = 1000

class SimpleReader extends SimpleLines {
  private depth = 0
  private parts = 0
  constructor(
    text: string,
    private readonly maxParts: number,
  ) {
    super(text)
  }

  document(): ValueMap | ValueList {
    if (this.text.startsWith("---\n")) this.pos = 4
    this.nextLine()
    const value = this.block(this.column)
    this.expect(this.column === END)
    return value
  }

  private block(column: number): ValueMap | ValueList {
    return this.atDash() ? this.list(column) : this.map(column, this.key())
  }

  private list(column: number): ValueList {
    this.descend()
    const items: Value[] = []
    while (this.column === column && this.atDash()) {
      this.pos++
      items.push(this.item(column))
    }
    this.ascend(column)
    return items
  }

  private item(column: number): Value {
    const inner = column + 1 + this.skipSpaces()
    if (this.atLineEnd()) return this.below(column)
    if (this.atDash()) {
      this.column = inner
      return this.list(inner)
    }
    const key = this.maybeKey()
    return key === undefined ? this.scalar(column) : this.map(inner, key)
  }

  private map(column: number, firstKey: string): ValueMap {
    this.descend()
    const map = new Map<string, Value>()
    let key = firstKey
    for (;;) {
      map.set(key, this.entry(column))
      if (this.column !== column || this.atDash()) break
      key = this.key()
    }
    this.ascend(column)
    return map
  }

  private entry(column: number): Value {
    this.skipSpaces()
    if (!this.atLineEnd()) return this.scalar(column)
    const below = this.below(column)
    // A list may stand at the level of its key.
    return below === null && this.column === column && this.atDash() ? this.list(column) : below
  }

  /** What stands on the next lines, further in. */
  private below(column: number): Value {
    this.nextLine()
    return this.column > column ? this.block(this.column) : null
  }

  private key(): string {
    const key = this.maybeKey()
    this.expect(key !== undefined)
    return key
  }

  /** Goes behind the key and its colon, or stays if there is none. */
  private maybeKey(): string | undefined {
    const start = this.pos
    const key = this.atQuote() ? this.quoted() : this.plainKeyBeforeColon()
    if (key === undefined || !COLON.test(this.text.slice(this.pos, this.pos + 2))) {
      this.pos = start
      return undefined
    }
    this.expect(this.pos - start <= MAX_KEY_LENGTH)
    this.pos++
    return key
  }

  private plainKeyBeforeColon(): string | undefined {
    const line = this.restOfLine()
    const index = line.search(COLON)
    const text = line.slice(0, index)
    if (index < 0 || !PLAIN.test(text) || text.includes(" #")) return undefined
    this.pos += index
    return this.plainKey(text)
  }

  private plainKey(text: string): string {
    const key = this.plain(text)
    this.expect(key !== "<<" && !isList(key) && !isMap(key))
    return keyText(key)
  }

  /** A value on the line of its key or dash, which stands at the column. */
  private scalar(column: number): Value {
    const first = this.text[this.pos]
    if (first === "|" || first === ">") return this.blockScalar(column)
    const value = first === "[" || first === "{" || this.atQuote() ? this.flow() : this.plain(this.plainLine())
    this.skipSpaces()
    this.expect(this.atLineEnd())
    this.toNextLine(column)
    return value
  }

  private blockScalar(column: number): string {
    const found = blockText(this.text, this.pos, column, this.maxParts - this.parts)
    this.expect(found !== undefined)
    this.parts += found.lines
    this.pos = found.end
    this.toNextLine(column)
    return found.text
  }

  /** What is further in would go on with the scalar before it. */
  private toNextLine(column: number): void {
    this.nextLine()
    this.expect(this.column <= column)
  }

  private plainLine(): string {
    const line = this.restOfLine()
    const [text] = line.split(" #", 1) as [string]
    this.expect(!/:(?: |$)/.test(text))
    this.pos += text.length
    return text
  }

  private plain(padded: string): Value {
    const text = withoutPadding(padded)
    this.expect(PLAIN.test(text) && ++this.parts <= this.maxParts)
    const value = resolvePlain(text)
    this.expect(value !== undefined)
    return value
  }

  private quoted(): string {
    const found = quotedText(this.restOfLine(), this.maxParts)
    this.expect(found !== undefined && ++this.parts <= this.maxParts)
    this.pos += found.length
    return found.text
  }

  private flow(): Value {
    const first = this.text[this.pos]
    if (first === "[") return this.flowList()
    if (first === "{") return this.flowMap()
    return this.atQuote() ? this.quoted() : this.plain(this.plainInFlow())
  }

  private flowList(): ValueList {
    const items: Value[] = []
    this.flowItems("]", () => items.push(this.flow()))
    return items
  }

  private flowMap(): ValueMap {
    const map = new Map<string, Value>()
    this.flowItems("}", () => {
      const start = this.pos
      const isQuoted = this.atQuote()
      const key = isQuoted ? this.quoted() : this.plainKey(this.plainInFlow())
      this.expect(this.text.startsWith(isQuoted ? ":" : ": ", this.pos) && this.pos - start <= MAX_KEY_LENGTH)
      this.pos++
      this.skipSpaces()
      map.set(key, this.flow())
    })
    return map
  }

  private flowItems(close: string, readItem: () => void): void {
    this.descend()
    let separator = this.text[this.pos++]
    this.skipSpaces()
    if (this.text[this.pos] === close) separator = this.text[this.pos++]
    while (separator !== close) {
      this.skipSpaces()
      readItem()
      this.skipSpaces()
      separator = this.text[this.pos++]
      this.expect(separator === "," || separator === close)
    }
    this.depth--
  }

  private plainInFlow(): string {
    PLAIN_IN_FLOW.lastIndex = this.pos
    const text = PLAIN_IN_FLOW.exec(this.text)?.[0] ?? ""
    this.pos += text.length
    return text
  }

  private descend(): void {
    this.expect(++this.depth <= MAX_DEPTH && ++this.parts <= this.maxParts)
  }

  /** Behind a list or map at the column: what follows belongs to what is around it. */
  private ascend(column: number): void {
    this.depth--
    this.expect(this.column <= column)
  }
}

const COLON = /:(?:[ \n]|$)/
const PLAIN = /^(?:-(?! |$)|[^\t ?:,[\]{}#&*!|>'"%@`-])[^\t]*$/
/** More is allowed there; what, PyYAML and the package do not agree on. */
const PLAIN_IN_FLOW = /(?:[^\t\n?:,[\]{}#&*!|>'"%@`]|:(?![ \n,[\]{}]))+/y

function withoutPadding(text: string): string {
  let end = text.length
  while (text[end - 1] === " ") end--
  return text.slice(0, end)
}
