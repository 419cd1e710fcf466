/**
 * JSON text to Value and back. JSON.parse cannot be used: it makes `1.0` an integer, rounds large integers and moves
 * integer-like keys.
 */
import { DataError, DataLimitError, positionAt } from "./data-error.js"
import { floatRepr } from "./python.js"
import { TextParts, type TextSink } from "./text-parts.js"
import { isList, isMap, MAX_DEPTH, type Value, type ValueList, type ValueMap } from "./value.js"

/**
 * Reads JSON as Python's json.loads does: ints unbounded, the last of two equal keys wins at the place of the first,
 * `NaN`, `Infinity` and `-Infinity` are floats.
 * @param options maxParts: the bound of {@link MAX_UNTRUSTED_PARTS}, or another; default: none
 * @throws DataError with line and column; DataLimitError
 */
export function parseJson(text: string, { maxParts = Number.POSITIVE_INFINITY } = {}): Value {
  const reader = new Reader(text, maxParts)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Scalars, lists and maps of JSON that others wrote. An empty map takes 200 bytes of memory, and two of text. */
export const MAX_UNTRUSTED_PARTS = 800_000

/** As {@link parseJson}, for a text that must hold a map. */
export function parseJsonMap(text: string): ValueMap {
  const value = parseJson(text)
  if (!isMap(value)) throw new DataError("the JSON text does not hold an object", { line: 1, column: 1 })
  return value
}

export interface JsonStyle {
  /** Spaces per level; without it everything stands on one line. */
  readonly indent?: number
  /** Escape everything beyond ASCII, as Python's json.dumps does by default. */
  readonly ascii?: boolean
  /** A float that JSON cannot hold: as Python's `NaN`/`Infinity`, as the text `"Infinity"`, or an error. */
  readonly nonFinite?: "python" | "text" | "refuse"
}

/** Writes JSON with Python's separators: `", "` and `": "` on one line, `","` and `": "` when indented. No final newline. */
export function writeJson(value: Value, style: JsonStyle = {}): string {
  const parts = new TextParts()
  addJson(parts, value, style)
  return parts.toString()
}

/** As {@link writeJson}, part by part. */
export function addJson(parts: TextSink, value: Value, style: JsonStyle = {}): void {
  const quote = style.ascii ? quoteAscii : quoteUnicode
  const float = (number: number) => writeFloat(number, style.nonFinite ?? "refuse")
  const separator = style.indent === undefined ? ", " : ","
  const newline = (depth: number) => (style.indent === undefined ? "" : `\n${" ".repeat(style.indent * depth)}`)

  const write = (item: Value, depth: number): void => {
    if (item === null) parts.add("null")
    else if (typeof item === "string") parts.add(quote(item))
    else if (typeof item === "number") parts.add(float(item))
    else if (typeof item !== "object") parts.add(item.toString())
    else if (isList(item)) writeList(item, depth)
    else writeMap(item, depth)
  }
  const writeList = (list: ValueList, depth: number) => {
    const between = newline(depth + 1)
    let before = `[${between}`
    for (const item of list) {
      parts.add(before)
      write(item, depth + 1)
      before = separator + between
    }
    parts.add(list.length === 0 ? "[]" : `${newline(depth)}]`)
  }
  const writeMap = (map: ValueMap, depth: number) => {
    const between = newline(depth + 1)
    let before = `{${between}`
    for (const [key, item] of map) {
      parts.add(`${before}${quote(key)}: `)
      write(item, depth + 1)
      before = separator + between
    }
    parts.add(map.size === 0 ? "{}" : `${newline(depth)}}`)
  }
  write(value, 0)
}

function writeFloat(value: number, nonFinite: NonNullable<JsonStyle["nonFinite"]>): string {
  if (Number.isFinite(value)) return floatRepr(value)
  if (nonFinite === "refuse") throw new DataError(`${floatRepr(value)} is not a JSON number`)
  const name = Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  return nonFinite === "text" ? `"${name}"` : name
}

const ASCII_SAFE = /^[ !#-[\]-~]*$/
const UNICODE_ESCAPES = /["\\\u0000-\u001f]/g
const ASCII_ESCAPES = /["\\]|[^ -~]/g
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
}

/** `\uXXXX` of one UTF-16 unit. */
export const unicodeEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
const escapeChar = (char: string) => SHORT_ESCAPES[char] ?? unicodeEscape(char)
const quoteUnicode = (text: string) => `"${ASCII_SAFE.test(text) ? text : text.replace(UNICODE_ESCAPES, escapeChar)}"`
const quoteAscii = (text: string) => `"${ASCII_SAFE.test(text) ? text : text.replace(ASCII_ESCAPES, escapeChar)}"`

/** Python's own bound (sys.set_int_max_str_digits): reading digits takes quadratic time. */
export const MAX_INT_DIGITS = 4300
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
// Everything of a string up to its end, an escape or a character that must not stand in it.
const PLAIN_RUN = /[^"\\\u0000-\u001f]*/y
const WORDS: ReadonlyArray<readonly [string, Value]> = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]
const UNESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
}

/** A cursor over the text; a closure per call would be slower on the megabytes of a large document. */
class Reader {
  private at = 0
  private parts = 0
  private readonly keys = new Map<string, string>()
  constructor(
    private readonly text: string,
    private readonly maxParts: number,
  ) {}

  value(depth: number): Value {
    if (++this.parts > this.maxParts)
      throw new DataLimitError(`more than ${this.maxParts} values`, positionAt(this.text, this.at))
    this.space()
    switch (this.text.charCodeAt(this.at)) {
      case 0x22:
        return this.string()
      case 0x7b:
        return this.map(depth)
      case 0x5b:
        return this.list(depth)
      default:
        return this.number() ?? this.word()
    }
  }

  end(): void {
    this.space()
    if (this.at < this.text.length) this.fail("there is text behind the end of the JSON value")
  }

  private map(depth: number): Value {
    const map = new Map<string, Value>()
    this.open(depth)
    if (this.closes(0x7d)) return map
    do {
      this.space()
      if (this.text.charCodeAt(this.at) !== 0x22) this.fail("expected a key in double quotes")
      const key = this.key()
      this.space()
      if (this.text.charCodeAt(this.at) !== 0x3a) this.fail('expected ":"')
      this.at++
      map.set(key, this.value(depth + 1))
    } while (this.continues(0x7d, "}"))
    return map
  }

  /** Equal keys are one string: a document repeats few keys in many maps. */
  private key(): string {
    const key = this.string()
    const known = this.keys.get(key)
    if (known !== undefined) return known
    this.keys.set(key, key)
    return key
  }

  private list(depth: number): Value {
    const list: Value[] = []
    this.open(depth)
    if (this.closes(0x5d)) return list
    do list.push(this.value(depth + 1))
    while (this.continues(0x5d, "]"))
    return list
  }

  private open(depth: number): void {
    if (depth >= MAX_DEPTH) this.fail(`the text is nested more than ${MAX_DEPTH} levels deep`)
    this.at++
    this.space()
  }

  private closes(end: number): boolean {
    if (this.text.charCodeAt(this.at) !== end) return false
    this.at++
    return true
  }

  private continues(end: number, shown: string): boolean {
    this.space()
    if (this.closes(end)) return false
    if (this.text.charCodeAt(this.at) !== 0x2c) this.fail(`expected "," or "${shown}"`)
    this.at++
    return true
  }

  private string(): string {
    this.at++
    const first = this.run()
    if (this.closes(0x22)) return first
    // Not one by one to a text: V8 would hold each step of millions.
    const parts = new TextParts()
    parts.add(first)
    while (!this.closes(0x22)) {
      if (this.text.charCodeAt(this.at) !== 0x5c)
        this.fail(this.at < this.text.length ? "a control character in a string" : "the string does not end")
      parts.add(this.escape())
      parts.add(this.run())
    }
    return parts.toString()
  }

  private run(): string {
    PLAIN_RUN.lastIndex = this.at
    PLAIN_RUN.test(this.text)
    const run = this.text.slice(this.at, PLAIN_RUN.lastIndex)
    this.at += run.length
    return run
  }

  private escape(): string {
    const char = this.text[this.at + 1] ?? ""
    const plain = UNESCAPES[char]
    if (plain !== undefined) {
      this.at += 2
      return plain
    }
    const hex = this.text.slice(this.at + 2, this.at + 6)
    if (char !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.fail("an escape that JSON does not know")
    this.at += 6
    return String.fromCharCode(Number.parseInt(hex, 16))
  }

  private number(): Value | undefined {
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (!match) return undefined
    this.at += match[0].length
    if (match[1] !== undefined || match[2] !== undefined) return Number(match[0])
    if (match[0].replace("-", "").length > MAX_INT_DIGITS) this.fail(`an int of more than ${MAX_INT_DIGITS} digits`)
    return BigInt(match[0])
  }

  private word(): Value {
    const found = WORDS.find(([word]) => this.text.startsWith(word, this.at))
    if (!found) this.fail(this.at < this.text.length ? "expected a JSON value" : "the text ends too early")
    this.at += found[0].length
    return found[1]
  }

  private space(): void {
    for (;;) {
      const char = this.text.charCodeAt(this.at)
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return
      this.at++
    }
  }

  private fail(problem: string): never {
    throw new DataError(problem, positionAt(this.text, this.at))
  }
}
