/**
 * A text in the form that PyYAML's yaml.dump gives it: plain if it reads back as this text, else single-quoted, or
 * double-quoted if a character or a space beside a line break asks for it. Lines are folded at spaces behind the width.
 */
import type { TextPlace, TextWriter, YamlOutput } from "./yaml-output.js"
import { isPlain, LINE_BREAK, NOT_PRINTABLE } from "./yaml-plain-text.js"
import { resolvePlain } from "./yaml-scalar.js"

export interface DumpLimits {
  readonly width: number
  readonly allowUnicode: boolean
}

/** The writer for yaml.dump's `width` and `allow_unicode`. */
export const dumpText =
  ({ width, allowUnicode }: DumpLimits): TextWriter =>
  (output, text, place) => {
    const fold = { indent: place.indent, width: place.isKey ? Number.POSITIVE_INFINITY : width }
    const special = allowUnicode ? NOT_PRINTABLE : NOT_ASCII
    if (special.test(text) || SPACE_AT_BREAK.test(text)) writeDouble(output, text, fold, allowUnicode)
    else if (isPlain(text, place.inFlow) && staysText(text)) writePlain(output, text, fold)
    else writeSingle(output, text, fold)
  }

interface Fold {
  readonly indent: TextPlace["indent"]
  readonly width: number
}

const NOT_ASCII = /[^\n -~]/
const SPACE_AT_BREAK = / [\n\u0085\u2028\u2029]|[\n\u0085\u2028\u2029] /
const TIMESTAMP =
  /^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

const staysText = (text: string) =>
  resolvePlain(text) === text && text !== "=" && text !== "<<" && !TIMESTAMP.test(text)

function writePlain(output: YamlOutput, text: string, { indent, width }: Fold): void {
  const [first = "", ...runs] = text.match(/ +|[^ ]+/g) ?? []
  output.token(first)
  for (const run of runs) {
    if (run === " " && output.column > width) output.newline(indent)
    else output.append(run)
  }
}

function writeSingle(output: YamlOutput, text: string, { indent, width }: Fold): void {
  output.token("'")
  for (const { 0: run, index } of text.matchAll(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g)) {
    const inner = index > 0 && index + run.length < text.length
    // One line break reads as a space, so the first of a run stands twice; the others keep themselves.
    if (LINE_BREAK.test(run)) output.newline(indent, run.startsWith("\n") ? `\n${run}` : run)
    else if (run === " " && inner && output.column > width) output.newline(indent)
    else output.append(run.replaceAll("'", "''"))
  }
  output.append("'")
}

/** A line can end at a space, and right before or behind an escape; `\` there stands for no space. */
function writeDouble(output: YamlOutput, text: string, { indent, width }: Fold, allowUnicode: boolean): void {
  const chars = [...text]
  const unescaped = allowUnicode ? UNESCAPED : UNESCAPED_ASCII
  let run = ""
  let runLength = 0
  const foldBefore = (next: string | undefined) => {
    output.append(`${run}\\`)
    output.newline(indent)
    output.append(next === " " ? "\\" : "")
    run = ""
    runLength = 0
  }
  output.token('"')
  for (const [i, char] of chars.entries()) {
    const inner = i > 0 && i < chars.length - 1
    if (unescaped.test(char)) {
      if (inner && (char === " " || run === "") && output.column + runLength > width) foldBefore(char)
      run += char
      runLength++
      continue
    }
    output.append(run + escapeOf(char))
    run = ""
    runLength = 0
    if (inner && output.column - 1 > width) foldBefore(chars[i + 1])
  }
  output.append(`${run}"`)
}

const UNESCAPED_ASCII = /^[ !#-[\]-~]$/
const UNESCAPED = /^[ !#-[\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = (letter: string, length: number) => `\\${letter}${code.toString(16).toUpperCase().padStart(length, "0")}`
  return SHORT_ESCAPES[char] ?? (code <= 0xff ? hex("x", 2) : code <= 0xffff ? hex("u", 4) : hex("U", 8))
}
