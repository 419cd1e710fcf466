/** Python's textwrap.wrap for one paragraph without tabs to expand. */
import { valueError } from "../errors.js"
import { chars, isSpace } from "../text.js"

export interface WrapOptions {
  readonly width: number
  readonly breakLong: boolean
  readonly onHyphens: boolean
}

/** What is not parted unless it is longer than a line; a part of it may be gone already. */
interface Chunk {
  readonly chars: readonly string[]
  readonly from: number
  readonly isBlank: boolean
}
const sizeOf = (chunk: Chunk) => chunk.chars.length - chunk.from

/** The lines of a paragraph. Work is linear in its length. */
export function wrapText(text: string, options: WrapOptions): string[] {
  if (options.width <= 0) throw valueError(`invalid width ${options.width} (must be > 0)`)
  const parts = options.onHyphens ? splitAtHyphens(text) : text.split(/([\t-\r ]+)/).filter(Boolean)
  const chunks = parts.map((part): Chunk => ({ chars: chars(part), from: 0, isBlank: isSpace(part) })).reverse()
  const lines: string[] = []
  while (chunks.length > 0) {
    if (lines.length > 0 && chunks.at(-1)?.isBlank) chunks.pop()
    const line = takeLine(chunks, options)
    if (line.at(-1)?.isBlank) line.pop()
    if (line.length > 0) lines.push(line.map((chunk) => chunk.chars.slice(chunk.from).join("")).join(""))
  }
  return lines
}

/** Takes chunks from the end of the stack as long as they fit. */
function takeLine(chunks: Chunk[], options: WrapOptions): Chunk[] {
  const line: Chunk[] = []
  let length = 0
  for (let next = chunks.at(-1); next && length + sizeOf(next) <= options.width; next = chunks.at(-1)) {
    line.push(next)
    chunks.pop()
    length += sizeOf(next)
  }
  const next = chunks.at(-1)
  if (next && sizeOf(next) > options.width) breakWord(chunks, line, length, options)
  return line
}

function breakWord(chunks: Chunk[], line: Chunk[], length: number, { width, breakLong, onHyphens }: WrapOptions): void {
  const word = chunks.pop()
  if (!word) return
  if (!breakLong) {
    if (line.length === 0) line.push(word)
    else chunks.push(word)
    return
  }
  const room = word.chars.slice(word.from, word.from + width - length)
  const end = word.from + (onHyphens ? hyphenEnd(room) : room.length)
  line.push({ ...word, chars: word.chars.slice(word.from, end), from: 0 })
  chunks.push({ ...word, from: end })
}

/** Behind the last hyphen that still fits and is not among leading ones. */
function hyphenEnd(room: readonly string[]): number {
  const at = room.lastIndexOf("-")
  return at > 0 && room.slice(0, at).some((char) => char !== "-") ? at + 1 : room.length
}

const SPACES = /[\t-\r ]/
const isWordOrPunctuation = (char: string) => /[\p{L}\p{N}_!"'&.,?]/u.test(char)
const isLetter = (char: string) => /[\p{L}_]/u.test(char)
const isWord = (char: string) => /[\p{L}\p{N}_]/u.test(char)

/** Words, spaces, the parts of hyphenated words, and dashes between words. */
function splitAtHyphens(text: string): string[] {
  const chunks: string[] = []
  const all = chars(text)
  let start = 0
  const cut = (end: number) => {
    if (end > start) chunks.push(all.slice(start, end).join(""))
    start = end
  }
  for (let at = 0; at < all.length; ) {
    const end = chunkEnd(all, at)
    start = at
    cut(end)
    at = end
  }
  return chunks
}

function chunkEnd(all: readonly string[], from: number): number {
  const is = (at: number, pattern: RegExp) => all[at] !== undefined && pattern.test(all[at])
  let at = from
  if (is(at, SPACES)) {
    while (is(at, SPACES)) at++
    return at
  }
  const dash = dashEnd(all, from)
  if (dash > 0) return dash
  for (at = from + 1; at < all.length; at++) {
    if (is(at, SPACES)) return at
    // Behind a hyphen between letters of words that have at least two before or after it.
    if (all[at - 1] === "-" && at - 2 >= from && breaksAfterHyphen(all, at)) return at
    // Before a dash of at least two hyphens that parts words.
    if (isWordOrPunctuation(all[at - 1]!) && all[at] === "-" && all[at + 1] === "-" && dashParts(all, at)) return at
  }
  return at
}

/** The end of a dash at this place, 0 if there is none: at least two hyphens behind a word and before one. */
function dashEnd(all: readonly string[], from: number): number {
  const before = all[from - 1]
  if (before === undefined || !isWordOrPunctuation(before) || all[from] !== "-" || all[from + 1] !== "-") return 0
  return dashParts(all, from) ? runEnd(all, from) : 0
}

function dashParts(all: readonly string[], from: number): boolean {
  const after = all[runEnd(all, from)]
  return after !== undefined && isWord(after)
}

function runEnd(all: readonly string[], from: number): number {
  let at = from
  while (all[at] === "-") at++
  return at
}

function breaksAfterHyphen(all: readonly string[], at: number): boolean {
  const is = (place: number) => all[place] !== undefined && isLetter(all[place])
  if (!is(at)) return false
  const behind = is(at - 2) && (is(at - 3) || (all[at - 3] === "-" && is(at - 4)))
  return behind && (is(at + 1) || (all[at + 1] === "-" && is(at + 2)))
}
