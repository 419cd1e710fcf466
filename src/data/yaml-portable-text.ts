/**
 * A text in a form that PyYAML and YAML 1.2 loaders read back as this very text: plain, single-quoted, as a literal
 * block if it has several lines, else double-quoted with the escapes of JSON.
 */
import { unicodeEscape } from "./json.js"
import type { TextPlace, YamlOutput } from "./yaml-output.js"
import { isPlain, LINE_BREAK, NOT_PRINTABLE } from "./yaml-plain-text.js"

/** As {@link TextWriter}. */
export function writePortableText(output: YamlOutput, text: string, place: TextPlace): void {
  if (text.includes("\n") && !NOT_LITERAL.test(text)) writeLiteral(output, text, place.indent)
  else if (LINE_BREAK.test(text) || NOT_PRINTABLE.test(text)) output.token(quoteDouble(text))
  else output.token(isPlain(text, false) && !AMBIGUOUS.test(text) ? text : quoteSingle(text))
}

/**
 * What a YAML 1.1 or 1.2 loader may take for something else than text, and a little more: words, numbers of any base,
 * base 60, dates, the merge key.
 */
const AMBIGUOUS =
  /^(?:|~|=|<<|null|y|n|yes|no|on|off|true|false|[-+]?\.(?:inf|nan)|[-+]?[\d_.,]*(?::[\d_.]*)*(?:e[-+]?\d+)?|[-+]?0[box][\da-f_]*|\d{4}-\d\d?-\d.*)$/i

const quoteSingle = (text: string) => `'${text.replaceAll("'", "''")}'`

const SAFE = /^[ !#-[\]-~]*$/
const ESCAPES = /["\\]|[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
}

/** A text in double quotes, on one line: JSON and YAML of both versions at once, and printable throughout. */
export const quoteDouble = (text: string) =>
  `"${SAFE.test(text) ? text : text.replace(ESCAPES, (char) => SHORT_ESCAPES[char] ?? unicodeEscape(char))}"`

/**
 * White space at the end of a line is invisible and easily lost; several line breaks at the end of a document are not
 * read alike; other line breaks than LF are none in YAML 1.2.
 */
const NOT_LITERAL =
  /[ \t](?:\n|$)|\n\n$|^\n*$|[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

function writeLiteral(output: YamlOutput, text: string, indent: number): void {
  const indicator = /^[ \n]/.test(text) ? "2" : ""
  output.token(`|${indicator}${text.endsWith("\n") ? "" : "-"}`)
  output.newline(0)
  output.append(text.replace(/\n$/, "").replace(/^(?!\n)/gm, " ".repeat(indent)))
}
