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

/** `len(text)`. */
export function textLength(text: string): number {
  if (isFlat(text)) return text.length
  let length = 0
  for (const _ of text) length++
  return length
}

/** The characters of a text, each a code point. */
export const chars = (text: string): string[] => (isFlat(text) ? text.split("") : Array.from(text))

/** UTF-16 index to code point index, for results of indexOf; negative stays. */
export const pointIndex = (text: string, unit: number) =>
  unit <= 0 || isFlat(text) ? unit : textLength(text.slice(0, unit))

/** `text[start:stop]` for indices that lie within the text, in code points. */
export function sliceText(text: string, start: number, stop: number): string {
  if (start >= stop) return ""
  return isFlat(text) ? text.slice(start, stop) : Array.from(text).slice(start, stop).join("")
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

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u
export const isCased = (char: string) => CASED.test(char)
