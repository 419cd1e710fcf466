/** The parts of Python's own lexical rules that Jinja2 uses: names, string escapes and number literals. */
import { characterNamed } from "./character-names.js"
import { JinjaError, syntaxError } from "./errors.js"
import { MAX_INT_DIGITS } from "./limits.js"
import { asciiEscape } from "./text.js"

/** A pattern with classes of Unicode takes V8 a quarter of a millisecond to make: all such are made when first used. */
export const nameRun = () => /[\p{L}\p{N}\p{ID_Continue}]+/uy

// A name without an end must not be looked for to the end of the text again and again; no name is that long.
const ESCAPE =
  /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{0,2})|u([0-9a-fA-F]{0,4})|U([0-9a-fA-F]{0,8})|N(\{[^}]{0,120}\})?|([\s\S]))/gu
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
}

/**
 * The value of a string literal's inside: Python's escapes, unknown ones stay as they are.
 * @throws JinjaError TemplateSyntaxError for a cut-off escape
 */
export function unescapeString(body: string, at: number): string {
  if (!body.includes("\\")) return body
  return body.replace(ESCAPE, (whole, octal, hex, short, long, name: string | undefined, plain: string | undefined) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    if (hex !== undefined) return codePoint(hex, 2, "truncated \\xXX escape", at)
    if (short !== undefined) return codePoint(short, 4, "truncated \\uXXXX escape", at)
    if (long !== undefined) return codePoint(long, 8, "truncated \\UXXXXXXXX escape", at)
    if (plain === undefined) return named(name, at)
    const simple = SIMPLE_ESCAPES[plain]
    if (simple !== undefined) return simple
    // Jinja2 makes the text ASCII before it reads the escapes, which turns a backslash before `é` into `\` and `xe9`.
    return plain > "\x7f" ? asciiEscape(plain.codePointAt(0) ?? 0) : whole
  })
}

function named(name: string | undefined, at: number): string {
  if (name === undefined) throw syntaxError("malformed \\N character escape", at)
  const char = characterNamed(name.slice(1, -1))
  if (char === undefined) throw syntaxError("unknown Unicode character name", at)
  return char
}

function codePoint(digits: string, length: number, problem: string, at: number): string {
  if (digits.length < length) throw syntaxError(problem, at)
  const code = Number.parseInt(digits, 16)
  if (code > 0x10ffff) throw syntaxError("illegal Unicode character", at)
  return String.fromCodePoint(code)
}

/** The value of an integer literal, with `_` and in any base. */
export function integerLiteral(text: string): bigint {
  const digits = text.replaceAll("_", "").toLowerCase()
  if (digits.length > MAX_INT_DIGITS && !/^0[box]/.test(digits)) {
    throw new JinjaError(
      "ValueError",
      `Exceeds the limit (${MAX_INT_DIGITS} digits) for integer string conversion: value has ${digits.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
    )
  }
  return BigInt(digits)
}

export const floatLiteral = (text: string) => Number(text.replaceAll("_", ""))
