/** Strings as Python sees them: made of code points, with its idea of white space and of letter case. */

/** Python's str.isspace as a regular expression class. */
export const SPACE_CLASS = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"
const SPACE_CHAR = new RegExp(SPACE_CLASS)
const SURROGATE = /[\ud800-\udfff]/
const ALL_SPACE = new RegExp(`^${SPACE_CLASS}+$`)

export const isSpace = (text: string) => ALL_SPACE.test(text)
const isSpaceAt = (text: string, at: number) => {
  const code = text.charCodeAt(at)
  return code <= 0x20
    ? code === 0x20 || (code >= 9 && code <= 13) || code >= 0x1c
    : code > 0x84 && SPACE_CHAR.test(text[at] ?? "")
}

/** Whether indices in UTF-16 units and in code points are the same. */
export const isFlat = (text: string) => !SURROGATE.test(text)

const unitsAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)

/** `len(text)`. */
export function textLength(text: string): number {
  if (isFlat(text)) return text.length
  let length = 0
  for (let at = 0; at < text.length; at += unitsAt(text, at)) length++
  return length
}

/** Code point index to UTF-16 index, for an index that lies within the text. */
function unitIndex(text: string, points: number, from = 0): number {
  let at = from
  for (let n = 0; n < points; n++) at += unitsAt(text, at)
  return at
}

/** `text[index]`; undefined outside of the text. */
export function charAt(text: string, index: number): string | undefined {
  const length = textLength(text)
  const point = index < 0 ? index + length : index
  if (point < 0 || point >= length) return undefined
  if (length === text.length) return text.charAt(point)
  const at = unitIndex(text, point)
  return text.slice(at, at + unitsAt(text, at))
}

/** The characters of a text, each a code point. */
export const chars = (text: string): string[] => (isFlat(text) ? text.split("") : Array.from(text))

/** UTF-16 index to code point index, for results of indexOf; negative stays. */
export const pointIndex = (text: string, unit: number) =>
  unit <= 0 || isFlat(text) ? unit : textLength(text.slice(0, unit))

/** `text[start:stop]` for indices that lie within the text, in code points. */
export function sliceText(text: string, start: number, stop: number): string {
  if (start >= stop) return ""
  if (isFlat(text)) return text.slice(start, stop)
  const from = unitIndex(text, start)
  return text.slice(from, unitIndex(text, stop - start, from))
}

export function lstrip(text: string): string {
  let at = 0
  while (at < text.length && isSpaceAt(text, at)) at++
  return text.slice(at)
}

export function rstrip(text: string): string {
  let end = text.length
  while (end > 0 && isSpaceAt(text, end - 1)) end--
  return text.slice(0, end)
}

export const strip = (text: string) => lstrip(rstrip(text))

const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

/** `text.splitlines(keepends)`. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = []
  let start = 0
  for (const match of text.matchAll(LINE_END)) {
    const end = match.index + match[0].length
    lines.push(text.slice(start, keepEnds ? end : match.index))
    start = end
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** Runs of anything but white space: `text.split()`. */
export const words = (text: string): string[] =>
  strip(text)
    .split(new RegExp(`${SPACE_CLASS}+`))
    .filter(Boolean)

/** Python's case mapping: no language rules, a final sigma where one belongs. */
export const upper = (text: string) => text.toUpperCase()
export const lower = (text: string) => text.toLowerCase()

/** `text.casefold()`: lower case, with what has an upper case of its own folded through that; a dotless i has none. */
export const casefold = (text: string) =>
  text
    .split("ı")
    .map((part) => lower(upper(part)))
    .join("ı")

/** `text.capitalize()`: the first character in title case, the rest in lower case. */
export function capitalize(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return text === "" ? "" : titleChar(first) + lower(text.slice(first.length))
}

const TITLE_CASE: Readonly<Record<string, string>> = { ß: "Ss", ﬁ: "Fi", ﬂ: "Fl", ﬀ: "Ff", ŉ: "ʼN" }
/** One character in title case; the digraphs have a third form beside upper and lower. */
export function titleChar(char: string): string {
  const special = TITLE_CASE[char]
  if (special !== undefined) return special
  const code = char.codePointAt(0) ?? 0
  if ((code >= 0x1c4 && code <= 0x1cc) || (code >= 0x1f1 && code <= 0x1f3)) {
    return String.fromCodePoint(code <= 0x1c6 ? 0x1c5 : code <= 0x1c9 ? 0x1c8 : code <= 0x1cc ? 0x1cb : 0x1f2)
  }
  return upper(char)
}

export const isCased = (char: string) => /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u.test(char)

/** `\xe9`, `\u2713`, `\U0001f680`. */
export function asciiEscape(code: number): string {
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`
}
